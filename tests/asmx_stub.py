"""The SOAP layer over the very stub whose answers were recorded: ``gunicorn tests.asmx_stub:application``."""

from collections.abc import Sequence

from validate_service.core.origin import Origin
from validate_service.facades.soap.application import AsmxApplication
from validate_service.facades.soap.faults import DetailEntry, FaultCode, QualifiedCode, SoapFault, server_fault
from validate_service.facades.soap.operations import Text, Texts
from validate_service.facades.soap.requests import AsmxSettings, FormAccess
from validate_service.facades.soap.types import NAMESPACE

ACTOR = "http://actor/"


def shown(value: str | None) -> str:
    """Return what the echo operation says of a parameter."""
    return "<null>" if value is None else f"[{value}]"


class StubOperations:
    """Answers as the recorded service did; nothing is checked."""

    def validate_otp(self, origin: Origin, username: Text, domain: Text, otp: Text, api_key: Text) -> bool:
        if username == "throw":
            raise server_fault("plain message")
        if username == "throw-soap":
            raise SoapFault(FaultCode.CLIENT, "soap message", actor=ACTOR)
        if username == "throw-soap-detail":
            raise SoapFault(
                QualifiedCode(NAMESPACE, "MyCode"),
                "soap message with detail",
                actor=ACTOR,
                detail=(DetailEntry(NAMESPACE, "code", "42"),),
            )
        return otp == "123456"

    def validate_push(
        self, origin: Origin, username: Text, domain: Text, login_to: Text, ip_address: Text, api_key: Text
    ) -> bool:
        raise SoapFault(FaultCode.SERVER, "soap message", actor=ACTOR)

    def validate_push_custom(
        self,
        origin: Origin,
        username: Text,
        domain: Text,
        custom_message: Text,
        custom_timeout: Text,
        api_key: Text,
    ) -> bool:
        raise server_fault("plain message")

    def validate_card(
        self, origin: Origin, username: Text, domain: Text, card_information: Text, pin: Text, api_key: Text
    ) -> bool:
        return pin == "1234"

    def validate_auth_code(self, origin: Origin, username: Text, domain: Text, auth_code: Text, api_key: Text) -> bool:
        return auth_code == "1"

    def validate_auth_token(
        self, origin: Origin, username: Text, domain: Text, auth_token: Text, api_key: Text
    ) -> bool:
        return auth_token == "1"

    def encrypt_value(self, origin: Origin, name: Text, cleartext_value: Text, api_key: Text) -> Text:
        return f"name={shown(name)};clear={shown(cleartext_value)};apiKey={shown(api_key)}"

    def encrypt_value_aes(self, origin: Origin, name: Text, cleartext_value: Text, api_key: Text) -> Text:
        return cleartext_value

    def decrypt_value(self, origin: Origin, name: Text, encrypted_value: Text, api_key: Text) -> Text:
        return encrypted_value

    def decrypt_value_aes(self, origin: Origin, name: Text, encrypted_value: Text, api_key: Text) -> Text:
        return encrypted_value

    def get_questions(
        self, origin: Origin, username: Text, domain: Text, questions: Texts, api_key: Text
    ) -> tuple[Text, Texts]:
        result = f"in={'null' if questions is None else len(questions)}"
        answers: dict[str, tuple[Text, Sequence[str | None] | None]] = {
            "nullq": (result, None),
            "emptyq": (result, []),
            "nullret": (None, questions),
            "echo": (result, questions),
            "nullitem": (result, ["a", None, ""]),
        }
        return answers.get(username or "", (result, ["First pet?", "Mother's <maiden> & name?"]))

    def validate_questions(
        self, origin: Origin, username: Text, domain: Text, questions: Texts, answers: Texts, api_key: Text
    ) -> bool:
        return questions is not None and answers is not None and len(questions) == len(answers)


def stub_application(settings: AsmxSettings | None = None) -> AsmxApplication:
    """Return the layer over the stub; the protocols of the recorded service are open by default."""
    everything = AsmxSettings(form_post=FormAccess.EVERYWHERE, form_get=FormAccess.EVERYWHERE)
    return AsmxApplication(StubOperations(), settings or everything)


application = stub_application()

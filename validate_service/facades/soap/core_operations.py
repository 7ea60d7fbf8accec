"""The twelve operations on the core: what the product answers.  Translates; decides nothing."""

from functools import partial

from validate_service.core.calls import Call
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.model import Approval
from validate_service.core.names import UserName
from validate_service.core.origin import Origin
from validate_service.core.prompts import Prompt, custom_prompt, sign_in_prompt
from validate_service.core.services import Core
from validate_service.facades.soap.operations import Pending, Text, Texts, Verdict

LISTED = "success"
"""What GetQuestions returns beside the questions, also for decoys."""


class CoreOperations:
    """Implements the port ``Operations``.  A missing text is an empty one, but for values to encrypt or decrypt."""

    def __init__(self, core: Core) -> None:
        """Answer from *core*."""
        self._core = core

    def validate_otp(self, origin: Origin, username: Text, domain: Text, otp: Text, api_key: Text) -> bool:
        """Tell whether the one-time password is right."""
        with self._core.refusals.recorded(Call(origin, api_key or "")) as call:
            call.user = UserName.parse(username, domain)
            return self._core.otp.verify(call, otp or "").accepted

    def validate_push(
        self,
        origin: Origin,
        username: Text,
        domain: Text,
        login_to: Text,
        ip_address: Text,
        api_key: Text,
    ) -> Verdict:
        """Tell whether the user approved the sign-in."""
        with self._core.refusals.recorded(Call(origin, api_key or "")) as call:
            call.user = UserName.parse(username, domain)
            return self._ask(call, sign_in_prompt(login_to or "", ip_address or ""))

    def validate_push_custom(
        self,
        origin: Origin,
        username: Text,
        domain: Text,
        custom_message: Text,
        custom_timeout: Text,
        api_key: Text,
    ) -> Verdict:
        """Tell whether the user approved the caller's own question."""
        with self._core.refusals.recorded(Call(origin, api_key or "")) as call:
            call.user = UserName.parse(username, domain)
            return self._ask(call, custom_prompt(custom_message or "", custom_timeout or ""))

    def _ask(self, call: Call, prompt: Prompt) -> Verdict:
        approvals = self._core.approvals
        asked = approvals.ask(call, prompt, waits=True)
        if not isinstance(asked, Approval):
            return asked.accepted
        return Pending(
            watch=partial(approvals.await_answer, asked),
            life_s=(asked.expires_at - asked.asked_at) / MICROSECONDS,
            result=partial(self._conclude, call, asked),
            abandon=partial(approvals.abandon, call, asked),
        )

    def _conclude(self, call: Call, approval: Approval) -> bool:
        with self._core.refusals.recorded(call):
            return self._core.approvals.conclude(call, approval).accepted

    def validate_card(
        self,
        origin: Origin,
        username: Text,
        domain: Text,
        card_information: Text,
        pin: Text,
        api_key: Text,
    ) -> bool:
        """Tell whether the card and the PIN are the user's."""
        with self._core.refusals.recorded(Call(origin, api_key or "")) as call:
            call.user = UserName.parse(username, domain)
            return self._core.cards.verify(call, card_information or "", pin or "").accepted

    def validate_auth_code(self, origin: Origin, username: Text, domain: Text, auth_code: Text, api_key: Text) -> bool:
        """Tell whether the code was sent to the user and is still good."""
        with self._core.refusals.recorded(Call(origin, api_key or "")) as call:
            call.user = UserName.parse(username, domain)
            return self._core.auth_codes.verify(call, auth_code or "").accepted

    def validate_auth_token(
        self, origin: Origin, username: Text, domain: Text, auth_token: Text, api_key: Text
    ) -> bool:
        """Tell whether the token is one of the user's sessions."""
        with self._core.refusals.recorded(Call(origin, api_key or "")) as call:
            call.user = UserName.parse(username, domain)
            return self._core.auth_tokens.verify(call, auth_token or "").accepted

    def encrypt_value(self, origin: Origin, name: Text, cleartext_value: Text, api_key: Text) -> Text:
        """Return the encrypted value."""
        with self._core.refusals.recorded(Call(origin, api_key or "")) as call:
            return self._core.values.encrypt(call, name, cleartext_value)

    def encrypt_value_aes(self, origin: Origin, name: Text, cleartext_value: Text, api_key: Text) -> Text:
        """Return the value encrypted so that .NET code can decrypt it."""
        with self._core.refusals.recorded(Call(origin, api_key or "")) as call:
            return self._core.values.encrypt(call, name, cleartext_value, aes=True)

    def decrypt_value(self, origin: Origin, name: Text, encrypted_value: Text, api_key: Text) -> Text:
        """Return the clear value."""
        with self._core.refusals.recorded(Call(origin, api_key or "")) as call:
            return self._core.values.decrypt(call, name, encrypted_value)

    def decrypt_value_aes(self, origin: Origin, name: Text, encrypted_value: Text, api_key: Text) -> Text:
        """Return the clear value of what ``encrypt_value_aes`` returned."""
        with self._core.refusals.recorded(Call(origin, api_key or "")) as call:
            return self._core.values.decrypt(call, name, encrypted_value, aes=True)

    def get_questions(
        self,
        origin: Origin,
        username: Text,
        domain: Text,
        questions: Texts,  # noqa: ARG002  # the wire sends it, the contract ignores it
        api_key: Text,
    ) -> tuple[Text, Texts]:
        """Return ``success`` and the user's questions."""
        with self._core.refusals.recorded(Call(origin, api_key or "")) as call:
            call.user = UserName.parse(username, domain)
            return LISTED, self._core.questions.listing(call)

    def validate_questions(
        self,
        origin: Origin,
        username: Text,
        domain: Text,
        questions: Texts,
        answers: Texts,
        api_key: Text,
    ) -> bool:
        """Tell whether the user answered rightly."""
        with self._core.refusals.recorded(Call(origin, api_key or "")) as call:
            call.user = UserName.parse(username, domain)
            return self._core.questions.verify(call, questions or (), answers or ()).accepted

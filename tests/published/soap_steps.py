"""The requests of ValidateService.asmx, made from its signatures."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.published.postman import Chapter, Request
from tests.published.scripts import next_otps, soap_checks
from validate_service.facades.soap.application import SERVICE_PATH
from validate_service.facades.soap.contract import SERVICE_NAME, ValidateService
from validate_service.facades.soap.envelope import DECLARATION, SOAP_11, SOAP_12, SoapVersion
from validate_service.facades.soap.signatures import Kind, Signature, read_contract
from validate_service.facades.soap.types import NAMESPACE
from validate_service.facades.soap.xml_text import escape

CONTRACT = read_contract(ValidateService, name=SERVICE_NAME, namespace=NAMESPACE)

TRUE, FALSE, HEX, CLEAR = "true", "false", "[0-9A-F]+", "a secret value"
REST_USER = "{{user}}-rest"
COMMON = {"username": "{{user}}", "domain": "CORP", "apiKey": "{{apiKey}}"}
VALUE = {"name": "Database", "cleartextValue": CLEAR, "encryptedValue": "{{encrypted}}"}


@dataclass(frozen=True)
class Step:
    """One request of an operation.

    Attributes:
        operation: The operation.
        shows: What it shows, in a few words.
        result: What the result must be, as a regular expression.
        texts: Its parameters besides those that all have.
        version: The SOAP version.
        before: Script that runs before it.
        keeps: Which element of the answer each variable takes over.
    """

    operation: str
    shows: str
    result: str
    texts: Mapping[str, str] = field(default_factory=dict)
    version: SoapVersion = SOAP_12
    before: str = ""
    keeps: Mapping[str, str] = field(default_factory=dict)

    @property
    def request(self) -> Request:
        """The request."""
        signature = CONTRACT.operations[self.operation]
        action = {"SOAPAction": f'"{CONTRACT.action(signature)}"'} if self.version is SOAP_11 else {}
        return Request(
            f"{self.operation}: {self.shows}",
            f"{signature.summary}\n\n{signature.description}",
            SERVICE_PATH,
            self._body(signature),
            soap_checks(f"{self.operation}Result", self.result, self.keeps),
            before=self.before,
            headers={"Content-Type": self.version.content_type, **action},
        )

    def _body(self, signature: Signature) -> str:
        texts = COMMON | VALUE | dict(self.texts)
        inside = "".join(_element(one.name, one.kind, texts.get(one.name, "")) for one in signature.parameters)
        return (
            f'{DECLARATION}\n<soap:Envelope xmlns:soap="{self.version.namespace}">\n  <soap:Body>\n'
            f'    <{signature.name} xmlns="{CONTRACT.namespace}">\n{inside}    </{signature.name}>\n'
            "  </soap:Body>\n</soap:Envelope>\n"
        )


def _element(name: str, kind: Kind, text: str) -> str:
    inside = escape(text)
    return f"      <{name}>{f'<string>{inside}</string>' if kind is Kind.TEXTS else inside}</{name}>\n"


OTP = {"OTP": "{{otp}}"}
STEPS = (
    Step("ValidateOTP", "the token's next password", TRUE, OTP, before=next_otps("otp")),
    Step("ValidateOTP", "the same again, in SOAP 1.1", FALSE, OTP, SOAP_11),
    Step("ValidateAuthCode", "the code of GenerateAuthCode", TRUE, {"username": REST_USER, "authCode": "{{authCode}}"}),
    Step("ValidateAuthToken", "a token that has been ended", FALSE, {"authToken": "{{sessionToken}}"}),
    Step("ValidateCard", "a card that nobody has", FALSE, {"cardInformation": "04A22F91", "pin": "2580"}),
    Step("ValidatePush", "a user without an authenticator", FALSE, {"loginTo": "Portal", "ipAddress": "192.0.2.7"}),
    Step("ValidatePushCustom", "the same", FALSE, {"customMessage": "Approve?", "customTimeout": "30"}),
    Step("GetQuestions", "the user's, or others that look alike", "success"),
    Step("ValidateQuestions", "a wrong answer", FALSE, {"questions": "First pet?", "answers": "Rex"}),
    Step("EncryptValue", "a value", HEX, keeps={"encrypted": "EncryptValueResult"}),
    Step("DecryptValue", "it comes back", CLEAR),
    Step("EncryptValueAES", "the same for .NET", HEX, keeps={"encrypted": "EncryptValueAESResult"}),
    Step("DecryptValueAES", "it comes back", CLEAR),
)

SOAP = Chapter(
    "ValidateService.asmx",
    "Verifications over SOAP, of users and tokens of the other chapters: `true` is yes.",
    tuple(step.request for step in STEPS),
)

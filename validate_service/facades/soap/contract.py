"""The twelve operations, declared for Spyne.

The wire's names, types and order stand here and nowhere else: the WSDL, the pages and all protocols are made from
these declarations.  The docstrings are what customers read on the service's pages.
"""

from collections.abc import Callable
from typing import Any, get_args

from validate_service.facades.soap._spyne_compat import ServiceBase, rpc
from validate_service.facades.soap.operations import CallContext, Text, Texts, Verdict
from validate_service.facades.soap.types import XmlFlag, XmlText, XmlTexts

SERVICE_NAME = "ValidateService"

_WIRE_NAMES = {
    "otp": "OTP",
    "api_key": "apiKey",
    "login_to": "loginTo",
    "ip_address": "ipAddress",
    "custom_message": "customMessage",
    "custom_timeout": "customTimeout",
    "card_information": "cardInformation",
    "auth_code": "authCode",
    "auth_token": "authToken",
    "cleartext_value": "cleartextValue",
    "encrypted_value": "encryptedValue",
}
_WIRE_TYPES = {Text: XmlText, Texts: XmlTexts, bool: XmlFlag, Verdict: XmlFlag}


def operation(name: str, *out_parameters: str) -> Callable[[Callable[..., Any]], Any]:
    """Declare a static method as the operation *name*, with the types that its annotations say.

    The result is called ``<name>Result``; *out_parameters* name what a tuple returns besides.
    """

    def decorate(method: Callable[..., Any]) -> Any:
        annotations = dict(method.__annotations__)
        returned = annotations.pop("return")
        annotations.pop("ctx")
        declare = rpc(
            *(_WIRE_TYPES[annotation] for annotation in annotations.values()),
            _operation_name=name,
            _in_variable_names=_WIRE_NAMES,
            _out_message_name=f"{name}Response",
            _returns=[_WIRE_TYPES[kind] for kind in (get_args(returned) if out_parameters else [returned])],
            _out_variable_names=[f"{name}Result", *out_parameters],
            # By this part name .NET's proxy generators recognise a wrapped message.
            _wsdl_part_name="parameters",
        )
        return declare(method.__func__)  # type: ignore[attr-defined]

    return decorate


class ValidateService(ServiceBase):  # type: ignore[misc]
    """The contract of ``ValidateService.asmx``."""

    @operation("ValidateOTP")
    @staticmethod
    def validate_otp(ctx: CallContext, username: Text, domain: Text, otp: Text, api_key: Text) -> bool:
        """Checks a one-time password of the user's token.

        Any enabled token of the user counts. A password is accepted once; after that it is refused for ever.
        """
        return ctx.udc.operations.validate_otp(ctx.udc.origin, username, domain, otp, api_key)

    @operation("ValidatePush")
    @staticmethod
    def validate_push(
        ctx: CallContext, username: Text, domain: Text, login_to: Text, ip_address: Text, api_key: Text
    ) -> Verdict:
        """Asks the user to approve a sign-in on the enrolled authenticator.

        The call waits for the answer. The user sees loginTo and ipAddress. The answer is false when the user denies,
        does not answer in time, or has no authenticator enrolled.
        """
        return ctx.udc.operations.validate_push(ctx.udc.origin, username, domain, login_to, ip_address, api_key)

    @operation("ValidatePushCustom")
    @staticmethod
    def validate_push_custom(
        ctx: CallContext, username: Text, domain: Text, custom_message: Text, custom_timeout: Text, api_key: Text
    ) -> Verdict:
        """Asks the user to approve a message of your own.

        customTimeout is the time to wait, in whole seconds from 5 to 300. The message has at most 256 characters.
        Put [[match:47]] into it to make the user type that number to approve.
        """
        return ctx.udc.operations.validate_push_custom(
            ctx.udc.origin, username, domain, custom_message, custom_timeout, api_key
        )

    @operation("ValidateCard")
    @staticmethod
    def validate_card(
        ctx: CallContext, username: Text, domain: Text, card_information: Text, pin: Text, api_key: Text
    ) -> bool:
        """Checks a card together with the user's PIN.

        cardInformation is the identifier that the card reader gives. A PIN is blocked after too many wrong entries.
        """
        return ctx.udc.operations.validate_card(ctx.udc.origin, username, domain, card_information, pin, api_key)

    @operation("ValidateAuthCode")
    @staticmethod
    def validate_auth_code(ctx: CallContext, username: Text, domain: Text, auth_code: Text, api_key: Text) -> bool:
        """Checks a code that was generated for the user and sent to them.

        A code can be used once, until it expires. A new code replaces the older one.
        """
        return ctx.udc.operations.validate_auth_code(ctx.udc.origin, username, domain, auth_code, api_key)

    @operation("ValidateAuthToken")
    @staticmethod
    def validate_auth_token(ctx: CallContext, username: Text, domain: Text, auth_token: Text, api_key: Text) -> bool:
        """Checks a session token of the user.

        The answer is true while the token has not expired.
        """
        return ctx.udc.operations.validate_auth_token(ctx.udc.origin, username, domain, auth_token, api_key)

    @operation("EncryptValue")
    @staticmethod
    def encrypt_value(ctx: CallContext, name: Text, cleartext_value: Text, api_key: Text) -> Text:
        """Encrypts a value under your account's keys.

        The result is hex. It is bound to name: only DecryptValue with the same name gives the value back.
        """
        return ctx.udc.operations.encrypt_value(ctx.udc.origin, name, cleartext_value, api_key)

    @operation("DecryptValue")
    @staticmethod
    def decrypt_value(ctx: CallContext, name: Text, encrypted_value: Text, api_key: Text) -> Text:
        """Decrypts a value that EncryptValue encrypted.

        Pass the name that was used to encrypt. Anything that does not decrypt gives a fault, with one text for every
        cause.
        """
        return ctx.udc.operations.decrypt_value(ctx.udc.origin, name, encrypted_value, api_key)

    @operation("EncryptValueAES")
    @staticmethod
    def encrypt_value_aes(ctx: CallContext, name: Text, cleartext_value: Text, api_key: Text) -> Text:
        """Encrypts a value with AES, in a layout that .NET Framework programs can decrypt.

        The result is hex. It is bound to name, as with EncryptValue.
        """
        return ctx.udc.operations.encrypt_value_aes(ctx.udc.origin, name, cleartext_value, api_key)

    @operation("DecryptValueAES")
    @staticmethod
    def decrypt_value_aes(ctx: CallContext, name: Text, encrypted_value: Text, api_key: Text) -> Text:
        """Decrypts a value that EncryptValueAES encrypted.

        Pass the name that was used to encrypt. Anything that does not decrypt gives a fault, with one text for every
        cause.
        """
        return ctx.udc.operations.decrypt_value_aes(ctx.udc.origin, name, encrypted_value, api_key)

    @operation("GetQuestions", "questions")
    @staticmethod
    def get_questions(
        ctx: CallContext, username: Text, domain: Text, questions: Texts, api_key: Text
    ) -> tuple[Text, Texts]:
        """Lists the security questions of a user.

        The questions come back in the questions element. What the request carries in it is ignored.
        """
        return ctx.udc.operations.get_questions(ctx.udc.origin, username, domain, questions, api_key)

    @operation("ValidateQuestions")
    @staticmethod
    def validate_questions(
        ctx: CallContext, username: Text, domain: Text, questions: Texts, answers: Texts, api_key: Text
    ) -> bool:
        """Checks the answers to a user's security questions.

        The first answer belongs to the first question, and so on. Case and repeated spaces do not matter.
        """
        return ctx.udc.operations.validate_questions(ctx.udc.origin, username, domain, questions, answers, api_key)

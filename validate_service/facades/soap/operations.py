"""The port of the SOAP layer: what stands behind the twelve operations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from validate_service.core.origin import Origin
from validate_service.core.ports import Forget, Wake
from validate_service.facades.http.deferral import Deferral
from validate_service.facades.http.responses import Response

Text: TypeAlias = str | None
Texts: TypeAlias = Sequence[str | None] | None


@dataclass(frozen=True, slots=True)
class Pending:
    """A result that a person must give first.

    Attributes:
        watch, life_s, abandon: As those of a :class:`Deferral`.
        result: Returns the result, or raises what the operation may raise.
    """

    watch: Callable[[Wake], Forget]
    life_s: float
    result: Callable[[], bool]
    abandon: Callable[[], None]

    def deferral(self, answer: Callable[[], Response]) -> Deferral:
        """Return the deferral that ends in *answer*."""
        return Deferral(self.watch, self.life_s, answer, self.abandon)


Verdict: TypeAlias = bool | Pending


class Operations(Protocol):
    """One method for each operation; the parameters are the wire's, in wire order.

    A text is ``None`` when the caller left it out.  It holds only characters that XML 1.0 can carry (section
    2.2): no NUL, no lone surrogate.  It is not trimmed and not checked otherwise.  An array is ``None`` when
    left out, and its items may be ``None``.

    Every method may raise any :class:`~validate_service.core.errors.ValidateError`, which the caller gets as a
    fault.  Any other exception is a defect: the caller gets a fault without a reason.
    """

    def validate_otp(self, origin: Origin, username: Text, domain: Text, otp: Text, api_key: Text) -> bool:
        """Return whether *otp* is a one-time password of the user that was not used before."""
        ...

    def validate_push(
        self, origin: Origin, username: Text, domain: Text, login_to: Text, ip_address: Text, api_key: Text
    ) -> Verdict:
        """Ask the user's authenticator and return whether the user approved in time."""
        ...

    def validate_push_custom(
        self,
        origin: Origin,
        username: Text,
        domain: Text,
        custom_message: Text,
        custom_timeout: Text,
        api_key: Text,
    ) -> Verdict:
        """Ask with the caller's message and time-out; return whether the user approved in time."""
        ...

    def validate_card(
        self, origin: Origin, username: Text, domain: Text, card_information: Text, pin: Text, api_key: Text
    ) -> bool:
        """Return whether the card is the user's and the PIN is right."""
        ...

    def validate_auth_code(self, origin: Origin, username: Text, domain: Text, auth_code: Text, api_key: Text) -> bool:
        """Return whether *auth_code* is the user's current code; it is spent by that."""
        ...

    def validate_auth_token(
        self, origin: Origin, username: Text, domain: Text, auth_token: Text, api_key: Text
    ) -> bool:
        """Return whether *auth_token* is a session token of the user that has not expired."""
        ...

    def encrypt_value(self, origin: Origin, name: Text, cleartext_value: Text, api_key: Text) -> Text:
        """Return *cleartext_value* encrypted and bound to *name*, as hex."""
        ...

    def encrypt_value_aes(self, origin: Origin, name: Text, cleartext_value: Text, api_key: Text) -> Text:
        """Return what :meth:`encrypt_value` returns, in the layout that .NET Framework can decrypt."""
        ...

    def decrypt_value(self, origin: Origin, name: Text, encrypted_value: Text, api_key: Text) -> Text:
        """Return the clear value of what :meth:`encrypt_value` returned for the same *name*."""
        ...

    def decrypt_value_aes(self, origin: Origin, name: Text, encrypted_value: Text, api_key: Text) -> Text:
        """Return the clear value of what :meth:`encrypt_value_aes` returned for the same *name*."""
        ...

    def get_questions(
        self, origin: Origin, username: Text, domain: Text, questions: Texts, api_key: Text
    ) -> tuple[Text, Texts]:
        """Return the result word and the user's questions."""
        ...

    def validate_questions(
        self, origin: Origin, username: Text, domain: Text, questions: Texts, answers: Texts, api_key: Text
    ) -> bool:
        """Return whether the answers to the questions are right and enough."""
        ...


@dataclass(slots=True)
class Invocation:
    """One call on its way: Spyne's contexts carry it from the transport to the operation.

    Attributes:
        operations: Where the call goes.
        origin: Where the call comes from.
    """

    operations: Operations
    origin: Origin


class CallContext(Protocol):
    """As much of Spyne's method context as an operation may know."""

    udc: Invocation

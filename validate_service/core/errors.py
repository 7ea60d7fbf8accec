"""Every reason why a request cannot be decided.

A wrong code is not an error: it is an :class:`~validate_service.core.outcomes.Outcome`, whose failure count is
committed.  An error rolls the transaction back.  Each facade owns one total table from these classes to its wire
form; a test checks that no class is missing from it.
"""

from typing import ClassVar


class ValidateError(Exception):
    """Base of all errors.  Never raised itself.

    Attributes:
        code: Stable short name, for logs and the audit trail.
        public: What a caller may read.  Fixed text; it never holds a value from the request.

    The constructor's message is for our own log only.
    """

    code: ClassVar[str]
    public: str


class MalformedRequestError(ValidateError):
    """A field of the request has a value that no caller may send, such as a time-out of ``soon``."""

    code = "malformed_request"

    def __init__(self, public: str) -> None:
        """Keep *public*, a fixed sentence that names the field and its rule but not its value."""
        super().__init__(public)
        self.public = public


class PolicyError(ValidateError):
    """A field is readable, but a rule of the tenant or of the service does not allow its value: a PIN of 1111."""

    code = "against_policy"

    def __init__(self, public: str) -> None:
        """Keep *public*, a sentence that names the rule but not the value."""
        super().__init__(public)
        self.public = public


class CallerNotAuthorizedError(ValidateError):
    """The API key is missing, unknown or revoked."""

    code = "caller_not_authorized"
    public = "The API key is not valid."


class AddressNotAllowedError(ValidateError):
    """The caller is known, but calls from an address outside its tenant's allow list."""

    code = "address_not_allowed"
    public = "The calling address is not allowed."


class ScopeMissingError(ValidateError):
    """The caller is known, but its key is for other calls."""

    code = "scope_missing"
    public = "The API key may not be used for this call."


class DecryptionError(ValidateError):
    """A value does not decrypt: one class and one text for every cause, so that no answer is an oracle."""

    code = "decryption_failed"
    public = "The value could not be decrypted."


class NotFoundError(ValidateError):
    """A management operation names something that does not exist."""

    code = "not_found"

    def __init__(self, public: str) -> None:
        """Keep *public*, a sentence for the operator."""
        super().__init__(public)
        self.public = public


class DeviceNotFoundError(NotFoundError):
    """A management operation names a device that does not exist, or is none of the user's."""

    code = "device_not_found"


class ConflictError(ValidateError):
    """A management operation would create something that exists, or break a rule of the data."""

    code = "conflict"

    def __init__(self, public: str) -> None:
        """Keep *public*, a sentence for the operator."""
        super().__init__(public)
        self.public = public


class RateLimitedError(ValidateError):
    """Too many requests of one kind; *retry_after_s* says when to come back."""

    code = "rate_limited"
    public = "Too many requests. Try again later."

    def __init__(self, retry_after_s: int) -> None:
        """Keep the whole seconds after which the request may be repeated."""
        super().__init__(f"retry after {retry_after_s} s")
        self.retry_after_s = retry_after_s


class DeliveryError(ValidateError):
    """A message could not be handed to whoever carries it: refused, unreachable, or not within the time limit.

    The constructor's message is for our own log: it names what failed, never the recipient or the text.
    """

    code = "delivery_failed"
    public = "The message could not be delivered."


class UnavailableError(ValidateError):
    """The database, the disk or the key ring does not answer: nothing is accepted, nothing is lost."""

    code = "unavailable"
    public = "The service is temporarily unavailable."


def concrete_errors() -> frozenset[type[ValidateError]]:
    """Return every error class that can be raised: the keys that a facade's table must have."""
    found: set[type[ValidateError]] = set()
    waiting = [ValidateError]
    while waiting:
        subclasses = waiting.pop().__subclasses__()
        found.update(subclasses)
        waiting.extend(subclasses)
    return frozenset(found)

"""What goes wrong, as callers see it: SOAP faults, and the table that makes them from the core's errors."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from validate_service.core import errors
from validate_service.facades.http.defects import INTERNAL_ERROR, report_defect

logger = logging.getLogger(__name__)

UNPROCESSED = "Server was unable to process request. ---> "


class FaultCode(Enum):
    """The fault codes of SOAP 1.1 (section 4.4.1) that this service uses."""

    CLIENT = "Client"
    SERVER = "Server"
    VERSION_MISMATCH = "VersionMismatch"
    MUST_UNDERSTAND = "MustUnderstand"


@dataclass(frozen=True, slots=True)
class QualifiedCode:
    """A fault code of an application's own, written as ``q0:<name>``."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class DetailEntry:
    """One element of a fault's detail, holding text."""

    namespace: str
    name: str
    text: str


class SoapFault(Exception):  # noqa: N818 - SOAP's own word
    """An answer that is a fault, as far as it does not depend on the SOAP version.

    Attributes:
        code: One of SOAP's codes, or an own one.
        text: What the caller may read; protocols without an envelope send it alone.
        actor: URI of who failed; empty for none.
        detail: The entries of the detail.
        unprocessed: Whether SOAP puts ``Server was unable to process request. --->`` before the text.
    """

    def __init__(
        self,
        code: FaultCode | QualifiedCode,
        text: str,
        *,
        actor: str = "",
        detail: tuple[DetailEntry, ...] = (),
        unprocessed: bool = False,
    ) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.actor = actor
        self.detail = detail
        self.unprocessed = unprocessed

    @property
    def reason(self) -> str:
        """The text as it stands in ``faultstring`` or ``Reason``."""
        return UNPROCESSED + self.text if self.unprocessed else self.text


class FaultKind(Enum):
    """Whose business an error is."""

    CALLER = "the request cannot be granted; repeating it at once does not help"
    SERVICE = "the request may be right; the service cannot process it now"


FAULT_KINDS: Mapping[type[errors.ValidateError], FaultKind] = {
    errors.MalformedRequestError: FaultKind.CALLER,
    errors.PolicyError: FaultKind.CALLER,
    errors.CallerNotAuthorizedError: FaultKind.CALLER,
    errors.AddressNotAllowedError: FaultKind.CALLER,
    errors.ScopeMissingError: FaultKind.CALLER,
    errors.DecryptionError: FaultKind.CALLER,
    errors.NotFoundError: FaultKind.CALLER,
    errors.DeviceNotFoundError: FaultKind.CALLER,
    errors.ConflictError: FaultKind.CALLER,
    errors.RateLimitedError: FaultKind.CALLER,
    errors.DeliveryError: FaultKind.SERVICE,
    errors.UnavailableError: FaultKind.SERVICE,
}


def server_fault(text: str) -> SoapFault:
    """Return the fault that says *text* behind ``Server was unable to process request. --->``."""
    return SoapFault(FaultCode.SERVER, text, unprocessed=True)


def fault_of(error: Exception) -> SoapFault:
    """Return what the caller gets for *error*; log it if an operator must look into it."""
    if isinstance(error, SoapFault):
        return error
    if isinstance(error, errors.ValidateError):
        if FAULT_KINDS[type(error)] is FaultKind.CALLER:
            return SoapFault(FaultCode.CLIENT, error.public)
        # The text is ours: it names the part that failed, and nothing that a caller sent.
        logger.warning("unavailable: %s", error)
        return server_fault(error.public)
    report_defect(error)
    return server_fault(INTERNAL_ERROR)

"""Where a call came from: what every surface tells the core about each request."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """The surroundings of one call, recorded in the audit trail and used for allow lists.

    Attributes:
        surface: Which facade took the call: ``soap``, ``form``, ``json``, ``rest``, ``connector``,
            ``wcf``, ``cli``.
        operation: The operation's name as the surface spells it, e.g. ``ValidateOTP``.
        address: The caller's IP address as text; empty for the command line.
        request_id: What ``X-Request-Id`` tells the caller, and what finds the audit event again.
        relayed: Whether a proxy that is not trusted passed the call on, or the address is a trusted proxy's own: then
            the address says nothing about who calls.
    """

    surface: str
    operation: str
    address: str
    request_id: str
    relayed: bool = False

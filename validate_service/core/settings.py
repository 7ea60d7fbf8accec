"""What a tenant's operator may set: policies with the vendor's or NIST's defaults."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from validate_service.core.errors import MalformedRequestError
from validate_service.core.lockout import LockoutPolicy

Network: TypeAlias = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class PinPolicy:
    """Rules for a new PIN, and when a PIN is blocked; the defaults are the vendor's.

    Attributes:
        block_at: The wrong PIN, presented with the right card, after which only an operator unblocks it.
        shortest: Fewest characters.
        longest: Most characters.
        most_repeated: Longest run of one character, as in ``1111``.
        most_consecutive: Longest run of neighbours, as in ``1234`` or ``cba``.
    """

    block_at: int = 3
    shortest: int = 4
    longest: int = 64
    most_repeated: int = 3
    most_consecutive: int = 3


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """One tenant's policies.

    Attributes:
        lockout: When failures lock a user.
        pin: Rules for PINs.
        questions_required: How many questions must be answered rightly, or all if fewer are enrolled.
        push_timeout_s: How long ValidatePush waits for the user.
        api_networks: Networks from which callers may call; empty allows every address.
    """

    lockout: LockoutPolicy = field(default_factory=LockoutPolicy)
    pin: PinPolicy = field(default_factory=PinPolicy)
    questions_required: int = 3
    push_timeout_s: int = 50
    api_networks: tuple[Network, ...] = ()

    def allows(self, address: str) -> bool:
        """Tell whether a caller at *address* may call.

        An IPv4 address inside IPv6 counts as the IPv4 address; a zone id is ignored.  What is no address is allowed
        only where every address is.
        """
        if not self.api_networks:
            return True
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(found, "ipv4_mapped", None)
        return any((mapped or found) in network for network in self.api_networks)


@lru_cache(maxsize=256)
def tenant_settings(text: str) -> TenantSettings:
    """Return the settings stored as *text*, a JSON object that holds only what differs from the defaults.

    >>> tenant_settings('{"questions_required": 2, "lockout": {"threshold": 5}}').lockout.threshold
    5
    """
    stored = json.loads(text)
    lockout, pin = stored.pop("lockout", {}), stored.pop("pin", {})
    networks = tuple(parse_network(network) for network in stored.pop("api_networks", ()))
    return TenantSettings(lockout=LockoutPolicy(**lockout), pin=PinPolicy(**pin), api_networks=networks, **stored)


def parse_network(text: str) -> Network:
    """Return the network or single address that *text* spells, e.g. ``10.0.0.0/8``.

    Raises:
        MalformedRequestError: it spells none, or has bits set beyond its mask.
    """
    try:
        return ip_network(text)
    except ValueError as error:
        raise MalformedRequestError("A network must look like 10.1.0.0/16, 10.1.2.3 or 2001:db8::/32.") from error

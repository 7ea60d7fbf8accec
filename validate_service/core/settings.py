"""What a tenant's operator may set: policies with the vendor's or NIST's defaults."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, TypeAlias

from validate_service.core.errors import MalformedRequestError
from validate_service.core.lockout import LockoutPolicy
from validate_service.core.messages import Channel, MessageKind

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
class PasswordPolicy:
    """Rules for a new password; the defaults are those of NIST SP 800-63B-4 section 3.1.1.2: length, no composition.

    Attributes:
        shortest: Fewest characters: 15, or 8 where the password is never the only factor.
        longest: Most characters; at least 64.
    """

    shortest: int = 15
    longest: int = 128


@dataclass(frozen=True, slots=True)
class IssuePolicy:
    """How often codes and enrolment links may be issued for one user.

    Attributes:
        burst: So many at once.
        every_s: And one more after so many seconds.
    """

    burst: int = 5
    every_s: int = 60


@dataclass(frozen=True, slots=True)
class PushPolicy:
    """How often a user is asked to approve.

    Attributes:
        burst: So many times in a row without an approval; each further time only after a delay.
        first_delay_s: The first of these delays; each next one is twice as long.
        longest_delay_s: What the doubling stops at.
        tenant_burst: So many at once in the whole tenant.
        tenant_per_minute: And so many more a minute.
        mute_s: How long nobody asks a user who reported a push.
    """

    burst: int = 10
    first_delay_s: int = 30
    longest_delay_s: int = 3600
    tenant_burst: int = 5_000
    tenant_per_minute: int = 30_000
    mute_s: int = 1200


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """One tenant's policies.

    Attributes:
        lockout: When failures lock a user.
        pin: Rules for PINs.
        password: Rules for passwords.
        issue: How often codes and links may be issued for one user.
        push: How often a user is asked to approve.
        shortest_api_key: Fewest characters of a key that its owner chooses.
        enrolment_life_s: How long an enrolment link is good.
        fido_challenge_life_s: How long a security key has time to answer.
        facets: For each application of security keys the web origins, and identities of apps, that may ask in its name;
            without them only pages of its own origin may.
        organisation: What messages call the tenant; empty for the service's name.
        channels: For each kind of message the channels to try, in this order, where they differ from the built-in ones.
        carriers: Domain of the e-mail gateway of each phone carrier, by the carrier's folded name.
        questions_required: How many questions must be answered rightly, or all if fewer are enrolled.
        push_timeout_s: How long ValidatePush waits for the user.
        pushes_need_number: Whether a push is put only if it makes the user type a number that the caller shows.
        pushes_need_pin: Whether the user's PIN is asked for to approve.
        phones_need_passkey: Whether new authenticators must have a passkey, which asks for a finger, a face or a PIN.
        reports_disable_user: Whether a user who reports a push is disabled until an operator looked.
        devices_need_activation: Whether codes of a new token are accepted only after two of them were shown.
        api_networks: Networks from which callers may call; empty allows every address.
    """

    lockout: LockoutPolicy = field(default_factory=LockoutPolicy)
    pin: PinPolicy = field(default_factory=PinPolicy)
    password: PasswordPolicy = field(default_factory=PasswordPolicy)
    issue: IssuePolicy = field(default_factory=IssuePolicy)
    push: PushPolicy = field(default_factory=PushPolicy)
    shortest_api_key: int = 8
    enrolment_life_s: int = 3600
    fido_challenge_life_s: int = 300
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    organisation: str = ""
    channels: Mapping[MessageKind, tuple[Channel, ...]] = field(default_factory=dict)
    carriers: Mapping[str, str] = field(default_factory=dict)
    questions_required: int = 3
    push_timeout_s: int = 50
    pushes_need_number: bool = False
    pushes_need_pin: bool = False
    phones_need_passkey: bool = False
    reports_disable_user: bool = False
    devices_need_activation: bool = False
    api_networks: tuple[Network, ...] = ()

    def allows(self, address: str) -> bool:
        """Tell whether a caller at *address* may call.

        An IPv4 address inside IPv6 counts as the IPv4 address; a zone id is ignored.  What is no address is allowed
        only where every address is.
        """
        return not self.api_networks or is_within(address, self.api_networks)


def is_within(address: str, networks: Iterable[Network]) -> bool:
    """Tell whether *address* is in one of *networks*; what is no address is in none.

    >>> is_within("::ffff:10.1.2.3", [parse_network("10.0.0.0/8")])
    True
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    plain = getattr(found, "ipv4_mapped", None) or found
    return any(plain in network for network in networks)


_KINDS, _CHANNELS = frozenset(MessageKind), frozenset(Channel)

POLICY_GROUPS: Mapping[str, Any] = {
    "lockout": LockoutPolicy,
    "pin": PinPolicy,
    "password": PasswordPolicy,
    "issue": IssuePolicy,
    "push": PushPolicy,
}


@lru_cache(maxsize=256)
def tenant_settings(text: str) -> TenantSettings:
    """Return the settings stored as *text*, a JSON object that holds only what differs from the defaults.

    What a later version stored and this one does not know is left out: both may serve while one replaces the other.

    >>> tenant_settings('{"questions_required": 2, "lockout": {"threshold": 5, "color": "red"}}').lockout.threshold
    5
    """
    stored = _known(TenantSettings, json.loads(text))
    policies = {name: policy(**_known(policy, stored.pop(name, {}))) for name, policy in POLICY_GROUPS.items()}
    networks = tuple(parse_network(network) for network in stored.pop("api_networks", ()))
    channels = {
        MessageKind(kind): tuple(Channel(name) for name in names if name in _CHANNELS)
        for kind, names in stored.pop("channels", {}).items()
        if kind in _KINDS
    }
    facets = {app_id: tuple(origins) for app_id, origins in stored.pop("facets", {}).items()}
    return TenantSettings(**policies, api_networks=networks, channels=channels, facets=facets, **stored)


def _known(policy: Any, stored: Mapping[str, Any]) -> dict[str, Any]:  # a class with fields
    names = {one.name for one in fields(policy)}
    return {name: value for name, value in stored.items() if name in names}


def parse_network(text: str) -> Network:
    """Return the network or single address that *text* spells, e.g. ``10.0.0.0/8``.

    Raises:
        MalformedRequestError: it spells none, or has bits set beyond its mask.
    """
    try:
        return ip_network(text)
    except ValueError as error:
        raise MalformedRequestError("A network must look like 10.1.0.0/16, 10.1.2.3 or 2001:db8::/32.") from error

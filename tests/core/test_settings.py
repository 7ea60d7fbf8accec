"""Tenant settings: allow lists, and what is stored."""

import pytest

from validate_service.core.errors import MalformedRequestError
from validate_service.core.messages import Channel, MessageKind
from validate_service.core.settings import PinPolicy, TenantSettings, parse_network, tenant_settings

ALLOWED = TenantSettings(
    api_networks=tuple(map(parse_network, ["192.0.2.0/24", "198.51.100.7", "2001:db8::/32", "fe80::/10"]))
)


@pytest.mark.parametrize(
    "address",
    ["192.0.2.1", "198.51.100.7", "2001:db8::1", "::ffff:192.0.2.1", "::ffff:c000:201", "fe80::1%eth0", "FE80::1%1"],
)
def test_an_address_inside_a_network_is_allowed(address: str) -> None:
    """Also IPv4 inside IPv6, and with a zone id."""
    assert ALLOWED.allows(address)


@pytest.mark.parametrize(
    "address",
    [
        "192.0.3.1",
        "198.51.100.8",
        "2001:db9::1",
        "::ffff:192.0.3.1",
        "::192.0.2.1",
        "",
        "unix:",
        "192.0.2.1, 192.0.2.2",
    ],
)
def test_any_other_address_is_refused(address: str) -> None:
    """Also what is no address."""
    assert not ALLOWED.allows(address)


@pytest.mark.parametrize("address", ["192.0.3.1", "::1", "", "unix:"])
def test_no_list_allows_every_address(address: str) -> None:
    """The default."""
    assert TenantSettings().allows(address)


@pytest.mark.parametrize("text", ["", "10.0.0.1/8", "10.0.0.0/33", "localhost", "10.0.0", "2001:db8::/129"])
def test_what_is_no_network_is_refused(text: str) -> None:
    """Also a network with bits beyond its mask, which means two things."""
    with pytest.raises(MalformedRequestError, match="must look like"):
        parse_network(text)


def test_only_what_differs_from_the_defaults_is_stored() -> None:
    """A later version's better default reaches every tenant that did not choose."""
    assert tenant_settings("{}") == TenantSettings()
    chosen = tenant_settings('{"pin": {"block_at": 5}, "push_timeout_s": 20, "api_networks": ["192.0.2.0/24"]}')
    assert chosen.pin == PinPolicy(block_at=5)
    assert (chosen.push_timeout_s, chosen.questions_required) == (20, 3)
    assert chosen.allows("192.0.2.1")
    assert not chosen.allows("192.0.3.1")


def test_what_a_later_version_stored_is_left_out() -> None:
    """Nodes of two versions may serve one tenant; what the older one knows, it obeys."""
    stored = (
        '{"pin": {"block_at": 5, "later": 1}, "later": {"x": 1}, "questions_required": 2,'
        ' "channels": {"auth_code": ["pigeon", "email"], "later": ["email"]}}'
    )
    chosen = tenant_settings(stored)
    assert (chosen.pin, chosen.questions_required) == (PinPolicy(block_at=5), 2)
    assert chosen.channels == {MessageKind.AUTH_CODE: (Channel.EMAIL,)}

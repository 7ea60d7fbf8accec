"""Enrolment of phones: a link is good once, for whoever opens it and shows a key."""

from dataclasses import replace
from typing import Any

import pytest

from tests.core.authenticators.conftest import Desk
from tests.interference import InterruptedDatabase
from tests.primitives.software_passkey import PRESENT, VERIFIED, SoftwarePasskey
from tests.primitives.software_phone import SoftwarePhone, phone_call
from tests.product import Product
from tests.world import FakeClock
from validate_service.core.errors import ConflictError, MalformedRequestError, NotFoundError, PolicyError
from validate_service.core.model import (
    DeviceKind,
    EnrolledPhone,
    Factor,
    Invitation,
    KeyKind,
    NewKey,
    NewPasskey,
)
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.profiles import ProfileChange
from validate_service.primitives.device_keys import uid_of

KINDS = list(KeyKind)


def opened(desk: Desk, token: str) -> Invitation:
    return desk.core.phone_enrolment.open(phone_call(), token)


def enrolled(desk: Desk, token: str, key: NewKey | NewPasskey, name: str = "My phone") -> EnrolledPhone | Decision:
    return desk.core.phone_enrolment.enrol(phone_call(), token, name, key)


def refusal_of(desk: Desk, token: str, key: NewKey | NewPasskey, name: str = "My phone") -> Outcome:
    """Return why *key* is not enrolled."""
    decision = enrolled(desk, token, key, name)
    assert isinstance(decision, Decision)
    return decision.outcome


def phones(desk: Desk) -> list[str]:
    """Return the serials of all phones of the tenant."""
    listed = desk.core.device_register.listing(desk.product.tenant)
    return [device.serial for device in listed if device.kind is DeviceKind.AUTHENTICATOR]


def test_a_link_says_for_whom_it_is(desk: Desk, clock: FakeClock) -> None:
    """And for which organisation, in which language, with which kind of key, until when; opening it changes nothing."""
    desk.core.tenant_register.set_organisation(desk.product.operator(), desk.product.tenant, "Clinic")
    desk.core.user_register.update(desk.product.operator("alice"), desk.product.tenant, ProfileChange(language="de"))
    token = desk.link()
    first, second = opened(desk, token), opened(desk, token)
    assert first == second
    assert (str(first.user), first.organisation, first.language, first.kind) == (
        *("alice", "Clinic", "de"),
        KeyKind.WEBCRYPTO,
    )
    assert first.expires_at == clock.now() + 3600 * 1_000_000
    assert (len(first.challenge), len(first.user_handle)) == (32, 32)
    desk.switch_on("phones_need_passkey")
    assert opened(desk, token).kind is KeyKind.PASSKEY


def test_every_link_has_a_challenge_of_its_own(desk: Desk) -> None:
    """What one key signed for one link says nothing for the next; the user stays the same."""
    first = opened(desk, desk.link())
    second = opened(desk, desk.link())
    assert first.challenge != second.challenge
    assert first.user_handle == second.user_handle


@pytest.mark.parametrize("kind", KINDS)
def test_a_phone_is_enrolled_and_let_in(desk: Desk, clock: FakeClock, kind: KeyKind) -> None:
    """It is a device of its user from then on, and its first session has begun."""
    phone = SoftwarePhone(kind)
    found = phone.enrol(desk.core, desk.link(), "Zoë's phone 📱")
    assert isinstance(found, EnrolledPhone)
    assert found.serial == f"PHONE-{found.uid[:8].upper()}"
    holder = phone.holder(desk.core)
    authenticator = holder.authenticator
    assert (str(holder.user.name), holder.tenant.name, holder.language) == ("alice", "default", "en")
    assert (authenticator.uid, authenticator.serial, authenticator.kind) == (found.uid, found.serial, kind)
    assert (authenticator.name, authenticator.enabled, authenticator.subscription) == ("Zoë's phone 📱", True, None)
    assert (authenticator.created_at, authenticator.seen_at) == (clock.now(), clock.now())
    assert authenticator.credential_id == (b"credential" if kind is KeyKind.PASSKEY else None)
    assert phones(desk) == [found.serial]
    event = desk.product.last_event()
    assert (event["event"], event["reason"], event["device"], event["caller"], event["user_name"]) == (
        *("phone:enrol", "accepted", found.serial, found.serial, "alice"),
    )


def test_nothing_secret_is_audited_or_shown(desk: Desk) -> None:
    """Neither the link nor the session, nor in what is printed of a phone."""
    token, phone = desk.link(), SoftwarePhone()
    found = phone.enrol(desk.core, token)
    assert token not in str(desk.product.audit())
    assert phone.session not in str(desk.product.audit()) + repr(found) + repr(phone.holder(desk.core))


def test_a_link_is_good_once(desk: Desk) -> None:
    """Opened or used again, it is as unknown as any other."""
    token = desk.link()
    assert isinstance(SoftwarePhone().enrol(desk.core, token), EnrolledPhone)
    with pytest.raises(NotFoundError, match="The link is not good any more"):
        opened(desk, token)
    with pytest.raises(NotFoundError, match="The link is not good any more"):
        enrolled(desk, token, NewKey(b"", b""))
    assert len(phones(desk)) == 1


def replaced(desk: Desk) -> str:
    token = desk.link()
    desk.link()
    return token


def expired(desk: Desk) -> str:
    token = desk.link()
    desk.clock.advance(3600)
    return token


def of_disabled_user(desk: Desk) -> str:
    token = desk.link()
    desk.core.user_register.set_enabled(desk.product.operator("alice"), desk.product.tenant, enabled=False)
    return token


def of_deleted_user(desk: Desk) -> str:
    token = desk.link()
    desk.core.user_register.delete(desk.product.operator("alice"), desk.product.tenant)
    return token


NOT_GOOD = {
    "unknown": lambda desk: "x" * 43,
    "empty": lambda desk: "",
    "no text": lambda desk: "\ud800\0",
    "replaced": replaced,
    "expired": expired,
    "of a disabled user": of_disabled_user,
    "of a deleted user": of_deleted_user,
}


@pytest.mark.parametrize("case", NOT_GOOD)
def test_a_link_that_is_not_good_opens_nothing(desk: Desk, case: str) -> None:
    """One text for all: whoever found it learns nothing from it; and no phone is enrolled."""
    token = NOT_GOOD[case](desk)
    with pytest.raises(NotFoundError) as refused:
        opened(desk, token)
    assert refused.value.public == "The link is not good any more."
    with pytest.raises(NotFoundError):
        enrolled(desk, token, SoftwarePhone().new_key(bytes(32), "x"))
    assert phones(desk) == []


def test_a_link_is_good_to_its_last_moment(desk: Desk, clock: FakeClock) -> None:
    """An hour, less a microsecond."""
    token = desk.link()
    clock.advance(3600 - 0.000001)
    assert isinstance(SoftwarePhone().enrol(desk.core, token), EnrolledPhone)


def test_whose_set_lost_pushes_enrols_no_phone(desk: Desk) -> None:
    """The link was issued before."""
    token = desk.link()
    operator, tenant = desk.product.operator("alice"), desk.product.tenant
    desk.core.auth_set_register.add(operator, tenant, "cards", frozenset({Factor.CARD}))
    desk.core.user_register.update(operator, tenant, ProfileChange(auth_set="cards"))
    with pytest.raises(PolicyError, match="push"):
        opened(desk, token)
    with pytest.raises(PolicyError, match="push"):
        enrolled(desk, token, NewKey(b"", b""))
    assert phones(desk) == []


def test_a_tenant_may_ask_for_passkeys(desk: Desk) -> None:
    """A key that asks its user for nothing is refused then; the link stays good."""
    desk.switch_on("phones_need_passkey")
    token = desk.link()
    key = SoftwarePhone().new_key(opened(desk, token).challenge, "My phone")
    with pytest.raises(PolicyError, match="passkey"):
        enrolled(desk, token, key)
    assert isinstance(SoftwarePhone(KeyKind.PASSKEY).enrol(desk.core, token), EnrolledPhone)


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_must_show_that_it_is_there_for_this_link_and_name(desk: Desk, kind: KeyKind) -> None:
    """What was signed for another challenge or name is a flaw, audited; the link stays good."""
    token, phone = desk.link(), SoftwarePhone(kind)
    challenge = opened(desk, token).challenge
    flaw = Outcome.BAD_SIGNATURE if kind is KeyKind.WEBCRYPTO else Outcome.WRONG_CHALLENGE
    assert refusal_of(desk, token, phone.new_key(bytes(32), "My phone")) is flaw
    assert refusal_of(desk, token, phone.new_key(challenge, "My phone"), "Your phone") is flaw
    event = desk.product.last_event()
    assert (event["event"], event["reason"], event["user_name"]) == ("phone:enrol", flaw.value, "alice")
    assert phones(desk) == []
    assert isinstance(phone.enrol(desk.core, token), EnrolledPhone)


def test_a_key_of_another_kind_is_refused(desk: Desk) -> None:
    """Only P-256, in its one spelling."""
    token = desk.link()
    assert refusal_of(desk, token, NewKey(b"no key", bytes(64))) is Outcome.BAD_PUBLIC_KEY
    assert refusal_of(desk, token, NewPasskey(b"{}", b"")) is Outcome.MALFORMED_ANSWER


@pytest.mark.parametrize(
    ("fields", "flaw"),
    [
        ({"origin": "https://evil.example"}, Outcome.FOREIGN_ORIGIN),
        ({"rp_id": "evil.example"}, Outcome.FOREIGN_APPLICATION),
        ({"passkey": SoftwarePasskey(flags=VERIFIED)}, Outcome.NO_USER_PRESENCE),
        ({"passkey": SoftwarePasskey(flags=PRESENT)}, Outcome.NO_USER_PRESENCE),
    ],
)
def test_a_passkey_must_be_made_on_our_page(desk: Desk, fields: dict[str, Any], flaw: Outcome) -> None:
    """For us, by somebody who is there, and whom the phone knows by finger, face or PIN."""
    token = desk.link()
    phone = SoftwarePhone(KeyKind.PASSKEY, **fields)
    assert refusal_of(desk, token, phone.new_key(opened(desk, token).challenge, "My phone")) is flaw
    assert phones(desk) == []


def test_an_installation_that_does_not_know_its_address_takes_no_passkey(desk: Desk) -> None:
    """Any page could have asked for it."""
    token, desks = desk.link(), desk.core.phone_enrolment
    nowhere = replace(desks, proofs=replace(desks.proofs, origin=""))
    key = SoftwarePhone(KeyKind.PASSKEY, origin="").new_key(opened(desk, token).challenge, "x")
    found = nowhere.enrol(phone_call(), token, "x", key)
    assert isinstance(found, Decision)
    assert not found.accepted


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a\0b", "a\nb", "a\u202eb", "a\u200bb", "a\u2028b", "\ud800"])
def test_a_phone_has_a_name_that_can_be_read(desk: Desk, name: str) -> None:
    """Neither empty nor long, and without what shows nothing; nothing changes."""
    token = desk.link()
    challenge = opened(desk, token).challenge
    key = SoftwarePhone().new_key(challenge, "x")
    with pytest.raises(MalformedRequestError, match="name"):
        enrolled(desk, token, key, name)
    assert opened(desk, token).challenge == challenge


def test_a_key_is_one_phone(desk: Desk) -> None:
    """Enrolled once more, by its user or another, it is refused; the second link stays good."""
    phone = desk.phone()
    desk.product.add_user("bob")
    for user in ("alice", "bob"):
        token = desk.link(user)
        with pytest.raises(ConflictError, match="enrolled already"):
            replace(phone).enrol(desk.core, token)
        assert opened(desk, token)
    assert phones(desk) == [phone.serial]


def test_a_phone_whose_serial_is_taken_gets_a_longer_one(desk: Desk) -> None:
    """Serials are for people: eight digits are enough, mostly."""
    phone = SoftwarePhone()
    key = phone.new_key(bytes(32), "x")
    assert isinstance(key, NewKey)
    for digits in (8, 12):
        serial = f"PHONE-{uid_of(key.public_key)[:digits]}"
        desk.product.add_device("alice", serial, DeviceKind.AUTHENTICATOR)
    found = phone.enrol(desk.core, desk.link())
    assert isinstance(found, EnrolledPhone)
    assert found.serial == f"PHONE-{found.uid[:16].upper()}"


def test_a_user_may_have_many_phones(desk: Desk) -> None:
    """Each with a link and a key of its own."""
    first, second = desk.phone(), desk.phone(kind=KeyKind.PASSKEY)
    assert sorted(phones(desk)) == sorted([first.serial, second.serial])
    assert first.holder(desk.core).user == second.holder(desk.core).user


def test_who_is_slower_finds_the_link_used(desk: Desk) -> None:
    """The link was good when it was read; nothing of the slower phone stays."""
    token, slower = desk.link(), SoftwarePhone()
    key = slower.new_key(opened(desk, token).challenge, "Slow")
    faster = SoftwarePhone()
    database = InterruptedDatabase(desk.product.installation.database, lambda: faster.enrol(desk.core, token))
    slow = replace(desk.core.phone_enrolment, database=database)
    with pytest.raises(NotFoundError, match="The link is not good any more"):
        slow.enrol(phone_call(), token, "Slow", key)
    assert phones(desk) == [faster.serial]


def test_a_refused_enrolment_is_audited(desk: Desk) -> None:
    """As every refused call: who tried is not known, but that somebody did."""
    with pytest.raises(NotFoundError), desk.core.refusals.recorded(phone_call()) as call:
        desk.core.phone_enrolment.open(call, "unknown")
    event = desk.product.last_event()
    assert (event["event"], event["reason"], event["surface"]) == ("call:refuse", "not_found", "pingme")


def test_a_tenants_activation_is_not_for_phones(desk: Desk) -> None:
    """They have shown their key."""
    desk.switch_on("devices_need_activation")
    phone = desk.phone()
    (device,) = desk.core.device_register.listing(desk.product.tenant)
    assert (device.serial, device.activated) == (phone.serial, True)


def test_phones_of_two_tenants_are_two(desk: Desk, product: Product) -> None:
    """Each tenant's links make phones of its own users only."""
    other = product.of_tenant("other")
    other.add_user("alice")
    phone = SoftwarePhone()
    assert isinstance(phone.enrol(desk.core, desk.link(product=other)), EnrolledPhone)
    assert phone.holder(desk.core).tenant.name == "other"
    assert phones(desk) == []

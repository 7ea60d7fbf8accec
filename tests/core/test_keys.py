"""The life of the key ring: rotate, reseal, retire, export."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.interference import UnauditableDatabase
from tests.product import Product
from validate_service.core.errors import ConflictError, DecryptionError, NotFoundError, UnavailableError
from validate_service.core.key_ring import KeyState
from validate_service.core.ports import Session
from validate_service.primitives import mfa1
from validate_service.storage.devices import DeviceTable

ACTIVE, DECRYPT_ONLY, RETIRED = KeyState.ACTIVE, KeyState.DECRYPT_ONLY, KeyState.RETIRED


@pytest.fixture
def alice(product: Product) -> Product:
    """A product whose user alice has two devices."""
    product.add_user("alice")
    product.add_device("alice", "A")
    product.add_device("alice", "B")
    return product


def states(product: Product) -> dict[int, KeyState]:
    """Return every key's state."""
    return {key_id: key.state for key_id, key in product.core.key_desk.listing().items()}


def accepted(product: Product, serial: str) -> bool:
    """Tell whether the next code of a device is accepted."""
    return product.core.otp.verify(product.call("alice"), product.next_code(serial)).accepted


class SeedsSeenOnce(DeviceTable):
    """Devices in the database; something is done when they are first looked for, and looking has an end."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act
        self._looks = 0

    def sealed_under_other(self, session: Session, key_id: int, limit: int) -> Sequence[tuple[int, int, str, bytes]]:
        found = super().sealed_under_other(session, key_id, limit)
        self._looks += 1
        if self._looks == 1:
            self._act()
        if self._looks > 20:
            raise RecursionError("resealing goes round in circles")
        return found


@dataclass
class ClockThatActs:
    """A clock at whose first look something is done."""

    act: Callable[[], object]
    looks: list[Any] = field(default_factory=list)

    def now(self) -> int:
        self.looks.append(None)
        if len(self.looks) == 1:
            self.act()
        return 1


def test_a_new_key_encrypts_and_the_older_ones_decrypt(alice: Product) -> None:
    """Seeds and callers' values alike."""
    values, desk = alice.core.values, alice.core.key_desk
    old = {aes: values.encrypt(alice.call(), "n", "v", aes=aes) for aes in (False, True)}
    assert desk.rotate(alice.operator()) == 2
    assert states(alice) == {1: DECRYPT_ONLY, 2: ACTIVE}
    assert accepted(alice, "A")
    for aes, value in old.items():
        assert values.decrypt(alice.call(), "n", value, aes=aes) == "v"
        assert "00000002" in values.encrypt(alice.call(), "n", "v", aes=aes)[8:18]


def test_every_seed_is_resealed_and_works_as_before(alice: Product) -> None:
    """Once; a second run finds nothing to do."""
    desk = alice.core.key_desk
    desk.rotate(alice.operator())
    alice.add_device("alice", "C")
    assert [desk.reseal(alice.operator()) for _ in range(2)] == [2, 0]
    assert all(accepted(alice, serial) for serial in "ABC")


def test_a_key_in_use_cannot_be_retired(alice: Product) -> None:
    """Neither the active one, nor one that seals seeds."""
    desk = alice.core.key_desk
    with pytest.raises(ConflictError):
        desk.retire(alice.operator(), 1)
    desk.rotate(alice.operator())
    with pytest.raises(ConflictError):
        desk.retire(alice.operator(), 1)
    with pytest.raises(NotFoundError):
        desk.retire(alice.operator(), 3)
    assert states(alice) == {1: DECRYPT_ONLY, 2: ACTIVE}


def test_a_retired_key_decrypts_nothing_any_more(alice: Product) -> None:
    """What was resealed works; what callers kept does not."""
    values, desk = alice.core.values, alice.core.key_desk
    old = {aes: values.encrypt(alice.call(), "n", "v", aes=aes) for aes in (False, True)}
    desk.rotate(alice.operator())
    desk.reseal(alice.operator())
    desk.retire(alice.operator(), 1)
    assert states(alice) == {1: RETIRED, 2: ACTIVE}
    for aes, value in old.items():
        with pytest.raises(DecryptionError):
            values.decrypt(alice.call(), "n", value, aes=aes)
    assert accepted(alice, "A")
    assert desk.rotate(alice.operator()) == 3
    assert states(alice) == {1: RETIRED, 2: DECRYPT_ONLY, 3: ACTIVE}


def test_cards_codes_and_api_keys_survive_rotation_and_retirement(alice: Product) -> None:
    """They hang on the root, which never changes."""
    core, operator, tenant = alice.core, alice.operator("alice"), alice.tenant
    core.card_register.add(operator, tenant, "04A2", "")
    core.pin_desk.set_pin(operator, tenant, "2580")
    code = core.auth_code_desk.issue(operator, tenant, life_s=60)
    core.key_desk.rotate(operator)
    core.key_desk.reseal(operator)
    core.key_desk.retire(operator, 1)
    assert core.cards.verify(alice.call("alice"), "04A2", "2580").accepted
    assert core.auth_codes.verify(alice.call("alice"), code).accepted


def test_resealing_ends_though_the_key_is_rotated_meanwhile(alice: Product) -> None:
    """It goes on under the newest key."""
    desk = alice.core.key_desk
    desk.rotate(alice.operator())
    meddled = replace(desk, devices=SeedsSeenOnce(lambda: desk.rotate(alice.operator())))
    meddled.reseal(alice.operator())
    desk.retire(alice.operator(), 1)
    desk.retire(alice.operator(), 2)
    assert all(accepted(alice, serial) for serial in "AB")


def test_a_seed_that_changed_meanwhile_is_left_to_the_next_round(alice: Product) -> None:
    """A device that is deleted while its seed is resealed stays deleted."""
    desk, register = alice.core.key_desk, alice.core.device_register
    desk.rotate(alice.operator())
    meddled = replace(desk, devices=SeedsSeenOnce(lambda: register.delete(alice.operator(), alice.tenant, "B")))
    assert meddled.reseal(alice.operator()) == 1
    assert [device.serial for device in register.listing(alice.tenant)] == ["A"]


@pytest.mark.parametrize("act", ["rotate", "retire"])
def test_no_key_is_lost_when_two_operators_change_the_ring(alice: Product, act: str) -> None:
    """What was encrypted under the other's new key must stay decryptable."""
    desk, values = alice.core.key_desk, []
    desk.rotate(alice.operator())
    desk.reseal(alice.operator())

    def rotate_and_use() -> None:
        desk.rotate(alice.operator())
        values.append(alice.core.values.encrypt(alice.call(), "n", "v"))

    slower = replace(desk, clock=ClockThatActs(rotate_and_use))
    slower.rotate(alice.operator()) if act == "rotate" else slower.retire(alice.operator(), 1)
    assert alice.core.values.decrypt(alice.call(), "n", values[0]) == "v"


@pytest.mark.parametrize("act", ["rotate", "retire"])
def test_a_change_that_cannot_be_audited_is_not_made(alice: Product, act: str) -> None:
    """The ring stays as it is."""
    desk = alice.core.key_desk
    desk.rotate(alice.operator())
    desk.reseal(alice.operator())
    before, mute = states(alice), replace(desk, database=UnauditableDatabase(desk.database))
    with pytest.raises(UnavailableError):
        mute.rotate(alice.operator()) if act == "rotate" else mute.retire(alice.operator(), 1)
    assert states(alice) == before


def test_an_exported_secret_decrypts_the_tenants_aes_values(alice: Product) -> None:
    """Without us; and no other tenant's."""
    desk, other = alice.core.key_desk, alice.of_tenant("other")
    key_id, secret = desk.export_aes_secret(alice.operator(), alice.tenant)
    value = bytes.fromhex(alice.core.values.encrypt(alice.call(), "n", "v", aes=True))
    assert (key_id, mfa1.decrypt(secret, name="n", value=value)) == (1, "v")
    assert desk.export_aes_secret(other.operator(), other.tenant)[1] != secret
    event = alice.audit(event="key:export")[0]
    assert (event["device"], event["tenant_id"]) == ("1", alice.tenant.id)


def test_an_older_key_is_exported_by_number_until_it_is_retired(alice: Product) -> None:
    """Then it is gone for everybody."""
    desk = alice.core.key_desk
    _, first = desk.export_aes_secret(alice.operator(), alice.tenant)
    desk.rotate(alice.operator())
    assert desk.export_aes_secret(alice.operator(), alice.tenant, 1) == (1, first)
    assert desk.export_aes_secret(alice.operator(), alice.tenant)[0] == 2
    desk.reseal(alice.operator())
    desk.retire(alice.operator(), 1)
    for key_id in (1, 3):
        with pytest.raises(NotFoundError):
            desk.export_aes_secret(alice.operator(), alice.tenant, key_id)


def test_every_change_of_the_ring_is_audited(alice: Product) -> None:
    """With the key's number."""
    desk = alice.core.key_desk
    desk.rotate(alice.operator())
    desk.reseal(alice.operator())
    desk.retire(alice.operator(), 1)
    events = [(event["event"], event["device"]) for event in alice.audit()[-3:]]
    assert events == [("key:rotate", "2"), ("key:reseal", "2"), ("key:retire", "1")]

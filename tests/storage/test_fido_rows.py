"""Rows of security keys: counters only rise, challenges are used once, and what goes takes its rows along."""

from collections.abc import Callable

import pytest

from tests.product import Product
from tests.server.service import Together
from validate_service.core.errors import ConflictError
from validate_service.core.model import Challenge, DeviceKind, FidoKey, FidoProtocol, FidoStep
from validate_service.core.ports import Transaction
from validate_service.storage.fido import FidoChallengeTable, FidoKeyTable

THREADS = 24
APP_ID = "https://portal.example.org"
KEYS, CHALLENGES = FidoKeyTable(), FidoChallengeTable()
Change = Callable[[Transaction], bool]


@pytest.fixture
def user_id(product: Product) -> int:
    """A user with two devices for security keys."""
    product.add_user("alice")
    for serial in ("KEY-1", "KEY-2"):
        product.add_device("alice", serial, DeviceKind.FIDO)
    return product.core.user_register.get(product.operator("alice"), product.tenant).id


def key(protocol: FidoProtocol = FidoProtocol.U2F, counter: int = -1, handle: bytes = b"handle") -> FidoKey:
    """Return a key that is not kept yet."""
    return FidoKey(0, "", True, APP_ID, "", protocol, handle, b"public", counter)


def kept(product: Product, user_id: int, new: FidoKey, serial: str = "KEY-1") -> FidoKey:
    """Keep *new* on a device; return it as it is found again."""
    with product.installation.database.write() as transaction:
        (device,) = [one for one in KEYS.devices(transaction, user_id, APP_ID) if one.serial == serial]
        KEYS.add(transaction, product.tenant.id, device.id, new, 1)
    with product.installation.database.read() as session:
        return KEYS.of_user(session, user_id, APP_ID)[-1]


def change(product: Product, act: Change) -> bool:
    with product.installation.database.write() as transaction:
        return act(transaction)


def at_once(product: Product, act: Change) -> list[bool]:
    """Return what each of many threads was told, each in a transaction of its own."""
    together = Together(lambda _: change(product, act), range(THREADS))
    assert together.errors == []
    return sorted(together.results)


ONE = [False] * (THREADS - 1) + [True]


def raised(key_id: int, counter: int) -> Change:
    return lambda transaction: KEYS.raise_counter(transaction, key_id, counter, 2)


def test_a_counter_is_raised_once(product: Product, user_id: int) -> None:
    """However many come with it at once, and never back."""
    key_id = kept(product, user_id, key()).id
    assert at_once(product, raised(key_id, 5)) == ONE
    assert not change(product, raised(key_id, 4))
    assert change(product, raised(key_id, 2**32 - 1))


def test_only_keys_of_webauthn_may_not_count(product: Product, user_id: int) -> None:
    """A key that says 0 for ever does not count; one of U2F that says 0 twice is a replay."""
    silent = kept(product, user_id, key(FidoProtocol.WEBAUTHN, 0)).id
    assert change(product, raised(silent, 0))
    assert change(product, raised(silent, 3))
    assert not change(product, raised(silent, 0))
    old = kept(product, user_id, key(handle=b"old"), "KEY-2").id
    assert change(product, raised(old, 0))
    assert not change(product, raised(old, 0))


def test_a_disabled_device_does_not_count(product: Product, user_id: int) -> None:
    """Whoever disabled it."""
    found = kept(product, user_id, key())
    with product.installation.database.write() as transaction:
        KEYS.disable_device(transaction, found.id)
    assert not change(product, raised(found.id, 5))
    with product.installation.database.read() as session:
        (again,) = KEYS.of_user(session, user_id, APP_ID)
        assert [device.enabled for device in KEYS.devices(session, user_id, APP_ID)] == [False, True]
    assert not again.device_enabled


def test_a_key_is_kept_once(product: Product, user_id: int) -> None:
    """On one device, which has one for each application."""
    kept(product, user_id, key())
    with pytest.raises(ConflictError):
        kept(product, user_id, key(), "KEY-2")
    with pytest.raises(ConflictError):
        kept(product, user_id, key(handle=b"another"), "KEY-1")
    assert kept(product, user_id, key(handle=b"another"), "KEY-2").device == "KEY-2"


def test_a_tenants_keys_are_its_own(product: Product, user_id: int) -> None:
    """Another tenant may have a key of the same handle."""
    kept(product, user_id, key())
    other = product.of_tenant("other")
    other.add_user("alice")
    other.add_device("alice", "KEY-1", DeviceKind.FIDO)
    other_id = other.core.user_register.get(other.operator("alice"), other.tenant).id
    assert kept(other, other_id, key()).handle == b"handle"


def test_a_challenge_is_used_once(product: Product, user_id: int) -> None:
    """However many come with it at once; those that have expired go when the next is kept."""
    first, second = (Challenge(name, FidoProtocol.U2F, APP_ID, bytes(32), at) for name, at in (("1", 5), ("2", 9)))
    with product.installation.database.write() as transaction:
        CHALLENGES.add(transaction, user_id, FidoStep.SIGN, first, 1)
        CHALLENGES.add(transaction, user_id, FidoStep.SIGN, second, 5)
        assert CHALLENGES.find(transaction, user_id, FidoStep.SIGN, "1") is None
        assert CHALLENGES.find(transaction, user_id, FidoStep.SIGN, "2") == second
        assert CHALLENGES.find(transaction, user_id, FidoStep.ENROL, "2") is None
        assert CHALLENGES.find(transaction, user_id + 1, FidoStep.SIGN, "2") is None
    assert at_once(product, lambda transaction: CHALLENGES.consume(transaction, user_id, "2")) == ONE

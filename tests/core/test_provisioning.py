"""Seeds on their way into an app: told before the first code, to one phone."""

from collections.abc import Callable

import pytest

from tests.product import Product
from validate_service.core.devices import Enrolment
from validate_service.core.errors import ConflictError, DeviceNotFoundError, MalformedRequestError, ValidateError
from validate_service.core.model import DeviceKind
from validate_service.primitives.hotp import code_at


@pytest.fixture
def alice(product: Product) -> Product:
    """A product whose user alice has a token that was never used."""
    product.add_user("alice")
    product.add_device("alice", "H1", digits=8, window=5, counter=7)
    return product


def shown(product: Product, user: str = "", serial: str = "h1") -> Enrolment:
    return product.core.provisioning_desk.show(product.operator(user), product.tenant, serial)


def fetched(product: Product, holder: str = "phone", user: str = "", serial: str = "h1") -> Enrolment:
    return product.core.provisioning_desk.fetch(product.operator(user), product.tenant, serial, holder)


def require_refused(error: type[ValidateError], *attempts: Callable[[], Enrolment]) -> None:
    """Require that nobody is told anything, because of *error*."""
    for attempt in attempts:
        with pytest.raises(error):
            attempt()


@pytest.mark.parametrize("user", ["alice", ""])
def test_all_that_an_app_needs_is_told(alice: Product, user: str) -> None:
    """As often as wanted as long as nobody took it; each time stands in the audit trail, without the seed."""
    expected = Enrolment("H1", DeviceKind.HOTP, alice.seeds["H1"], 8, "sha1", 30, 5, 7)
    assert [shown(alice, user), shown(alice, user), fetched(alice, user=user)] == [expected] * 3
    events = alice.audit(device="h1")
    assert [event["event"] for event in events] == ["device:show", "device:show", "device:provision"]
    assert alice.seeds["H1"].hex() not in str(events)
    assert repr(alice.seeds["H1"]) not in repr(expected)


def test_a_phone_that_took_it_may_ask_again_and_no_other(alice: Product) -> None:
    """Its id is not kept."""
    assert fetched(alice, "phone") == fetched(alice, "phone")
    require_refused(ConflictError, lambda: fetched(alice, "PHONE"), lambda: shown(alice))
    with alice.installation.database.engine.connect() as connection:
        ((kept,),) = connection.exec_driver_sql("SELECT holder_hash FROM devices").fetchall()
    assert len(kept) == 32


@pytest.mark.parametrize("holder", ["phone", "another"])
def test_a_seed_that_is_in_use_is_told_to_nobody(alice: Product, holder: str) -> None:
    """Whoever asked before."""
    fetched(alice, "phone")
    assert alice.core.otp.verify(alice.call("alice"), code_at(alice.seeds["H1"], 7, digits=8)).accepted
    require_refused(ConflictError, lambda: fetched(alice, holder), lambda: shown(alice))


def test_the_seed_of_a_hard_token_is_told_to_nobody(alice: Product) -> None:
    """It is where it belongs."""
    alice.add_device("alice", "T1", DeviceKind.TOTP, hardware=True)
    require_refused(ConflictError, lambda: fetched(alice, serial="T1"), lambda: shown(alice, serial="T1"))


@pytest.mark.parametrize(("user", "serial"), [("bob", "H1"), ("nobody", "H1"), ("", "none"), ("", "P1")])
def test_what_is_not_there_is_not_told(alice: Product, user: str, serial: str) -> None:
    """Nor what is another's, nor what has no seed."""
    alice.add_user("bob")
    alice.add_device("alice", "P1", DeviceKind.AUTHENTICATOR)
    require_refused(
        DeviceNotFoundError, lambda: fetched(alice, user=user, serial=serial), lambda: shown(alice, user, serial)
    )


@pytest.mark.parametrize("holder", ["", "x" * 257, "\0"])
def test_a_phone_must_have_an_id(alice: Product, holder: str) -> None:
    """Of at most 256 characters."""
    with pytest.raises(MalformedRequestError):
        fetched(alice, holder)
    assert shown(alice).seed == alice.seeds["H1"]

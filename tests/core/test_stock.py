"""Devices that are nobody's: in stock, assigned, taken over, and put back."""

import pytest

from tests.product import Product
from validate_service.core.devices import Enrolment
from validate_service.core.errors import ConflictError, DeviceNotFoundError, NotFoundError, PolicyError
from validate_service.core.model import DeviceKind
from validate_service.core.outcomes import Outcome

SEED = b"12345678901234567890"


@pytest.fixture
def stocked(product: Product) -> Product:
    """A product with a token in stock, and with the users alice and bob, who have none."""
    for user in ("alice", "bob"):
        product.add_user(user)
    enrolment = Enrolment("H1", DeviceKind.HOTP, SEED, hardware=True)
    assert product.core.device_register.stock(product.operator(), product.tenant, enrolment) == SEED
    product.seeds["H1"], product.next_counters["H1"] = SEED, 0
    return product


def assign(product: Product, user: str, serial: str = "H1", *, force: bool = False) -> None:
    product.core.device_register.assign(product.operator(user), product.tenant, serial, force=force)


def owner(product: Product, serial: str = "H1") -> str:
    return str(product.core.device_register.find(product.operator(), product.tenant, serial).user)


def verified(product: Product, user: str, otp: str) -> Outcome:
    return product.core.otp.verify(product.call(user), otp).outcome


def test_a_device_in_stock_verifies_nobody(stocked: Product) -> None:
    """It is listed, and found, whichever user is asked for; it is changed in no user's name."""
    (device,) = stocked.core.device_register.listing(stocked.tenant)
    assert (device.serial, device.user, device.hardware) == ("H1", None, True)
    assert [verified(stocked, user, stocked.next_code("H1")) for user in ("alice", "")] == [
        Outcome.NOT_ENROLLED,
        Outcome.UNKNOWN_USER,
    ]
    register, tenant = stocked.core.device_register, stocked.tenant
    for user in ("alice", ""):
        assert register.find(stocked.operator(user), tenant, "h1") == device
    with pytest.raises(DeviceNotFoundError):
        register.set_enabled(stocked.operator("alice"), tenant, "H1", enabled=False)


def test_only_tokens_are_kept_in_stock(stocked: Product) -> None:
    """An authenticator is a person's phone; it cannot be assigned either."""
    register, phone = stocked.core.device_register, Enrolment("P1", DeviceKind.AUTHENTICATOR)
    with pytest.raises(PolicyError, match="seed"):
        register.stock(stocked.operator(), stocked.tenant, phone)
    stocked.add_device("alice", "P1", DeviceKind.AUTHENTICATOR)
    with pytest.raises(DeviceNotFoundError):
        assign(stocked, "bob", "P1", force=True)
    with pytest.raises(DeviceNotFoundError):
        register.unassign(stocked.operator(), stocked.tenant, "P1")
    assert owner(stocked, "P1") == "alice"


def test_a_device_is_assigned_once(stocked: Product) -> None:
    """Again to the same user it stays as it is; to another only by force."""
    assign(stocked, "alice", "h1")
    assert verified(stocked, "alice", stocked.next_code("H1")) is Outcome.ACCEPTED
    assign(stocked, "alice")
    assign(stocked, "alice", force=True)
    with pytest.raises(ConflictError):
        assign(stocked, "bob")
    assert owner(stocked) == "alice"
    assign(stocked, "bob", force=True)
    assert owner(stocked) == "bob"
    assert verified(stocked, "alice", stocked.next_code("H1")) is Outcome.NOT_ENROLLED
    assert verified(stocked, "bob", stocked.next_code("H1")) is Outcome.ACCEPTED
    assert len(stocked.audit(event="device:assign")) == 4


def test_a_device_that_is_put_back_is_free(stocked: Product) -> None:
    """Its spent codes stay spent, whoever gets it next."""
    register = stocked.core.device_register
    assign(stocked, "alice")
    code = stocked.next_code("H1")
    assert verified(stocked, "alice", code) is Outcome.ACCEPTED
    register.unassign(stocked.operator("alice"), stocked.tenant, "h1")
    register.unassign(stocked.operator(), stocked.tenant, "h1")
    assert verified(stocked, "alice", stocked.next_code("H1")) is Outcome.NOT_ENROLLED
    assign(stocked, "bob")
    assert verified(stocked, "bob", code) is Outcome.REPLAYED


def test_who_or_what_is_not_there_is_told_apart(stocked: Product) -> None:
    """Another tenant's token is not there either."""
    with pytest.raises(NotFoundError) as nobody:
        assign(stocked, "nobody")
    assert not isinstance(nobody.value, DeviceNotFoundError)
    with pytest.raises(DeviceNotFoundError):
        assign(stocked, "alice", "none")
    other = stocked.of_tenant("other")
    other.add_user("alice")
    with pytest.raises(DeviceNotFoundError):
        assign(other, "alice", force=True)
    assert owner(stocked) == "None"


def failures(product: Product, user: str) -> int:
    return product.core.user_register.get(product.operator(user), product.tenant).failures.otp


def test_an_assigned_device_starts_with_the_failures_of_its_new_user(stocked: Product) -> None:
    """A locked user gains nothing by another token, and nobody inherits what others failed."""
    stocked.add_device("alice", "A")
    for _ in range(10):
        verified(stocked, "alice", stocked.wrong_code("A"))
    assign(stocked, "alice")
    assert verified(stocked, "alice", stocked.next_code("H1")) is Outcome.LOCKED
    assign(stocked, "bob", force=True)
    assert (failures(stocked, "alice"), failures(stocked, "bob")) == (10, 0)
    assert verified(stocked, "bob", stocked.next_code("H1")) is Outcome.ACCEPTED


@pytest.mark.parametrize("taken", ["put back", "taken over"])
def test_a_device_that_goes_leaves_no_failures_behind(stocked: Product, taken: str) -> None:
    """The token that was used last said that all is well."""
    stocked.add_device("alice", "A")
    assign(stocked, "alice")
    for _ in range(5):
        verified(stocked, "alice", stocked.wrong_code("A"))
    assert verified(stocked, "alice", stocked.next_code("H1")) is Outcome.ACCEPTED
    if taken == "put back":
        stocked.core.device_register.unassign(stocked.operator(), stocked.tenant, "H1")
    else:
        assign(stocked, "bob", force=True)
    assert failures(stocked, "alice") == 0


def test_a_device_in_stock_is_resynchronised_without_a_count(stocked: Product) -> None:
    """Nobody fails."""
    register, operator = stocked.core.device_register, stocked.operator()
    decision = register.resynchronise(operator, stocked.tenant, "H1", stocked.wrong_code("H1"), "000000")
    assert decision.outcome is Outcome.WRONG_CODE
    pair = stocked.next_code("H1"), stocked.next_code("H1")
    assert register.resynchronise(operator, stocked.tenant, "H1", *pair).accepted

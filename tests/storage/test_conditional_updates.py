"""Changes that must happen once, or not at all: many threads ask at the same moment, one is told yes."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest

from tests.product import Product
from tests.server.service import findings
from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.errors import ConflictError, UnavailableError
from validate_service.core.model import (
    COUNTED_BESIDE_USER,
    Approval,
    ApprovalState,
    DeviceKind,
    Factor,
    Profile,
    Scope,
    TokenPurpose,
)
from validate_service.core.ports import Transaction
from validate_service.storage.api_keys import ApiKeyTable
from validate_service.storage.approvals import ApprovalTable
from validate_service.storage.auth_codes import AuthCodeTable
from validate_service.storage.auth_tokens import AuthTokenTable
from validate_service.storage.cards import CardTable
from validate_service.storage.devices import DeviceTable
from validate_service.storage.questions import QuestionTable
from validate_service.storage.sessions import own
from validate_service.storage.users import UserTable

THREADS = 24
NEVER = 2**31 - 1
Change = Callable[[Transaction], bool]


@pytest.fixture
def user_id(product: Product) -> int:
    """A user with an HOTP and a TOTP device."""
    product.add_user("alice")
    product.add_device("alice", "H1")
    product.add_device("alice", "T1", DeviceKind.TOTP)
    return product.core.user_register.get(product.operator("alice"), product.tenant).id


def device_id(product: Product, serial: str = "H1") -> int:
    with product.installation.database.read() as session:
        found = DeviceTable().find_oath(session, product.tenant.id, serial)
    assert found is not None
    return found[1].id


def change(product: Product, act: Change) -> bool:
    with product.installation.database.write() as transaction:
        return act(transaction)


def at_once(product: Product, act: Change, threads: int = THREADS) -> list[bool]:
    """Return what each of many threads was told, each in a transaction of its own."""
    told: list[bool] = []
    barrier = Barrier(threads)

    def run() -> None:
        barrier.wait()
        told.append(change(product, act))

    running = [Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(60)
    assert len(told) == threads
    return sorted(told)


ONE = [False] * (THREADS - 1) + [True]


def spend(device: int, spent: int, most_failures: int = 0) -> Change:
    spending = DeviceTable().spending(device, spent=spent, drift=0, most_failures=most_failures, at=1)
    return lambda transaction: own(transaction).make(spending) == 1


def test_a_counter_is_spent_by_one_of_many(product: Product, user_id: int) -> None:
    """The UPDATE itself decides, not what was read before."""
    assert at_once(product, spend(device_id(product), 5)) == ONE


@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_of_many_who_commit_a_change_one_is_told_yes_and_one_event_is_kept(
    product: Product, user_id: int, right: bool
) -> None:
    """Change and event are one, however the database commits them; nothing is kept of those who came too late."""
    device, call = device_id(product), product.call("alice")
    event = AuditEvent(EventName.OTP_VERIFY, DONE, call, 1)
    told: list[bool] = []
    barrier = Barrier(THREADS)

    def commit() -> None:
        spending = DeviceTable().spending(device, spent=5, drift=0, most_failures=0 if right else -1, at=1)
        barrier.wait()
        told.append(product.installation.database.commit_if_changed(spending, event))

    running = [Thread(target=commit) for _ in range(THREADS)]
    before = len(product.audit())
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(60)
    assert sorted(told) == (ONE if right else [False] * THREADS)
    assert len(product.audit()) == before + right
    assert findings(product) == []


@pytest.mark.parametrize(("spent", "told"), [(6, True), (5, False), (4, False), (0, False)])
def test_what_is_spent_is_spent_with_everything_below(product: Product, user_id: int, spent: int, told: bool) -> None:
    """Counters only rise."""
    device = device_id(product)
    assert change(product, spend(device, 5))
    assert change(product, spend(device, spent)) is told


def test_nothing_is_spent_of_a_disabled_device_or_user(product: Product, user_id: int) -> None:
    """Even when both were enabled as the decision was made."""
    device = device_id(product)
    change(product, lambda t: DeviceTable().set_enabled(t, product.tenant.id, "h1", enabled=False))
    assert not change(product, spend(device, 5))
    change(product, lambda t: DeviceTable().set_enabled(t, product.tenant.id, "H1", enabled=True))
    product.core.user_register.set_enabled(product.operator("alice"), product.tenant, enabled=False)
    assert not change(product, spend(device, 5))
    product.core.user_register.set_enabled(product.operator("alice"), product.tenant, enabled=True)
    assert change(product, spend(device, 5))


def test_nothing_is_spent_after_more_failures_than_were_tolerated(product: Product, user_id: int) -> None:
    """Failures of the device and of other factors count together; a success forgives the device's."""
    device = device_id(product)
    count_otp(product, user_id, 2)
    with product.installation.database.write() as transaction:
        UserTable().count_failure(transaction, user_id, Factor.CARD, 1, pin=False)
    assert not change(product, spend(device, 5, most_failures=2))
    assert change(product, spend(device, 5, most_failures=3))
    user = product.core.user_register.get(product.operator("alice"), product.tenant)
    assert (user.failures.otp, user.failures.other) == (0, 1)


def count_otp(product: Product, user_id: int, times: int = 1) -> None:
    for _ in range(times):
        with product.installation.database.write() as transaction:
            own(transaction).make(DeviceTable().counting_failure(user_id, 1))


def test_no_failure_is_lost_among_many(product: Product, user_id: int) -> None:
    """Of passwords, and of every other factor with its PIN count."""

    def fail(transaction: Transaction) -> bool:
        own(transaction).make(DeviceTable().counting_failure(user_id, 1))
        for factor in COUNTED_BESIDE_USER:
            UserTable().count_failure(transaction, user_id, factor, 1, pin=factor is Factor.CARD)
        return True

    assert at_once(product, fail) == [True] * THREADS
    user = product.core.user_register.get(product.operator("alice"), product.tenant)
    assert user.failures.otp == THREADS
    assert user.failures.other == THREADS * len(COUNTED_BESIDE_USER)
    assert user.pin_failures == THREADS


def test_an_auth_code_is_redeemed_by_one_of_many(product: Product, user_id: int) -> None:
    """And by nobody with another hash, or after its expiry."""
    table, code = AuthCodeTable(), bytes(32)

    def redeem(with_hash: bytes, at: int) -> Change:
        return lambda transaction: table.redeem(transaction, user_id, with_hash, at)

    with product.installation.database.write() as transaction:
        table.replace(transaction, user_id, code_hash=code, expires_at=100, at=1)
    assert not change(product, redeem(b"x" * 32, 50))
    assert not change(product, redeem(code, 100))
    assert at_once(product, redeem(code, 99)) == ONE
    with product.installation.database.write() as transaction:
        table.replace(transaction, user_id, code_hash=code, expires_at=100, at=1)
    assert change(product, redeem(code, 99))


@pytest.fixture
def approval(product: Product, user_id: int) -> Approval:
    """A pending approval."""
    name = product.operator("alice").user
    approval = Approval("a" * 32, name, "Portal", "", "", "", ApprovalState.PENDING, 1, 100)
    with product.installation.database.write() as transaction:
        ApprovalTable().add(transaction, product.tenant.id, user_id, 1, approval)
    return approval


def test_an_approval_is_answered_by_one_of_many(product: Product, approval: Approval) -> None:
    """Approve, deny and expiry race; the first stands."""
    table = ApprovalTable()
    assert at_once(product, lambda t: table.answer(t, approval.id, ApprovalState.APPROVED, 50)) == ONE
    assert not change(product, lambda t: table.answer(t, approval.id, ApprovalState.DENIED, 51))
    assert not change(product, lambda t: table.expire(t, approval.id, 99))
    with product.installation.database.read() as session:
        assert table.find_state(session, approval.id) is ApprovalState.APPROVED


def test_an_approval_is_not_answered_after_its_time(product: Product, approval: Approval) -> None:
    """Its last instant is the one before its expiry."""
    table = ApprovalTable()
    assert not change(product, lambda t: table.answer(t, approval.id, ApprovalState.APPROVED, 100))
    assert at_once(product, lambda t: table.expire(t, approval.id, 99)) == ONE
    assert not change(product, lambda t: table.answer(t, approval.id, ApprovalState.APPROVED, 99))


def test_a_user_is_accepted_while_the_failures_are_no_more_than_judged(product: Product, user_id: int) -> None:
    """Not one more, of whatever factor; and not when disabled or deleted."""

    def accept(most: int) -> Change:
        return lambda transaction: UserTable().accept(transaction, user_id, Factor.CARD, most_failures=most)

    count_otp(product, user_id)
    with product.installation.database.write() as transaction:
        UserTable().count_failure(transaction, user_id, Factor.CARD, 1, pin=True)
        UserTable().count_failure(transaction, user_id, Factor.QUESTIONS, 1, pin=False)
    assert not change(product, accept(2))
    assert change(product, accept(3))
    user = product.core.user_register.get(product.operator("alice"), product.tenant)
    assert (user.failures.other, user.pin_failures, user.failures.otp) == (1, 0, 1)
    product.core.user_register.set_enabled(product.operator("alice"), product.tenant, enabled=False)
    assert not change(product, accept(NEVER))
    product.core.user_register.delete(product.operator("alice"), product.tenant)
    assert not change(product, accept(NEVER))


def test_an_api_key_is_revoked_by_one_of_many(product: Product) -> None:
    """The audit trail names one who did it."""
    uid, _ = product.core.api_key_register.issue(product.operator(), product.tenant.id, "another", frozenset(Scope))
    assert at_once(product, lambda t: ApiKeyTable().revoke(t, product.tenant.id, uid, 1)) == ONE


def test_a_seed_is_resealed_by_one_of_many(product: Product, user_id: int) -> None:
    """Whoever read an older seal does not overwrite the newer."""
    with product.installation.database.read() as session:
        found = DeviceTable().find_oath(session, product.tenant.id, "H1")
    assert found is not None
    old, new = found[1].sealed_seed, found[1].sealed_seed[:-1] + b"\x00\x01"
    assert at_once(product, lambda t: DeviceTable().reseal(t, found[1].id, old=old, new=new)) == ONE


def test_a_device_is_resynchronised_by_one_of_many(product: Product, user_id: int) -> None:
    """Like spending, but whatever was counted."""
    count_otp(product, user_id, 50)
    device = device_id(product, "T1")
    assert at_once(product, lambda t: DeviceTable().resynchronise(t, device, spent=9, drift=1, at=1)) == ONE


def test_nothing_is_spent_of_a_device_that_is_not_activated(product: Product, user_id: int) -> None:
    """Even when it was activated as the decision was made; of many activations at once one counts."""
    device, table = device_id(product), DeviceTable()
    change(product, lambda t: table.unassign(t, product.tenant.id, "H1"))
    change(product, lambda t: table.assign(t, product.tenant.id, "H1", user_id, force=False, activated=False))
    assert not change(product, spend(device, 5))
    assert at_once(product, lambda t: table.activate(t, device, spent=4, drift=0, at=1)) == ONE
    assert change(product, spend(device, 5))


def test_a_device_in_stock_is_assigned_to_one_of_many(product: Product, user_id: int) -> None:
    """And taken over by one; nothing is spent of what is nobody's."""
    table, tenant_id, device = DeviceTable(), product.tenant.id, device_id(product)
    change(product, lambda t: table.unassign(t, tenant_id, "h1"))
    assert not change(product, spend(device, 5, most_failures=NEVER))

    def assign(owner: int, *, force: bool) -> Change:
        return lambda transaction: table.assign(transaction, tenant_id, "h1", owner, force=force, activated=True)

    assert at_once(product, assign(user_id, force=False)) == ONE
    product.add_user("bob")
    bob = product.core.user_register.get(product.operator("bob"), product.tenant).id
    assert not change(product, assign(bob, force=False))
    assert at_once(product, assign(bob, force=True)) == ONE


def test_a_seed_is_one_phones(product: Product, user_id: int) -> None:
    """Whoever comes first; that one may come again until the seed is used."""
    table, device = DeviceTable(), device_id(product)
    phones = [bytes([number]) * 32 for number in range(THREADS)]
    waiting = iter(phones)

    def asked_again() -> list[bool]:
        return sorted(change(product, bind(phone)) for phone in phones)

    def bind(phone: bytes) -> Change:
        return lambda transaction: table.bind_holder(transaction, device, phone)

    assert at_once(product, lambda transaction: table.bind_holder(transaction, device, next(waiting))) == ONE
    with product.installation.database.read() as session:
        assert not table.is_fetchable(session, device)
        assert table.is_fetchable(session, device_id(product, "T1"))
    assert asked_again() == ONE
    assert change(product, spend(device, 5))
    assert asked_again() == [False] * THREADS


def test_a_card_that_was_disabled_meanwhile_is_not_used(product: Product, user_id: int) -> None:
    """The mark tells whether it is still good."""
    product.core.card_register.add(product.operator("alice"), product.tenant, "04:AA", "badge")
    (card,) = product.core.card_register.listing(product.tenant)
    assert change(product, lambda t: CardTable().mark_used(t, card.id, 1))
    product.core.card_register.set_enabled(product.operator(), product.tenant, card.id, enabled=False)
    assert not change(product, lambda t: CardTable().mark_used(t, card.id, 2))


def counted(product: Product) -> dict[str, int]:
    with product.installation.database.engine.connect() as connection:
        names = ["tenants", "api_keys", "users", "devices", "cards", "auth_codes", "auth_tokens", "questions"]
        names += ["approvals", "audit_events"]
        return {name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in names}


def test_a_duplicate_leaves_nothing_half_saved(product: Product, user_id: int) -> None:
    """Of tenant, user, device, card: refused with a conflict, and neither row nor event stays."""
    core, alice = product.core, product.operator("alice")
    core.card_register.add(alice, product.tenant, "04:AA", "badge")
    before = counted(product)
    attempts: list[Callable[[], object]] = [
        lambda: core.tenant_register.add(product.operator(), "default"),
        lambda: core.user_register.add(product.operator("ALICE"), product.tenant),
        lambda: product.add_device("alice", "h1"),
        lambda: core.card_register.add(alice, product.tenant, "04-aa", "another"),
    ]
    for attempt in attempts:
        with pytest.raises(ConflictError):
            attempt()
        assert counted(product) == before


def test_of_many_equal_enrolments_at_once_one_is_made(product: Product) -> None:
    """The others are told of the conflict, and leave nothing."""

    def add(transaction: Transaction) -> bool:
        try:
            UserTable().add(transaction, product.tenant.id, product.operator("Bob").user, Profile(), 1)
        except ConflictError:
            return False
        return True

    assert at_once(product, add) == ONE
    assert counted(product)["users"] == 1


def test_a_block_that_raises_leaves_nothing(product: Product, user_id: int) -> None:
    """Change and event are rolled back together; the next transaction works."""
    before, alice = counted(product), product.core.user_register.get(product.operator("alice"), product.tenant)

    def disable(transaction: Transaction) -> bool:
        UserTable().set_enabled(transaction, user_id, enabled=False)
        raise ConflictError("on purpose")

    with pytest.raises(ConflictError):
        change(product, disable)
    assert counted(product) == before
    assert product.core.user_register.get(product.operator("alice"), product.tenant) == alice
    assert change(product, spend(device_id(product), 1))


def test_a_deleted_user_takes_everything_along_but_the_audit_trail(product: Product, approval: Approval) -> None:
    """Devices, cards, questions, codes, tokens and approvals go by their foreign keys; events stay."""
    core, alice = product.core, product.operator("alice")
    core.card_register.add(alice, product.tenant, "04:AA", "badge")
    core.question_register.replace(alice, product.tenant, [("Pet?", "Rex")])
    core.auth_code_desk.issue(alice, product.tenant, life_s=60)
    core.auth_token_desk.issue(alice, product.tenant, life_s=60)
    before = counted(product)
    owned = {"users", "devices", "cards", "auth_codes", "auth_tokens", "questions", "approvals"}
    assert all(before[name] for name in owned)
    core.user_register.delete(alice, product.tenant)
    after = counted(product)
    assert {name for name in owned if after[name]} == set()
    assert after["audit_events"] == before["audit_events"] + 1


def test_the_number_of_a_deleted_user_is_never_given_again(product: Product, user_id: int) -> None:
    """The audit trail keeps it."""
    product.core.user_register.delete(product.operator("alice"), product.tenant)
    product.add_user("bob")
    assert product.core.user_register.get(product.operator("bob"), product.tenant).id > user_id


def test_rows_of_users_that_do_not_exist_are_refused(product: Product) -> None:
    """Foreign keys are enforced, on every connection."""

    def add(transaction: Transaction) -> bool:
        AuthTokenTable().add(transaction, 4711, token_hash=bytes(32), purpose=TokenPurpose.SSO, expires_at=1, at=1)
        return True

    with pytest.raises(UnavailableError):
        change(product, add)
    assert counted(product)["auth_tokens"] == 0


def test_a_session_of_another_storage_is_refused() -> None:
    """A port's session is opaque; what comes back must be ours."""
    with pytest.raises(TypeError, match="another storage"):
        own(object())


def test_two_tenants_see_nothing_of_each_other(product: Product) -> None:
    """Same user names, same serials, same card: each finds, changes and deletes its own only."""
    core, other = product.core, product.of_tenant("other")
    for one in (product, other):
        one.add_user("alice")
        one.add_device("alice", "SAME")
        core.card_register.add(one.operator("alice"), one.tenant, "04:AA", f"badge of {one.tenant.name}")
        core.question_register.replace(one.operator("alice"), one.tenant, [(f"{one.tenant.name}?", "yes")])
    foreign = other.next_code("SAME")
    assert not core.otp.verify(product.call("alice"), foreign).accepted
    assert core.otp.verify(other.call("alice"), foreign).accepted
    assert [card.label for card in core.card_register.listing(other.tenant)] == ["badge of other"]
    assert core.question_register.listing(product.operator("alice"), product.tenant) == ["default?"]
    (foreign_card,) = core.card_register.listing(other.tenant)
    with product.installation.database.write() as transaction:
        tenant_id = product.tenant.id
        assert not CardTable().set_enabled(transaction, tenant_id, foreign_card.id, enabled=False)
        assert not CardTable().delete(transaction, tenant_id, foreign_card.id)
        assert DeviceTable().delete(transaction, tenant_id, "SAME")
        assert not ApiKeyTable().revoke(transaction, tenant_id, core.api_key_register.listing(other.tenant.id)[0].id, 1)
    core.user_register.delete(product.operator("alice"), product.tenant)
    assert len(core.device_register.listing(other.tenant)) == 1
    assert core.otp.verify(other.call("alice"), other.next_code("SAME")).accepted
    with product.installation.database.read() as session:
        user = core.user_register.get(other.operator("alice"), other.tenant)
        assert [question.text for question in QuestionTable().listing(session, user.id)] == ["other?"]

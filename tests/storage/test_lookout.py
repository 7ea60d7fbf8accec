"""Who waits for news of approvals learns of them, whoever made them."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event

import pytest

from tests.product import Product
from tests.server.service import until
from tests.world import FakeClock, fake_world
from validate_service.bootstrap import open_installation
from validate_service.core.errors import UnavailableError
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.model import Approval, ApprovalNews, ApprovalState, DeviceKind, Instant
from validate_service.core.ports import Forget, Session, Wake
from validate_service.core.prompts import sign_in_prompt
from validate_service.storage.approvals import ApprovalTable
from validate_service.storage.database import Database
from validate_service.storage.lookout import FAR_OVERLAP_S, JUST_NOW_S, MOST_LISTENERS, OVERLAP_S, ApprovalLookout

PATIENCE_S = 30
A_FEW = 5


@dataclass
class Watched(ApprovalTable):
    """The table of approvals; counts the looks into it, and fails some.

    Attributes:
        looks: How often somebody looked for news.
        failures: So many looks more fail.
    """

    looks: int = 0
    failures: int = 0

    def news(self, session: Session, since: Instant) -> Sequence[ApprovalNews]:
        self.looks += 1
        if self.failures:
            self.failures -= 1
            raise UnavailableError("the database failed: OperationalError")
        return super().news(session, since)

    def after_a_few_looks(self) -> None:
        """Return when whoever looks has looked again."""
        enough = self.looks + A_FEW
        until(lambda: self.looks >= enough)


@dataclass
class Wakes:
    """Counts how often somebody is woken."""

    count: int = 0
    first: Event = field(default_factory=Event)

    def __call__(self) -> None:
        self.count += 1
        self.first.set()

    def came(self) -> bool:
        return self.first.wait(PATIENCE_S)


@pytest.fixture
def people(product: Product) -> Product:
    """A product whose users alice and bob have phones."""
    for user in ("alice", "bob"):
        product.add_user(user)
        product.add_device(user, f"PHONE of {user}", DeviceKind.AUTHENTICATOR)
    return product


@pytest.fixture
def table() -> Watched:
    return Watched()


class Remembering(ApprovalLookout):
    """Knows who has to forget at the end of a test, and ends soon."""

    linger_s = 0.5

    def __init__(self, database: Database, table: Watched, clock: FakeClock) -> None:
        super().__init__(database, table, clock)
        self.forgets: list[Forget] = []

    def await_answer(self, approval_id: str, wake: Wake) -> Forget:
        self.forgets.append(super().await_answer(approval_id, wake))
        return self.forgets[-1]

    def await_question(self, user_id: int, wake: Wake) -> Forget:
        self.forgets.append(super().await_question(user_id, wake))
        return self.forgets[-1]


def lookouts() -> int:
    """Return how many look."""
    return sum(thread.name == "lookout" for thread in threading.enumerate())


@pytest.fixture
def lookout(people: Product, table: Watched, clock: FakeClock) -> Iterator[ApprovalLookout]:
    """A lookout on the product's database."""
    lookout = Remembering(people.installation.database, table, clock)
    yield lookout
    for forget in lookout.forgets:
        forget()
    until(lambda: lookouts() == 0)


def asked(product: Product, user: str = "alice") -> Approval:
    """Ask; return the pending approval."""
    approval = product.core.approvals.ask(product.call(user), sign_in_prompt("Portal", ""))
    assert isinstance(approval, Approval)
    return approval


def approve(product: Product, approval: Approval) -> None:
    product.core.approval_desk.answer(product.operator(), product.tenant, approval.id, approve=True)


def number_of(product: Product, user: str) -> int:
    return product.core.user_register.get(product.operator(user), product.tenant).id


def test_an_answer_from_elsewhere_wakes_who_waits_for_it(
    people: Product, lookout: ApprovalLookout, clock: FakeClock
) -> None:
    """Once, and nobody else; they are not counted any more."""
    approval, other = asked(people), asked(people, "bob")
    wakes, twin, others = Wakes(), Wakes(), Wakes()
    lookout.await_answer(approval.id, wakes)
    lookout.await_answer(approval.id, twin)
    lookout.await_answer(other.id, others)
    assert len(lookout) == 2
    elsewhere = open_installation(people.settings, fake_world(clock))
    approve(Product(people.settings, elsewhere, people.api_key, people.tenant), approval)
    elsewhere.database.close()
    assert wakes.came()
    assert twin.came()
    assert len(lookout) == 1
    approve(people, other)
    assert others.came()
    assert (wakes.count, twin.count, others.count, len(lookout)) == (1, 1, 1, 0)


@pytest.mark.parametrize("late_s", [0, OVERLAP_S - 0.1, OVERLAP_S + 1, FAR_OVERLAP_S - 1])
def test_an_answer_that_becomes_visible_late_is_seen(
    people: Product, lookout: ApprovalLookout, table: Watched, clock: FakeClock, late_s: float
) -> None:
    """Its commit had to wait, or its node's clock is slow."""
    approval, wakes = asked(people), Wakes()
    lookout.await_answer(approval.id, wakes)
    clock.advance(20)
    table.after_a_few_looks()
    with people.installation.database.write() as transaction:
        answered_at = clock.now() - round(late_s * MICROSECONDS)
        assert table.answer(transaction, approval.id, ApprovalState.DENIED, answered_at)
    assert wakes.came()


def test_an_answer_before_the_wait_wakes_at_once(people: Product, lookout: ApprovalLookout) -> None:
    """Between the question and the wait there is a moment."""
    approval, wakes = asked(people), Wakes()
    approve(people, approval)
    lookout.await_answer(approval.id, wakes)
    assert wakes.came()


def test_who_forgets_is_not_woken(people: Product, lookout: ApprovalLookout, table: Watched) -> None:
    """Others who wait for the same are; to forget twice is to forget."""
    approval, wakes, others = asked(people), Wakes(), Wakes()
    alice = number_of(people, "alice")
    forgets = [lookout.await_answer(approval.id, wakes), lookout.await_question(alice, wakes)]
    lookout.await_answer(approval.id, others)
    lookout.await_question(alice, others)
    for forget in [*forgets, *forgets]:
        forget()
    approve(people, approval)
    until(lambda: others.count == 2)
    assert wakes.count == 0


def test_whatever_happens_to_a_users_pushes_wakes_who_listens_for_them(
    people: Product, lookout: ApprovalLookout, table: Watched
) -> None:
    """A question and its answer do; those of others do not."""
    asked(people, "bob")
    question, answer, others = Wakes(), Wakes(), Wakes()
    lookout.await_question(number_of(people, "bob"), others)
    assert others.came()
    alice = number_of(people, "alice")
    lookout.await_question(alice, question)
    table.after_a_few_looks()
    assert question.count == 0
    approval = asked(people)
    assert question.came()
    time.sleep(2 * JUST_NOW_S)
    lookout.await_question(alice, answer)
    table.after_a_few_looks()
    assert answer.count == 0
    approve(people, approval)
    assert answer.came()
    assert (question.count, answer.count) == (1, 1)


def test_what_was_long_known_wakes_nobody_who_begins_to_listen(
    people: Product, lookout: ApprovalLookout, table: Watched, clock: FakeClock
) -> None:
    """Though nobody looked meanwhile."""
    asked(people)
    clock.advance(OVERLAP_S + 2 * JUST_NOW_S)
    wakes = Wakes()
    lookout.await_question(number_of(people, "alice"), wakes)
    table.after_a_few_looks()
    assert wakes.count == 0


def test_what_happened_just_now_wakes_who_begins_to_listen(people: Product, lookout: ApprovalLookout) -> None:
    """They may have looked for themselves just before."""
    asked(people)
    wakes = [Wakes(), Wakes()]
    for one in wakes:
        lookout.await_question(number_of(people, "alice"), one)
        assert one.came()


def test_only_so_many_listen_for_one_user(people: Product, lookout: ApprovalLookout, table: Watched) -> None:
    """The first has to look again when one more comes; others' listeners have places of their own."""
    alice, wakes = number_of(people, "alice"), [Wakes() for _ in range(MOST_LISTENERS + 1)]
    lookout.await_question(number_of(people, "bob"), Wakes())
    for one in wakes:
        lookout.await_question(alice, one)
    assert [one.count for one in wakes] == [1] + [0] * MOST_LISTENERS
    assert len(lookout) == 0


def test_a_database_that_fails_for_a_while_loses_nobody(
    people: Product, lookout: ApprovalLookout, table: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    """What was answered meanwhile is seen afterwards; the log has one line of each failure that lasts."""
    approval, wakes = asked(people), Wakes()
    lookout.await_answer(approval.id, wakes)
    table.after_a_few_looks()
    table.failures = A_FEW
    until(lambda: table.failures < A_FEW)
    approve(people, approval)
    assert wakes.came()
    assert [record.message for record in caplog.records] == [
        "cannot look for answers: the database failed: OperationalError"
    ]


def test_nobody_looks_when_nobody_waits(people: Product, lookout: ApprovalLookout) -> None:
    """The thread ends, and another one begins when it is needed."""
    for _ in range(2):
        forget = lookout.await_answer(asked(people).id, Wakes())
        assert lookouts() == 1
        forget()
        until(lambda: lookouts() == 0)

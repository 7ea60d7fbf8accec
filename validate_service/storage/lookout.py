"""Who waits for news of approvals is woken, whichever process or node the news came from.

One thread of each process looks every few milliseconds for what changed lately, whoever waits for it.  So thousands who
wait cost no more than one, SQLite and PostgreSQL are served alike, and nothing that a process forgets by dying matters.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event, Lock, Thread

from validate_service.core.errors import UnavailableError
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.model import ApprovalNews, Instant
from validate_service.core.ports import Approvals, Clock, Forget, Tell, Wake
from validate_service.storage.database import Database

LOOK_EVERY_S = 0.06
OVERLAP_S = 0.5
"""How far behind the last look each look begins: a change is visible only when its commit is done."""

FAR_LOOK_EVERY_S, FAR_OVERLAP_S = 2, 10
"""Now and then a look begins further behind: for commits that had to wait, and nodes whose clocks are slow."""

JUST_NOW_S = 0.1
"""News of the last moment rouse a listener too, that may have looked for itself just before them."""

LINGER_S = 2
"""How long it looks on when nobody waits: who listens again soon must not take for news what they know."""

MOST_LISTENERS = 8
"""So many listen for one user; one more, and the first is told to look again.  Nobody takes all places of a process."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Listener:
    wake: Wake
    since: float


class ApprovalLookout:
    """Implements the port ``Lookout``."""

    linger_s: float = LINGER_S

    def __init__(
        self, database: Database, approvals: Approvals, clock: Clock, tell: Tell = lambda _number: None
    ) -> None:
        """Look into *approvals*.

        Args:
            database: Where they are.
            approvals: What to look into.
            clock: Whose instants their changes bear, or those of a node's clock that goes nearly alike.
            tell: Is told how many wait for an answer, as often as is looked.
        """
        self._database = database
        self._approvals = approvals
        self._clock = clock
        self._tell = tell
        self._lock = Lock()
        self._waiters: dict[str, list[Wake]] = {}
        self._listeners: dict[int, list[_Listener]] = {}
        self._first_seen: dict[ApprovalNews, float] = {}
        self._looked_at: Instant = 0
        self._far_look_due = 0.0
        self._needed_at = 0.0
        self._thread: Thread | None = None

    def __len__(self) -> int:
        """Return how many wait for an answer."""
        return len(self._waiters)

    def await_answer(self, approval_id: str, wake: Wake) -> Forget:
        """Call *wake* once when the approval is answered or closed."""
        with self._lock:
            self._waiters.setdefault(approval_id, []).append(wake)
            self._begin_to_look()
        return partial(self._forget_waiter, approval_id, wake)

    def await_question(self, user_id: int, wake: Wake) -> Forget:
        """Call *wake* once when anything changes about what the user is asked, or has changed just now."""
        listener = _Listener(wake, time.monotonic())
        with self._lock:
            listeners = self._listeners.setdefault(user_id, [])
            listeners.append(listener)
            surplus = [listeners.pop(0)] if len(listeners) > MOST_LISTENERS else []
            self._begin_to_look()
        for one in surplus:
            one.wake()
        return partial(self._forget_listener, user_id, listener)

    def _forget_waiter(self, approval_id: str, wake: Wake) -> None:
        with self._lock:
            left = [one for one in self._waiters.pop(approval_id, ()) if one is not wake]
            if left:
                self._waiters[approval_id] = left

    def _forget_listener(self, user_id: int, listener: _Listener) -> None:
        with self._lock:
            left = [one for one in self._listeners.pop(user_id, ()) if one is not listener]
            if left:
                self._listeners[user_id] = left

    def _begin_to_look(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._looked_at = 0
            self._thread = Thread(target=self._look_while_needed, name="lookout", daemon=True)
            self._thread.start()

    def _look_while_needed(self) -> None:
        pause, failed = Event(), False
        while self._is_needed():
            try:
                self._look()
                failed = False
            except UnavailableError as error:
                # Whoever waits goes on waiting: it may come back in time.
                if not failed:
                    logger.warning("cannot look for answers: %s", error)
                failed = True
            pause.wait(LOOK_EVERY_S)
        self._database.leave()

    def _is_needed(self) -> bool:
        now = time.monotonic()
        with self._lock:
            self._tell(len(self._waiters))
            if self._waiters or self._listeners:
                self._needed_at = now
            elif now > self._needed_at + self.linger_s:
                self._thread = None
                self._first_seen.clear()
            return self._thread is not None

    def _look(self) -> None:
        now, moment, is_first = self._clock.now(), time.monotonic(), not self._looked_at
        is_far = is_first or moment >= self._far_look_due
        behind = FAR_OVERLAP_S if is_far else OVERLAP_S
        with self._database.read() as session:
            news = self._approvals.news(session, min(self._looked_at or now, now) - round(behind * MICROSECONDS))
        self._looked_at = now
        if is_far:
            self._far_look_due = moment + FAR_LOOK_EVERY_S
            self._first_seen = {one: self._first_seen[one] for one in news if one in self._first_seen}
        if is_first:
            self._first_seen = {one: moment - _age_s(one, now) for one in news}
        for wake in self._concerned(news, moment):
            wake()

    def _concerned(self, news: Sequence[ApprovalNews], moment: float) -> list[Wake]:
        """Take out, and return, who is concerned by *news*, which were read at *moment* and perhaps before."""
        wakes: list[Wake] = []
        with self._lock:
            for one in news:
                first_seen = self._first_seen.setdefault(one, moment)
                if one.settled:
                    wakes += self._waiters.pop(one.id, ())
                if one.user_id in self._listeners:
                    wakes += self._roused(one.user_id, first_seen)
        return wakes

    def _roused(self, user_id: int, first_seen: float) -> list[Wake]:
        listeners = self._listeners.pop(user_id)
        left = [one for one in listeners if one.since - JUST_NOW_S > first_seen]
        if left:
            self._listeners[user_id] = left
        return [one.wake for one in listeners if one not in left]


def _age_s(news: ApprovalNews, now: Instant) -> float:
    """Return for how long the news could have been seen."""
    return max(0.0, (now - news.changed_at) / MICROSECONDS - OVERLAP_S)

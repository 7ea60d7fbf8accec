"""Jobs that nobody waits for."""

from collections.abc import Callable
from queue import Full, Queue
from threading import Lock, Thread

import structlog

THREADS = 8
"""Threads of one process; each keeps a connection to the database, and to the push services that it spoke to."""

MOST_WAITING = 2_000
"""Jobs of one process that may wait for a thread; a message behind so many would come too late."""

log = structlog.get_logger(__name__)


class BackgroundThreads:
    """Implements the port ``Background``: a few threads, and a queue that ends somewhere.

    The threads begin with the first job: a process that forks before it serves loses none.  They end with the process,
    whatever they are at: a push that nobody waits for any more needs no message.
    """

    def __init__(self, *, threads: int = THREADS, most_waiting: int = MOST_WAITING) -> None:
        """Have room for *most_waiting* jobs."""
        self._jobs: Queue[Callable[[], None]] = Queue(most_waiting)
        self._threads = threads
        self._lock = Lock()
        self._begun = 0

    def __call__(self, job: Callable[[], None]) -> bool:
        """Take *job*, if fewer wait than there is room for; tell whether it was taken."""
        try:
            self._jobs.put_nowait(job)
        except Full:
            return False
        with self._lock:
            begin = self._begun < self._threads
            self._begun += begin
        if begin:
            Thread(target=self._work, name=f"background-{self._begun}", daemon=True).start()
        return True

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                job()
            except Exception as error:  # noqa: BLE001  # whatever failed, the next job has its turn
                # Its text may hold what the job was about.
                log.warning("a job in the background failed", error=type(error).__name__)

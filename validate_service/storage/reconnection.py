"""Connections that were lost: noticed before they are used, and made anew by one thread at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from select import POLLIN, poll
from threading import Lock
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.pool import PoolProxiedConnection

from validate_service.core.errors import UnavailableError
from validate_service.storage import mariadb
from validate_service.storage.time_limits import TURN_TIMEOUT_S

_SOCKETS: dict[str, Callable[[Any], int]] = {
    "postgresql": lambda driver: driver.fileno(),
    mariadb.NAME: lambda driver: driver._sock.fileno(),  # noqa: SLF001  # PyMySQL has no other way
}


def hung_up(engine: Engine, connection: PoolProxiedConnection) -> Callable[[], bool]:
    """Return what tells whether the server has closed *connection*, while nobody asked it anything.

    It costs a microsecond, where asking the server costs a round trip.
    """
    socket_of = _SOCKETS.get(engine.dialect.name)
    if socket_of is None:
        return lambda: False
    watch = poll()
    watch.register(socket_of(connection.driver_connection), POLLIN)
    return lambda: bool(watch.poll(0))


class Attempts:
    """Attempts to connect: while they fail only one is made at a time.

    Otherwise every thread of a process would wait for a database that is gone, and the calls behind them would wait
    longer than any time limit.
    """

    def __init__(self) -> None:
        """Expect no failure."""
        self._failing = False
        self._trying = Lock()

    def doubt(self) -> None:
        """Expect the next attempt to fail: a connection did."""
        self._failing = True

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Let the block connect.

        Raises:
            UnavailableError: the last attempt failed, and another thread is trying again.
        """
        alone = self._failing and self._took_turn()
        try:
            yield
            self._failing = False
        except BaseException:
            self._failing = True
            raise
        finally:
            if alone:
                self._trying.release()

    def _took_turn(self) -> bool:
        """Wait for the turn to try; tell whether it is still needed."""
        if not self._trying.acquire(timeout=TURN_TIMEOUT_S):
            raise UnavailableError("the database cannot be connected to")
        if self._failing:
            return True
        self._trying.release()
        return False

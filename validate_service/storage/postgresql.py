"""Connections to PostgreSQL for calls, which are answered in time or not at all.

Imported where PostgreSQL is used: its driver is an extra.
"""

import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from validate_service.storage.time_limits import (
    CONNECT_TIMEOUT_S,
    IDLE_TRANSACTION_TIMEOUT_S,
    SILENCE_TIMEOUT_S,
    STATEMENT_TIMEOUT_S,
)

if TYPE_CHECKING:
    from psycopg.abc import PQGen

_OPTIONS = {
    "statement_timeout": STATEMENT_TIMEOUT_S,
    "idle_in_transaction_session_timeout": IDLE_TRANSACTION_TIMEOUT_S,
}

Result = TypeVar("Result")


class _Limited(Generator[Any, Any, Result]):
    """What waits for the server, until its time is over.

    libpq has no such limit; psycopg, which waits in its place, says ten times a second that nothing came.
    """

    def __init__(self, waiting: "PQGen[Result]") -> None:
        """Limit *waiting*, which begins now."""
        self._waiting = waiting
        self._deadline = time.monotonic() + SILENCE_TIMEOUT_S

    def send(self, ready: Any) -> Any:  # psycopg's own
        """Tell what is ready, if anything is; return what to wait for next."""
        if not ready and time.monotonic() > self._deadline:
            raise psycopg.OperationalError("the server says nothing")
        return self._waiting.send(ready)

    def throw(self, *error: Any) -> Any:
        """Pass an error on."""
        return self._waiting.throw(*error)


class PunctualConnection(psycopg.Connection[Any]):
    """Waits for the server only so long; what it was asked then, nobody knows the end of, so it is closed."""

    def wait(self, gen: "PQGen[Result]", *arguments: Any, **named: Any) -> Result:
        """Return what *gen* ends with.

        Raises:
            psycopg.OperationalError: the server said nothing for so long, or that it failed.
        """
        try:
            return super().wait(_Limited(gen), *arguments, **named)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()
            raise


def connect_punctually(_dialect: object, _record: object, arguments: list[Any], named: dict[str, Any]) -> Any:
    """Return a connection whose statements have time limits: SQLAlchemy's event ``do_connect``."""
    limits = [f"-c {name}={seconds}s" for name, seconds in _OPTIONS.items()]
    named["options"] = " ".join([named.get("options", ""), *limits]).strip()
    named.setdefault("connect_timeout", CONNECT_TIMEOUT_S)
    return PunctualConnection.connect(*arguments, **named)

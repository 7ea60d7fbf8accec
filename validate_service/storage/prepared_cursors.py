"""Cursors on PostgreSQL that prepare every statement once and then only send its values.

The driver's own cursors do far more than our statements need: measured with one row by its key, an execution costs
26 µs of CPU here and 65 to 80 µs there.  The statements are compiled with numbered parameters, whose types they name,
so all that is left to do is to write the values as PostgreSQL reads them.  Imported where PostgreSQL is used: its
driver is an extra.
"""

from collections.abc import Sequence
from select import POLLIN, POLLOUT, poll
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format
from sqlalchemy.dialects.postgresql.asyncpg import dialect as numbered_dialect
from sqlalchemy.pool import PoolProxiedConnection

from validate_service.storage.postgresql import PunctualConnection
from validate_service.storage.time_limits import SILENCE_TIMEOUT_S

DIALECT = numbered_dialect()  # type: ignore[no-untyped-call]
"""Compiles statements for these cursors: ``$1`` where the driver's own want ``%(name)s``."""

_KEPT = "prepared cursor"
_DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
_EVER = -1


def cursor_on(connection: PoolProxiedConnection) -> "PreparedCursor":
    """Return the cursor of *connection*.

    It has one, which remembers what was prepared: sessions take a result as soon as it is there, so they can share it.
    """
    cursor: PreparedCursor | None = connection.info.get(_KEPT)
    if cursor is None:
        cursor = connection.info[_KEPT] = PreparedCursor(connection.driver_connection)
    return cursor


class PreparedCursor:
    """As much of a cursor (PEP 249) as sessions use."""

    def __init__(self, connection: Any) -> None:  # the driver's own
        """Work on *connection*, on which nothing was prepared yet."""
        self._connection = connection
        self._server = connection.pgconn
        self._transformer: Any = Transformer(connection)  # it is C, and has no types
        self._names: dict[str, bytes] = {}
        self._limit_ms = SILENCE_TIMEOUT_S * 1000 if isinstance(connection, PunctualConnection) else _EVER
        self._answers, self._room = poll(), poll()
        self._answers.register(self._server.socket, POLLIN)
        self._room.register(self._server.socket, POLLIN | POLLOUT)
        self._result: Any = None

    @property
    def rowcount(self) -> int:
        """How many rows the last statement changed."""
        return int(self._result.command_tuples or 0)

    def execute(self, text: str, values: Sequence[object] = ()) -> None:
        """Run a statement; without values it is one that is not worth preparing, such as COMMIT.

        Raises:
            psycopg.Error: the server refuses it, or does not answer in time.
        """
        if not values:
            self._server.send_query(text.encode())
        else:
            name = self._names.get(text) or self._prepared(text)
            formats = [Format.BINARY if isinstance(value, str | bytes) else Format.TEXT for value in values]
            self._server.send_query_prepared(name, [_written(value) for value in values], formats)
        self._result = self._answer()

    def executemany(self, text: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement once for each of *rows*."""
        for values in rows:
            self.execute(text, values)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return the rows of the last statement."""
        self._transformer.set_pgresult(self._result)
        return list(self._transformer.load_rows(0, self._result.ntuples, tuple))

    def close(self) -> None:
        """Forget the last result."""
        self._result = None

    def _prepared(self, text: str) -> bytes:
        name = b"s%d" % len(self._names)
        self._server.send_prepare(name, text.encode())
        self._answer()
        self._names[text] = name
        return name

    def _answer(self) -> Any:
        """Return the server's answer to what was sent."""
        while self._server.flush():
            self._wait(self._room)
        answer = None
        while True:
            while self._server.is_busy():
                self._wait(self._answers)
            following = self._server.get_result()
            if following is None:
                break
            answer = following
        if answer is None or answer.status not in _DONE:
            raise error_from_result(answer) if answer else psycopg.OperationalError("the server has not answered")
        return answer

    def _wait(self, watch: poll) -> None:
        if not watch.poll(self._limit_ms):
            # What it was asked, nobody knows the end of.
            self._connection.close()
            raise psycopg.OperationalError("the server is silent")
        self._server.consume_input()


def _written(value: object) -> bytes | None:
    """Return *value* as PostgreSQL reads it: numbers and truth values as text, texts and bytes as they are.

    >>> [_written(value) for value in (12, True, "a", None)]
    [b'12', b'1', b'a', None]
    """
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, int):
        return b"%d" % value
    if value is None or isinstance(value, bytes):
        return value
    raise TypeError(f"no statement has parameters of the type {type(value).__name__}")

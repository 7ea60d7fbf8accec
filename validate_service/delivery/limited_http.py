"""HTTP connections that end with the time limit of a message, and what their failures are called."""

from typing import Any

from requests import Session
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as NoConnectionError
from requests.exceptions import RequestException, SSLError, Timeout
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError

from validate_service.delivery.attempt import SendError, TimeLimit


class LimitedSession(Session):
    """Requests of one thread, each within the limit of its message; connections are kept for the next.

    Attributes:
        limit: What ends the connection of the request that is on its way.
    """

    def __init__(self, limit: TimeLimit) -> None:
        """Begin with *limit*."""
        super().__init__()
        self.limit = limit
        # No proxy, no password file, and no other certificates, because a variable says so.
        self.trust_env = False
        for scheme in ("http://", "https://"):
            self.mount(scheme, _LimitedConnections(self))


class _LimitedConnections(HTTPAdapter):
    """Opens connections that end with the session's time limit."""

    def __init__(self, session: LimitedSession) -> None:
        self._session = session
        super().__init__()

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> HTTPConnectionPool:
        pool = super().get_connection_with_tls_context(*args, **options)
        if not hasattr(pool.ConnectionCls, "is_limited"):
            pool.ConnectionCls = _limited(pool.ConnectionCls, self._session)
        return pool


def _limited(connection_class: Any, session: LimitedSession) -> Any:
    """Return the class whose connections are those of *connection_class*, and end with the limit of *session*."""

    def connect(self: HTTPConnection) -> None:
        connection_class.connect(self)
        if self.sock is not None:
            session.limit.hold(self.sock)

    def request(self: HTTPConnection, *args: Any, **options: Any) -> None:
        # A connection that was kept is the next message's now.
        if self.sock is not None:
            session.limit.hold(self.sock)
        connection_class.request(self, *args, **options)

    added = {"connect": connect, "request": request, "is_limited": True}
    return type(connection_class.__name__, (connection_class,), added)


def named(error: RequestException | HTTPError | TimeoutError) -> SendError:
    """Return what says how *error* came about, without its text, which may quote the request."""
    match error:
        case SSLError():
            return SendError("no trustworthy TLS connection", is_passing=False)
        case Timeout() | TimeoutError():
            return SendError("no answer in time", is_passing=True)
        case NoConnectionError() | HTTPError():
            return SendError("the connection was not made, or lost", is_passing=True)
        case _:
            return SendError("the request cannot be made", is_passing=False)

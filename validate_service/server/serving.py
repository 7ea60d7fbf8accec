"""gunicorn with our settings."""

import logging
from dataclasses import replace
from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit, setrlimit
from typing import TYPE_CHECKING, Any

import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from validate_service.bootstrap import SystemClock, World, open_service
from validate_service.config import Settings
from validate_service.core.ports import Stopping
from validate_service.server.application import create_application
from validate_service.server.logs import configure_logs
from validate_service.server.metrics import Meters

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MAX_REQUESTS, MAX_REQUESTS_JITTER = 500_000, 50_000
"""A worker is replaced now and then: libxml2 never forgets an element name that it has seen."""

OTHER_CONNECTIONS = 4_000
"""Connections of one worker besides those of calls that wait for their users."""

_DESCRIPTORS_OF_A_THREAD = 4
_OTHER_DESCRIPTORS = 200

log = structlog.get_logger(__name__)


class QuietLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's log, through ours; without the lines that could hold what was said."""

    def setup(self, cfg: Any) -> None:  # gunicorn's configuration
        """Leave the handlers to :mod:`validate_service.server.logs`."""
        self.error_log = logging.getLogger("gunicorn")
        self.cfg = cfg

    def debug(self, *_arguments: object, **_more: object) -> None:
        """Write nothing: a line for each request quotes its path, and others what cannot be read."""

    def access(self, *_arguments: object) -> None:
        """Write nothing: the audit trail has every call."""


class Service(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """The service under gunicorn."""

    def __init__(self, settings: Settings, bind: str, workers: int, *, demonstrating: bool = False) -> None:
        """Serve on *bind* with *workers* processes."""
        self._settings = settings
        self._demonstrating = demonstrating
        self._meters = Meters()
        self.stopping: Stopping = lambda: False
        """Tells whether this process is about to end; its worker knows."""
        self._options = {
            "bind": bind,
            "workers": workers,
            "threads": settings.threads,
            "worker_class": "validate_service.server.worker.CollectingWorker",
            "worker_connections": settings.waiting_pushes + OTHER_CONNECTIONS,
            "backlog": 4096,
            "keepalive": 30,
            "timeout": 60,
            "graceful_timeout": 30,
            "max_requests": MAX_REQUESTS,
            "max_requests_jitter": MAX_REQUESTS_JITTER,
            "limit_request_fields": 64,
            "logger_class": QuietLogger,
            "forwarded_allow_ips": "",
            "control_socket_disable": True,
            "proc_name": "validate-service",
            "pre_fork": self._meters.before_fork,
            "post_fork": self._meters.after_fork,
            "child_exit": self._meters.after_exit,
        }
        super().__init__()

    def load_config(self) -> None:
        """Hand the options to gunicorn."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> "WSGIApplication":
        """Return the application of one worker process."""
        world = World(
            SystemClock(), stopping=self.stopping, count=self._meters.count, tell_waiting=self._meters.tell_waiting
        )
        # A worker takes another's place, also when the database was upgraded meanwhile.
        installation = open_service(self._settings, world, or_newer=True)
        return create_application(installation, self._settings, demonstrating=self._demonstrating, meters=self._meters)


def serve(settings: Settings, bind: str, workers: int, *, demonstrating: bool = False) -> None:
    """Serve until the process is told to stop.

    Args:
        settings: The installation.
        bind: ``HOST:PORT``.
        workers: How many processes.
        demonstrating: Whether to add the pages of a demonstration.

    Raises:
        ValidateError: the installation cannot serve: no database, another schema, no key ring.
    """
    configure_logs(settings.log_level)
    open_service(settings)
    Service(within_descriptors(settings), bind, workers, demonstrating=demonstrating).run()


def within_descriptors(settings: Settings) -> Settings:
    """Raise this process's limit of open files as far as it goes; let no more pushes wait than there are files for.

    Every call that waits needs an open file: its connection.
    """
    soft, hard = getrlimit(RLIMIT_NOFILE)
    others = other_descriptors(settings)
    needed = settings.waiting_pushes + others
    allowed = needed if hard == RLIM_INFINITY else min(needed, hard)
    if soft != RLIM_INFINITY and soft < allowed:
        setrlimit(RLIMIT_NOFILE, (allowed, hard))
    if allowed == needed:
        return settings
    most = max(allowed - others, allowed // 2)
    log.warning("fewer pushes may wait than set: too few files may be open", waiting_pushes=most, files=hard)
    return replace(settings, waiting_pushes=most)


def other_descriptors(settings: Settings) -> int:
    """Return how many open files a worker needs besides the connections of calls that wait."""
    return OTHER_CONNECTIONS + _DESCRIPTORS_OF_A_THREAD * settings.threads + _OTHER_DESCRIPTORS

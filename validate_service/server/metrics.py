"""What the service counts, at ``/metrics`` in the text format of Prometheus.

The processes of one service share a table in memory, made before they fork: each writes a row of its own, whoever is
asked adds the rows up.  A row that a process leaves is the next one's, with what it holds: so a counter only rises, and
what a killed process has counted is not lost.  The official client would do the same with a file for each process that
ever was, in a folder that a variable of the environment must name before its first import.
"""

import mmap
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from validate_service.core.metrics import MEANINGS, Metric
from validate_service.core.settings import Network, is_within
from validate_service.facades.http.requests import origin_of
from validate_service.facades.http.responses import Response, other_verb

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/metrics"
PREFIX = "validate_service"
SURFACES = ("soap", "rest", "connector", "wcf", "pingme", "site")
STATUS_CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

MOST_PROCESSES = 256
"""So many processes have a row of their own, those of a reload that are about to end among them."""

_WORD_BYTES = 8
_VERBS = "GET, HEAD, OPTIONS"
_RESPONSES = [(surface, status_class) for surface in SURFACES for status_class in STATUS_CLASSES]
_RESPONSES_AT = len(Metric)
_WAITING_AT = _RESPONSES_AT + len(_RESPONSES)
_COLUMNS = _WAITING_AT + 1
_COLUMN_OF = {metric: column for column, metric in enumerate(Metric)}


class Worker(Protocol):
    """A worker process, as gunicorn's hooks know it.

    Attributes:
        age: Its number; no other one of the service ever has it.
    """

    age: int


class Meters:
    """The table; its methods that end in ``_fork`` and ``_exit`` are gunicorn's hooks."""

    def __init__(self) -> None:
        """Begin with nothing counted; this process has the first row."""
        self._words = memoryview(mmap.mmap(-1, MOST_PROCESSES * _COLUMNS * _WORD_BYTES)).cast("Q")
        self._row = 0
        self._lock = Lock()
        self._row_of: dict[int, int] = {}

    def before_fork(self, _service: object, worker: Worker) -> None:
        """Choose a row for *worker*; where there is none left, the one that processes without a row share."""
        taken = set(self._row_of.values())
        self._row_of[worker.age] = next((row for row in range(1, MOST_PROCESSES) if row not in taken), 0)

    def after_fork(self, _service: object, worker: Worker) -> None:
        """Count, in the process of *worker*, in its row."""
        self._row = self._row_of[worker.age] * _COLUMNS

    def after_exit(self, _service: object, worker: Worker) -> None:
        """Give the row of *worker* away; what it counted stays, and nobody waits there any more."""
        row = self._row_of.pop(worker.age)
        self._words[row * _COLUMNS + _WAITING_AT] = 0

    def count(self, metric: Metric) -> None:
        """Count one more; implements the port ``Count``."""
        self._add(_COLUMN_OF[metric])

    def tell_waiting(self, number: int) -> None:
        """Note how many calls of this process wait for a push to be answered."""
        self._words[self._row + _WAITING_AT] = number

    def responses_of(self, surface: str) -> Callable[[str], None]:
        """Return what counts one answer of *surface*, by its status such as ``200 OK``."""
        first = _RESPONSES_AT + SURFACES.index(surface) * len(STATUS_CLASSES)
        columns = {status_class[0]: first + number for number, status_class in enumerate(STATUS_CLASSES)}
        return lambda status: self._add(columns[status[0]])

    def text(self) -> str:
        """Return what all processes together have counted, in Prometheus's text format."""
        totals = [sum(self._words[column::_COLUMNS]) for column in range(_COLUMNS)]
        lines: list[str] = []
        for metric, column in _COLUMN_OF.items():
            lines += _series(f"{metric}_total", "counter", MEANINGS[metric], {"": totals[column]})
        responses = {
            f'{{surface="{surface}",status="{status_class}"}}': totals[_RESPONSES_AT + number]
            for number, (surface, status_class) in enumerate(_RESPONSES)
        }
        lines += _series("http_responses_total", "counter", "Answers, by surface and class of status.", responses)
        waiting = {"": totals[_WAITING_AT]}
        lines += _series("waiting_pushes", "gauge", "Calls that wait for a push to be answered.", waiting)
        return "\n".join([*lines, ""])

    def _add(self, column: int) -> None:
        with self._lock:
            self._words[self._row + column] += 1


def _series(name: str, kind: str, meaning: str, values: Mapping[str, int]) -> Sequence[str]:
    head = [f"# HELP {PREFIX}_{name} {meaning}", f"# TYPE {PREFIX}_{name} {kind}"]
    return [*head, *(f"{PREFIX}_{name}{labels} {value}" for labels, value in values.items())]


class Counted:
    """A surface whose answers are counted."""

    def __init__(self, application: "WSGIApplication", count: Callable[[str], None]) -> None:
        """Let *application* answer, and tell *count* the status."""
        self._application = application
        self._count = count

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> object:
            self._count(status)
            return start_response(status, headers, exc_info)  # type: ignore[arg-type]

        try:
            return self._application(environ, start)  # type: ignore[arg-type]
        except Exception:
            self._count("500")
            raise


class MetricsPage:
    """The page, for administration networks; for everybody else it is not there.

    How much a service is used, and how often its users report pushes, is nobody else's business; and a reverse proxy
    that passes every path on must not publish it.
    """

    def __init__(self, meters: Meters, networks: Sequence[Network], elsewhere: "WSGIApplication") -> None:
        """Show *meters* to *networks*; let *elsewhere* answer all others, as it answers any path that is not there."""
        self._meters = meters
        self._networks = tuple(networks)
        self._elsewhere = elsewhere

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        origin = origin_of(environ, "metrics", "")
        if origin.relayed or not is_within(origin.address, self._networks):
            return self._elsewhere(environ, start_response)
        verb = environ["REQUEST_METHOD"]
        if verb in ("GET", "HEAD"):
            response = Response(HTTPStatus.OK, CONTENT_TYPE, self._meters.text().encode())
        else:
            response = other_verb(verb, _VERBS)
        return response.send(environ, start_response)

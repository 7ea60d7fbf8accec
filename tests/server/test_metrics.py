"""Metrics: what is counted, who may see it, and that no process loses what another counted."""

import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Thread
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.product import Product
from tests.server.service import PATIENCE_S, served
from validate_service.core.metrics import MEANINGS, Metric
from validate_service.server.application import create_application
from validate_service.server.metrics import MOST_PROCESSES, SURFACES, Counted, Meters, MetricsPage


@dataclass
class Process:
    """As much of a worker process as the hooks know."""

    age: int


def read(text: str) -> dict[str, float]:
    """Return the samples, as Prometheus reads them; by name, and the values of their labels."""
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def get(application: Any, path: str = "/metrics", **environ: str) -> tuple[str, bytes]:
    """Return status and body of a request."""
    said: list[str] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        said.append(status)
        return lambda data: None

    inner = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": None,
    }
    body = b"".join(application(inner | environ, start_response))
    return said[0], body


def test_prometheus_understands_everything() -> None:
    """Every counter is there from the beginning, with a meaning; an alert on a rise needs its zero."""
    meters = Meters()
    meters.count(Metric.PUSHES_REPORTED)
    meters.tell_waiting(7)
    samples = read(meters.text())
    assert samples["validate_service_pushes_reported_total"] == 1
    assert samples["validate_service_push_messages_failed_total"] == 0
    assert samples["validate_service_waiting_pushes"] == 7
    assert len(samples) == len(Metric) + len(SURFACES) * 5 + 1
    families = {family.name: family for family in text_string_to_metric_families(meters.text())}
    assert {family.type for family in families.values()} == {"counter", "gauge"}
    assert all(family.documentation for family in families.values())
    assert MEANINGS.keys() == set(Metric)


def test_what_processes_count_is_added_up_and_survives_them() -> None:
    """A row changes hands with what it holds; who waited in a process that ended waits no more."""
    meters = Meters()
    for age in (1, 2):
        meters.before_fork(None, Process(age))
        meters.after_fork(None, Process(age))
        meters.count(Metric.MESSAGES_TAKEN)
        meters.tell_waiting(10 * age)
    assert read(meters.text())["validate_service_waiting_pushes"] == 30
    meters.after_exit(None, Process(1))
    assert read(meters.text())["validate_service_waiting_pushes"] == 20
    meters.before_fork(None, Process(3))
    meters.after_fork(None, Process(3))
    meters.count(Metric.MESSAGES_TAKEN)
    assert read(meters.text())["validate_service_push_messages_taken_total"] == 3
    for age in range(4, MOST_PROCESSES + 10):
        meters.before_fork(None, Process(age))
    meters.after_fork(None, Process(MOST_PROCESSES + 9))
    meters.count(Metric.MESSAGES_TAKEN)
    assert read(meters.text())["validate_service_push_messages_taken_total"] == 4


def test_threads_lose_no_count() -> None:
    """Whatever the interpreter does between reading and writing."""
    meters = Meters()

    def count() -> None:
        for _ in range(2_000):
            meters.count(Metric.MESSAGES_FAILED)

    threads = [Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(meters.text())["validate_service_push_messages_failed_total"] == 16_000


def test_answers_are_counted_by_surface_and_status(product: Product) -> None:
    """Those of defects too, which a later layer answers."""
    meters = Meters()
    application = create_application(product.installation, product.settings, meters=meters)
    get(application, "/healthz")
    get(application, "/nothing-here")
    get(application, "/ValidateService.asmx")
    samples = read(meters.text())
    assert samples["validate_service_http_responses_total site 2xx"] == 1
    assert samples["validate_service_http_responses_total site 4xx"] == 1
    assert samples["validate_service_http_responses_total soap 2xx"] == 1

    def defective(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        get(Counted(defective, meters.responses_of("wcf")))
    assert read(meters.text())["validate_service_http_responses_total wcf 5xx"] == 1


@pytest.mark.parametrize(
    ("environ", "seen"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, True),
        ({"REMOTE_ADDR": "::1"}, True),
        ({"REMOTE_ADDR": "::ffff:127.0.0.1"}, True),
        ({"REMOTE_ADDR": "192.0.2.1"}, False),
        ({"REMOTE_ADDR": ""}, False),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, False),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=192.0.2.1"}, False),
    ],
)
def test_only_administration_networks_see_them(product: Product, environ: dict[str, str], seen: bool) -> None:
    """For everybody else, and for what a proxy passes on, it is a path like any that is not there."""
    application = create_application(product.installation, product.settings)
    status, body = get(application, **environ)
    assert (status == "200 OK") is seen
    assert (b"validate_service" in body) is seen
    if not seen:
        assert (status, body) == get(application, "/nothing-here", **environ)


def test_they_are_only_read(product: Product) -> None:
    """And under any case, as all paths."""
    application = create_application(product.installation, product.settings)
    assert get(application, "/Metrics")[0] == "200 OK"
    assert get(application, REQUEST_METHOD="HEAD") == ("200 OK", b"")
    assert get(application, REQUEST_METHOD="POST")[0].startswith("405")
    assert get(application, REQUEST_METHOD="OPTIONS")[0].startswith("204")
    elsewhere = MetricsPage(Meters(), (), lambda environ, start: [b"elsewhere"])
    assert b"".join(elsewhere({"REMOTE_ADDR": "127.0.0.1"}, lambda *said: None)) == b"elsewhere"  # type: ignore[arg-type]


def counted_pages(url: str) -> float:
    """Return how many answers of the site were counted, whichever process is asked."""
    return read(requests.get(f"{url}/metrics", timeout=PATIENCE_S).text)[
        "validate_service_http_responses_total site 2xx"
    ]


def test_every_process_knows_the_sum(own_product: Product) -> None:
    """Also after one was killed: what it had counted is still there, and nothing is counted twice."""
    with served(own_product, workers=3) as service:
        begun = counted_pages(service.url)
        for _ in range(60):
            requests.get(f"{service.url}/healthz", timeout=PATIENCE_S)
        assert [counted_pages(service.url) for _ in range(10)] == [begun + 60] * 10
        killed = service.workers[0]
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE_S
        while killed in service.workers or len(service.workers) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        requests.get(f"{service.url}/healthz", timeout=PATIENCE_S)
        assert [counted_pages(service.url) for _ in range(10)] == [begun + 61] * 10

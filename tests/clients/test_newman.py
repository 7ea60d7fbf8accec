"""newman, Postman's runner, tells the published collection's story to a demonstration."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from tests.clients.service import program, run
from tests.conftest import Tell
from tests.product import free_port, wait_until_ready
from tests.published.files import COLLECTION
from tests.published.story import CHAPTERS

FOLDER = Path(__file__).parent / "newman"
NEWMAN = FOLDER / "node_modules" / "newman" / "bin" / "newman.js"
REQUESTS = [request.name for chapter in CHAPTERS for request in chapter.requests]


@pytest.fixture(scope="module")
def settings() -> Iterator[Mapping[str, str]]:
    """What a person copies from the output of ``validate-service demo``, which runs meanwhile."""
    bind = f"127.0.0.1:{free_port()}"
    with demonstration(bind) as demo:
        assert demo.stdout is not None
        printed = "".join(takewhile(lambda line: not line.startswith("Stop with"), demo.stdout))
        wait_until_ready(f"http://{bind}", demo)
        yield {
            "baseUrl": f"http://{bind}",
            "accountKey": re.findall('"spAccountLoginKey": "(.+?)"', printed)[0],
            "apiKey": re.findall("the API key (.+)", printed)[0],
        }


@contextmanager
def demonstration(bind: str) -> Iterator[subprocess.Popen[str]]:
    """Run ``validate-service demo``, and end it as Ctrl-C does."""
    command = [sys.executable, "-u", "-m", "validate_service", "demo", "--bind", bind, "--workers", "1"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VALIDATE_SERVICE_")}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as demo:
        try:
            yield demo
        finally:
            demo.send_signal(signal.SIGINT)
            demo.communicate(timeout=60)


@pytest.fixture(scope="module")
def report(settings: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What newman reports."""
    if not NEWMAN.is_file():
        pytest.fail("the npm package newman is not installed: run deploy/peers", pytrace=False)
    file = tmp_path_factory.mktemp("newman") / "report.json"
    given = [option for name, value in settings.items() for option in ("--env-var", f"{name}={value}")]
    reporting = ["--reporters", "cli,json", "--reporter-json-export", str(file), "--color", "off"]
    finished = run(program("node"), NEWMAN, "run", COLLECTION, *given, *reporting)
    assert file.is_file(), finished.stdout + finished.stderr
    reported: dict[str, Any] = json.loads(file.read_text("utf-8"))["run"]
    return reported


def test_every_request_runs_in_the_order_of_the_story(report: dict[str, Any], tell: Tell) -> None:
    """Each of them once, and each is checked."""
    counted = {name: report["stats"][name]["total"] for name in ("requests", "assertions")}
    tell(f"newman: {counted}, {len(report['failures'])} failures")
    assert [execution["item"]["name"] for execution in report["executions"]] == REQUESTS
    assert [one["item"]["name"] for one in report["executions"] if not one.get("assertions")] == []


def test_no_check_fails(report: dict[str, Any]) -> None:
    """No script either, and no request."""
    failures = [(one["source"]["name"], one["error"]["test"], one["error"]["message"]) for one in report["failures"]]
    assert failures == []

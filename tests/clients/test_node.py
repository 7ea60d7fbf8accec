"""A Node.js program uses the whole service through node-soap."""

import json
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.clients.desk import Desk
from tests.clients.expected import OPERATIONS, expected_lines, lines_about
from tests.clients.person import facts_for_a_client
from tests.clients.service import Service, program, run

FOLDER = Path(__file__).parent / "node"
FAULT_CODES = {"soap11": "Client", "soap12": "Sender"}


@pytest.fixture(scope="module")
def runs(service: Service, desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, CompletedProcess[str]]:
    """What became of the program in each SOAP version; the operator answered its pushes."""
    if not (FOLDER / "node_modules" / "soap").is_dir():
        pytest.fail("the npm package soap is not installed: run deploy/peers", pytrace=False)
    folder = tmp_path_factory.mktemp("node")
    return {version: run_client(service, folder, version) for version in FAULT_CODES}


def run_client(service: Service, folder: Path, version: str) -> CompletedProcess[str]:
    """Run the program in one SOAP version, with users of its own."""
    facts = folder / f"{version}.json"
    facts.write_text(json.dumps(facts_for_a_client(service.product, version)), "utf-8")
    return run(program("node"), FOLDER / "client.js", version, service.wsdl, facts)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("version", FAULT_CODES)
def test_node_client_gets_right_answers_wrong_answers_and_faults(
    runs: Mapping[str, CompletedProcess[str]], version: str, operation: str
) -> None:
    """Each operation answers each case as it must, in both SOAP versions."""
    expected = expected_lines(version, operation, FAULT_CODES[version])
    assert lines_about(operation, runs[version].stdout) == expected, runs[version].stderr


@pytest.mark.parametrize("version", FAULT_CODES)
def test_node_program_counts_no_failure(runs: Mapping[str, CompletedProcess[str]], version: str) -> None:
    """The exit status, which is the number of failed checks, is 0."""
    assert runs[version].returncode == 0, runs[version].stdout + runs[version].stderr

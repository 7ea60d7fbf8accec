"""A .NET program, compiled against proxies generated from the served WSDL, uses the whole service."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.clients.desk import PLEASE_DENY, Desk
from tests.clients.expected import OPERATIONS, expected_lines, lines_about
from tests.clients.person import facts_for_a_client
from tests.clients.service import Service, program, run, run_well

SOURCES = Path(__file__).parent / "dotnet"
FAULT_CODES = {"soap11": "Client", "soap12": "Sender", "wcf": "Client"}
LIBRARIES = ("System.Web.Services", "System.Web.Extensions", "System.ServiceModel", "System.Runtime.Serialization")
BLIND = ("wcf", "GetQuestions")
"""The client that cannot see all results: Mono's svcutil forgets the list of questions."""

EVERY_ACTION = re.compile(r'Action="\*", ReplyAction="([^"]*)"')


@pytest.fixture(scope="module")
def client(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled program."""
    folder = tmp_path_factory.mktemp("dotnet")
    run_well(program("wsdl"), "-namespace:Soap11", "-out:Soap11.cs", service.wsdl, folder=folder)
    run_well(program("wsdl"), "-protocol:SOAP12", "-namespace:Soap12", "-out:Soap12.cs", service.wsdl, folder=folder)
    run_well(program("svcutil"), "--noConfig", "-out:Wcf.cs", service.wsdl, folder=folder)
    give_actions(folder / "Wcf.cs")
    libraries = [f"-r:{library}" for library in LIBRARIES]
    sources = [*sorted(SOURCES.glob("*.cs")), *sorted(folder.glob("*.cs"))]
    run_well(program("mcs"), "-out:Client.exe", *libraries, *sources, folder=folder)
    return folder / "Client.exe"


def give_actions(source: Path) -> None:
    """Put the operations' own actions into a generated WCF client: Mono's svcutil writes ``*`` for every one."""
    text, count = EVERY_ACTION.subn(r'Action="\1", ReplyAction="\1"', source.read_text("utf-8"))
    assert count == len(OPERATIONS)
    source.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def runs(service: Service, desk: Desk, client: Path) -> Mapping[str, CompletedProcess[str]]:
    """What became of the program over each of its three clients; the operator answered its pushes."""
    return {name: run_client(service, client, name) for name in FAULT_CODES}


def run_client(service: Service, client: Path, name: str) -> CompletedProcess[str]:
    """Run the program over one of its clients, with users of its own."""
    facts = client.with_name(f"{name}.json")
    facts.write_text(json.dumps(facts_for_a_client(service.product, name)), "utf-8")
    return run(program("mono"), client, name, service.url, facts)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("name", FAULT_CODES)
def test_generated_dotnet_client_gets_right_answers_wrong_answers_and_faults(
    runs: Mapping[str, CompletedProcess[str]], name: str, operation: str
) -> None:
    """Each operation answers each case as it must, over each generated client."""
    unseen = {"enrolled": "success", "unknown user": "success"} if (name, operation) == BLIND else {}
    expected = expected_lines(name, operation, FAULT_CODES[name], **unseen)
    assert lines_about(operation, runs[name].stdout) == expected, runs[name].stderr


@pytest.mark.parametrize("name", FAULT_CODES)
def test_dotnet_program_counts_no_failure(runs: Mapping[str, CompletedProcess[str]], name: str) -> None:
    """The exit status, which is the number of failed checks, is 0."""
    assert runs[name].returncode == 0, runs[name].stdout + runs[name].stderr


def test_operator_saw_what_the_dotnet_clients_asked(runs: Mapping[str, CompletedProcess[str]], desk: Desk) -> None:
    """Every client's four pushes reached the operator with their texts unharmed."""
    for name in runs:
        asked = [approval for approval in desk.answered if approval.user.username == f"{name}-user"]
        shown = [(approval.login_to, approval.address, approval.message) for approval in asked]
        assert shown == [
            ("Portal", "192.0.2.7", ""),
            (PLEASE_DENY, "192.0.2.7", ""),
            ("", "", "Pay 5 €?"),
            ("", "", PLEASE_DENY),
        ]

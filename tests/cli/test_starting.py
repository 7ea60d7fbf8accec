"""From nothing to a running service: init, serve, demo, and every reason not to start."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.commands import Commands
from tests.product import free_port

PROGRAM = [sys.executable, "-m", "validate_service"]


def test_init_prints_exactly_the_first_credentials(tmp_path: Path) -> None:
    """As one JSON object, in this order."""
    output = Commands(tmp_path / "data").ok("init", "--json")
    credentials = json.loads(output)
    assert list(credentials) == ["tenant", "api_key", "account_login_name", "account_login_key"]
    assert output == json.dumps(credentials) + "\n"
    assert (credentials["tenant"], credentials["account_login_name"]) == ("default", "default-account")
    assert len({credentials["api_key"], credentials["account_login_key"]}) == 2
    assert min(len(credentials["api_key"]), len(credentials["account_login_key"])) >= 43


def test_init_for_people_prints_the_same(tmp_path: Path) -> None:
    """With a warning that they are not shown again."""
    lines = Commands(tmp_path / "data").ok("init").splitlines()
    assert lines[0] == "Keep these; they are not shown again."
    assert [line.split()[0] for line in lines[1:]] == ["tenant", "api_key", "account_login_name", "account_login_key"]


def test_a_second_init_is_refused_and_changes_nothing(commands: Commands) -> None:
    """The message says how to get another key."""
    before = {path: path.read_bytes() for path in commands.data_dir.glob("*.json")}
    keys = commands.json("api-key", "list")
    message = commands.fails(5, "init")
    assert message == ("Error: The installation is initialised already.  For another key: validate-service api-key add")
    assert {path: path.read_bytes() for path in commands.data_dir.glob("*.json")} == before
    assert commands.json("api-key", "list") == keys


def damage_ring(commands: Commands) -> None:
    ring = commands.data_dir / "keyring.json"
    ring.write_bytes(ring.read_bytes().replace(b"active", b"acting"))


def remove_ring(commands: Commands) -> None:
    (commands.data_dir / "keyring.json").unlink()


def swap_ring(commands: Commands) -> None:
    other = Commands(commands.data_dir.with_name("other"))
    other.ok("init")
    shutil.copy(other.data_dir / "keyring.json", commands.data_dir / "keyring.json")


def remove_database(commands: Commands) -> None:
    for path in commands.data_dir.glob("validate_service.sqlite3*"):
        path.unlink()


def damage_database(commands: Commands) -> None:
    remove_database(commands)
    (commands.data_dir / "validate_service.sqlite3").write_bytes(b"no database" * 1000)


def empty_database(commands: Commands) -> None:
    remove_database(commands)
    (commands.data_dir / "validate_service.sqlite3").touch()


@pytest.mark.parametrize(
    "damage", [damage_ring, remove_ring, swap_ring, remove_database, damage_database, empty_database]
)
def test_a_service_that_cannot_serve_does_not_start(commands: Commands, damage: object) -> None:
    """One clear line and exit code 69 for whoever manages services."""
    assert callable(damage)
    damage(commands)
    environment = dict(os.environ) | {"VALIDATE_SERVICE_DATA_DIR": str(commands.data_dir)}
    command = [*PROGRAM, "serve", "--bind", f"127.0.0.1:{free_port()}"]
    stopped = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (stopped.returncode, stopped.stdout) == (69, "")
    assert stopped.stderr.startswith("Error: The service is temporarily unavailable. (")
    assert stopped.stderr.count("\n") == 1


def test_a_secret_is_typed_unseen_or_piped(commands: Commands) -> None:
    """Through a pipe, as scripts do; the process's arguments never hold it."""
    environment = dict(os.environ) | {"VALIDATE_SERVICE_DATA_DIR": str(commands.data_dir)}
    commands.ok("user", "add", "alice")
    with subprocess.Popen(
        [*PROGRAM, "user", "set-pin", "alice"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        arguments = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        output, _ = process.communicate(b"7913\r\n", timeout=60)
    assert (process.returncode, output) == (0, b"PIN of alice set.\n")
    assert b"7913" not in arguments
    assert commands.json("user", "list")[0]["pin"] == "set"


def test_the_demo_prints_calls_that_work_when_pasted() -> None:
    """The first answers true, the same again false; Ctrl-C ends it and leaves nothing behind."""
    bind = f"127.0.0.1:{free_port()}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VALIDATE_SERVICE_")}
    with subprocess.Popen(
        [*PROGRAM, "demo", "--bind", bind, "--workers", "1"],
        env=environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith("Stop with Ctrl-C"):
                break
        curls = [line for line in lines if line.startswith("curl ")]
        folder = Path(next(line for line in lines if line.startswith("export ")).partition("=")[2])
        wait_for(bind)
        answers = [
            subprocess.run(["bash", "-c", curl], capture_output=True, text=True, check=True) for curl in curls[:-1]
        ]
        assert (folder / "keyring.json").exists()
        with subprocess.Popen(["bash", "-c", curls[-1]], stdout=subprocess.PIPE, text=True) as waiting:
            approve_pending(Commands(folder))
            pushed, _ = waiting.communicate(timeout=60)
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        process.wait(timeout=60)
    results = [answer.stdout for answer in answers]
    assert "<ValidateOTPResult>true</ValidateOTPResult>" in results[0]
    assert "<ValidateOTPResult>false</ValidateOTPResult>" in results[1]
    promised = [line for line in lines if line.startswith("# ")]
    for promise, result in zip(promised, results, strict=False):
        assert not promise.endswith((": true", "true, once")) or "Result>true<" in result, promise
        assert not promise.endswith("successfully") or "uccessfully" in result, promise
    told = [json.loads(result) for result in results if result.startswith("{")]
    assert [answer["status"] for answer in told if "status" in answer] == [
        *("success", "success", "failure", "success", "success", "success"),
    ]
    assert [answer["errorCode"] for answer in told if "errorCode" in answer] == [0, 9003]
    assert "<ValidatePushResult>true</ValidatePushResult>" in pushed
    port = bind.partition(":")[2]
    assert [line for line in lines if line.startswith(f"http://localhost:{port}/pingme/#enrol=")]
    assert not folder.exists()


def approve_pending(commands: Commands) -> None:
    """Approve the push that comes, as the demonstration says that an operator may."""
    deadline = time.monotonic() + 30
    while not (pending := commands.json("push", "list")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    commands.ok("push", "approve", pending[0]["id"])


def wait_for(bind: str) -> None:
    host, _, port = bind.partition(":")
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection((host, int(port))).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def test_the_program_tells_its_version() -> None:
    """What packagers and bug reports ask for."""
    output = subprocess.run([*PROGRAM, "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
    assert output.strip().rpartition(" ")[2][0].isdigit()

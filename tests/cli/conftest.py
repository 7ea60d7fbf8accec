"""An initialised installation, and its command line."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.commands import Commands


@pytest.fixture(scope="session")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Commands:
    """An installation as it is after ``init``, to be copied."""
    commands = Commands(tmp_path_factory.mktemp("initialised") / "data")
    credentials = json.loads(commands.ok("init", "--json"))
    commands.environment["API_KEY"] = credentials["api_key"]
    return commands


@pytest.fixture
def commands(initialised: Commands, tmp_path: Path) -> Commands:
    """An installation of the test's own."""
    shutil.copytree(initialised.data_dir, tmp_path / "data")
    return Commands(tmp_path / "data", dict(initialised.environment))

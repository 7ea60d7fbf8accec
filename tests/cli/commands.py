"""Runs the operator's command in this process, on an installation in a folder."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from validate_service.cli.main import main


@dataclass
class Commands:
    """The command line of one installation."""

    data_dir: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, read: str = "") -> Result:
        """Run a command that reads *read* from standard input."""
        environment = {"VALIDATE_SERVICE_DATA_DIR": str(self.data_dir)} | self.environment
        return CliRunner(env=environment).invoke(main, list(arguments), input=read)

    def ok(self, *arguments: str, read: str = "") -> str:
        """Run a command that succeeds; return its output."""
        result = self.run(*arguments, read=read)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: str, read: str = "") -> Any:
        """Run a command that succeeds and prints JSON; return what it says."""
        return json.loads(self.ok(*arguments, "--json", read=read))

    def fails(self, code: int, *arguments: str, read: str = "") -> str:
        """Run a command that fails with *code* and one line; return the line."""
        result = self.run(*arguments, read=read)
        assert isinstance(result.exception, SystemExit), repr(result.exception)
        assert result.exit_code == code, result.output
        assert result.stdout == ""
        assert result.stderr.startswith("Error: ")
        assert result.stderr.count("\n") == 1
        return result.stderr.strip()

"""What some benches need that Python's packages do not bring: other programs, and the peer."""

import subprocess
from pathlib import Path

_SCRIPT = Path(__file__).parents[2] / "deploy" / "bench-peers"


def install(bench: str) -> None:
    """Install what *bench* needs, if it is missing.

    Raises:
        SystemExit: it cannot be installed; the script has said why.
    """
    if subprocess.run([_SCRIPT, bench], check=False).returncode:
        raise SystemExit(1)

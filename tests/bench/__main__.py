"""``python -m tests.bench NAME [NAME...]``: run one bench after the other, then print what is to be reached.

Every bench takes ``--rounds`` and ``--json``; what else each takes, ``--help`` says.  A Python that does not have what
the benches need starts ``deploy/bench``, which makes one that has, and comes back here.
"""

import os
import sys
from pathlib import Path

_SCRIPT = Path(__file__).parents[2] / "deploy" / "bench"
_OWN = ".venv-bench"
"""The virtual environment that the script makes."""


def main() -> None:
    try:
        from tests.bench.command import main as run  # noqa: PLC0415  # it needs more than a bare Python has
    except ModuleNotFoundError:
        if Path(sys.prefix).name == _OWN:
            raise
        os.execv(_SCRIPT, [str(_SCRIPT), *sys.argv[1:]])
    run()


if __name__ == "__main__":
    main()

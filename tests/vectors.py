"""Published vectors and known answers, as files of data."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data"


def vectors(name: str) -> Any:
    """Return the content of the file called *name*."""
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))

"""schemathesis, with all its checks, finds nothing that ``/openapi.json`` does not say.

Ordinary runs try under a thousand requests; with ``VALIDATE_SERVICE_LONG=1`` more than ten thousand.
"""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import Tell
from tests.facades.rest import conformance_hooks
from tests.product import create_product, running
from tests.server.rounds import LONG, LONG_VARIABLE

ROOT = Path(__file__).parents[3]
EXAMPLES = 400 if LONG else 15
LONGEST_RUN_S = 3600 if LONG else 600


def test_nothing_undocumented_is_answered(tmp_path: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """No server error, no status, header or body that is not described, no good request refused, no bad one taken."""
    monkeypatch.delenv(LONG_VARIABLE, raising=False)
    product = create_product(tmp_path)
    with running(product) as url:
        finished = run_schemathesis(f"{url}/openapi.json", product.api_key, tmp_path)
    assert finished.returncode == 0, finished.stdout
    reasons = Counter(event["reason"] for event in product.audit() if event["surface"] == "rest")
    tell(f"schemathesis: {reasons.total()} calls on the audit trail, {dict(reasons.most_common())}")
    # It came past the key, past the fields, and neither.
    assert min(reasons["done"], reasons["malformed_request"], reasons["caller_not_authorized"]) >= 20
    product.installation.database.close()


def run_schemathesis(url: str, api_key: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Return what schemathesis says of the service whose document is at *url*."""
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": conformance_hooks.__name__,
        "PYTHONPATH": str(ROOT),
        conformance_hooks.KEY_VARIABLE: api_key,
    }
    command = [sys.executable, "-m", "schemathesis.cli", "--no-color", "run", url, "--checks", "all"]
    command += ["--max-examples", str(EXAMPLES), "--continue-on-failure", *([] if LONG else ["--seed", "1"])]
    return subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=LONGEST_RUN_S, check=False
    )

"""Processes that are killed in the middle of a transaction: nothing half-done stays, the trail goes on."""

import os
import signal
import subprocess
import sys

import pytest

from tests.product import Product
from tests.server.service import findings

DIE = """
import os, signal, sys
from validate_service.bootstrap import open_installation
from validate_service.config import read_settings
from validate_service.core.audit import AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.model import Profile
from validate_service.core.names import UserName
from validate_service.core.origin import Origin
from validate_service.storage import audit_lanes
from validate_service.storage.users import UserTable

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

installation = open_installation(read_settings())
call = Call(Origin("cli", "test", "", "test"), user=UserName("", "victim"))
if sys.argv[1] == "after the commit":
    audit_lanes.AuditLane.advance = die
with installation.database.write() as transaction:
    UserTable().add(transaction, 1, call.user, Profile(), 1)
    transaction.record(AuditEvent(EventName.USER_ADD, "done", call, 1))
    if sys.argv[1] == "before the commit":
        die()
"""


def die(product: Product, moment: str) -> None:
    """Let a process add a user and be killed at *moment*."""
    own = {"DATA_DIR": str(product.settings.data_dir), "DATABASE_URL": product.settings.database}
    variables = os.environ | {f"VALIDATE_SERVICE_{name}": text for name, text in own.items()}
    died = subprocess.run([sys.executable, "-c", DIE, moment], check=False, env=variables)
    # The second one may find that there is such a user.
    assert died.returncode in {-signal.SIGKILL, 1}


@pytest.mark.parametrize(("moment", "users"), [("before the commit", 0), ("after the commit", 1)])
def test_a_killed_process_leaves_all_or_nothing_and_a_lane_that_goes_on(
    product: Product, moment: str, users: int
) -> None:
    """Killed before the commit nothing happened; killed before the note the next process finds the lane's end."""
    product.installation.database.close()
    lanes = len(product.installation.lanes.ends())
    for _ in range(2):
        die(product, moment)
        assert findings(product) == []
    assert len(product.core.user_register.listing(product.tenant)) == users
    assert len(product.audit(event="user:add")) == users
    survivor = Product(product.settings, product.installation, product.api_key, product.tenant)
    survivor.add_user("afterwards")
    assert findings(product) == []
    assert len(product.installation.lanes.ends()) <= lanes + 1

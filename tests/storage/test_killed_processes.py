"""Processes that are killed in the middle of a transaction: nothing half-done stays, the trail goes on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.product import Product, create_product
from tests.server.service import findings

DIE = """
import os, signal, sys
from pathlib import Path
from validate_service.bootstrap import open_installation
from validate_service.config import Settings
from validate_service.core.audit import AuditEvent, EventName
from validate_service.core.calls import Call
from validate_service.core.model import Profile
from validate_service.core.names import UserName
from validate_service.core.origin import Origin
from validate_service.storage import audit_lanes
from validate_service.storage.users import UserTable

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

installation = open_installation(Settings(data_dir=Path(sys.argv[1])))
call = Call(Origin("cli", "test", "", "test"), user=UserName("", "victim"))
if sys.argv[2] == "after the commit":
    audit_lanes.AuditLane.advance = die
with installation.database.write() as transaction:
    UserTable().add(transaction, 1, call.user, Profile(), 1)
    transaction.record(AuditEvent(EventName.USER_ADD, "done", call, 1))
    if sys.argv[2] == "before the commit":
        die()
"""


@pytest.mark.parametrize(("moment", "users"), [("before the commit", 0), ("after the commit", 1)])
def test_a_killed_process_leaves_all_or_nothing_and_a_lane_that_goes_on(
    tmp_path: Path, moment: str, users: int
) -> None:
    """Killed before the commit nothing happened; killed before the note the next process finds the lane's end."""
    product = create_product(tmp_path)
    product.installation.database.close()
    data_dir = str(product.settings.data_dir)
    lanes = len(product.installation.lanes.ends())
    for _ in range(2):
        died = subprocess.run([sys.executable, "-c", DIE, data_dir, moment], check=False, env=dict(os.environ))
        assert died.returncode in {-signal.SIGKILL, 1}
        assert findings(product) == []
    assert len(product.core.user_register.listing(product.tenant)) == users
    assert len(product.audit(event="user:add")) == users
    survivor = Product(product.settings, product.installation, product.api_key, product.tenant)
    survivor.add_user("afterwards")
    assert findings(product) == []
    assert len(product.installation.lanes.ends()) <= lanes + 1
    product.installation.database.close()

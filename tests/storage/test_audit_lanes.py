"""Taking lanes of the audit trail, while other processes take some too."""

import fcntl
import os
from pathlib import Path

import pytest

from tests.product import Product
from validate_service.storage.audit_lanes import AuditLanes


def test_a_new_lane_that_another_process_finds_first_is_left_to_it(
    product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever made it makes another one, and answers nobody that the trail cannot be written."""
    lock, taken = fcntl.flock, list[int]()

    def too_late(file: int, how: int) -> None:
        if not taken:
            taken.append(os.open(f"/proc/self/fd/{file}", os.O_RDWR))
            lock(taken[0], how)
        lock(file, how)

    lanes = AuditLanes(tmp_path / "lanes", product.installation.keys, os.urandom)
    monkeypatch.setattr(fcntl, "flock", too_late)
    with product.installation.database.read() as session:
        lane = lanes.take(session)
    assert len(list((tmp_path / "lanes").iterdir())) == 2
    lane.close()
    os.close(taken[0])

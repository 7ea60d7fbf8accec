"""A share of the CPU for some processes: a control group of Linux, of version 2 or 1."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.bench.processes import children

_ROOT = Path("/sys/fs/cgroup")
_PERIOD_US = 50_000
_NUMBERS = count()


@dataclass(frozen=True)
class CpuShare:
    """A group of processes that have together so much of one core, and not more.

    Attributes:
        folder: The control group.
    """

    folder: Path

    def take(self, pid: int) -> None:
        """Put a process into the group, with the children that it has and will have."""
        self._take_one(pid)
        for child in children(pid):
            self._take_one(child)

    def _take_one(self, pid: int) -> None:
        (self.folder / "cgroup.procs").write_text(str(pid))


@contextmanager
def cpu_share(cores: float) -> Iterator[CpuShare]:
    """Make a group that may use *cores*; whoever is in it must have ended at the end of the block.

    Raises:
        SystemExit: the system does not let us.
    """
    name, quota_us = f"validate-service-{os.getpid()}-{next(_NUMBERS)}", round(cores * _PERIOD_US)
    try:
        folder = (
            _group_of_version_1(name, quota_us) if (_ROOT / "cpu").is_dir() else _group_of_version_2(name, quota_us)
        )
    except OSError as error:
        raise SystemExit(f"A slow CPU needs root and control groups with the cpu controller: {error}") from error
    try:
        yield CpuShare(folder)
    finally:
        folder.rmdir()


def _group_of_version_1(name: str, quota_us: int) -> Path:
    folder = _ROOT / "cpu" / name
    folder.mkdir()
    (folder / "cpu.cfs_period_us").write_text(str(_PERIOD_US))
    (folder / "cpu.cfs_quota_us").write_text(str(quota_us))
    return folder


def _group_of_version_2(name: str, quota_us: int) -> Path:
    (_ROOT / "cgroup.subtree_control").write_text("+cpu")
    folder = _ROOT / name
    folder.mkdir()
    (folder / "cpu.max").write_text(f"{quota_us} {_PERIOD_US}")
    return folder

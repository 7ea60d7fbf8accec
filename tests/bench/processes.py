"""What processes use: CPU time and memory, of a process and all its descendants."""

import os
from collections.abc import Iterator
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_USER_TIME, _CHILDREN_SYSTEM_TIME = 11, 14
"""Places in /proc/PID/stat behind the name: utime, stime, cutime, cstime."""

_TRIES = 20


def cpu_seconds(*pids: int) -> float:
    """Return the CPU time that these processes and all their descendants used, also those that ended."""
    for _ in range(_TRIES):
        try:
            return sum(map(_ticks, pids)) / _TICKS_PER_SECOND
        except (FileNotFoundError, ProcessLookupError):
            # A child ended in between: its parent has its time by now.
            continue
    raise RuntimeError("the processes end too fast to be counted")


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = sum(map(int, fields[_USER_TIME : _CHILDREN_SYSTEM_TIME + 1]))
    return own + sum(map(_ticks, children(pid)))


def children(pid: int) -> Iterator[int]:
    """Yield the children of *pid*, of whichever of its threads."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        yield from map(int, (task / "children").read_text().split())


def worker_memory_mib(pid: int) -> float:
    """Return the resident memory of the largest child of *pid*."""
    return max(map(_resident_kib, children(pid))) / 1024


def resident_kib(pid: int) -> int:
    """Return the resident memory of all children of *pid*."""
    return sum(map(_resident_kib, children(pid)))


def _resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])

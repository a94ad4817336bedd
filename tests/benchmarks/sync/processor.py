"""What processes cost: the processor time of whole sessions of processes, from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from tests.rig.processes import Process

_TICKS = os.sysconf("SC_CLK_TCK")
# Fields of /proc/PID/stat behind the name (proc(5)): session, utime, stime, cutime, cstime.
_SESSION = 3
_TIMES = slice(11, 15)


def processor_seconds(processes: Iterable[Process]) -> float:
    """User and system seconds so far of these processes and whatever they started."""
    sessions = {process.pid for process in processes}
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it ended
            continue
        if int(fields[_SESSION]) in sessions:
            ticks += sum(int(field) for field in fields[_TIMES])
    return ticks / _TICKS

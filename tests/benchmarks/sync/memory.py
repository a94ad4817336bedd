"""How large the daemon is with many files."""

from __future__ import annotations

import re
from pathlib import Path

from tests.benchmarks.cloud.bench import Bench
from tests.benchmarks.cloud.table import Measure, below
from tests.benchmarks.figures import pss_kib
from tests.benchmarks.sync.device import CONNECTED, couple
from tests.benchmarks.sync.measures import OURS, measure, pause

_SETTLED_SECONDS = 5.0


def memory(bench: Bench) -> list[Measure]:
    """What it takes once it rests, and the most it ever had on the way there."""
    found = []
    for count, limit in zip(bench.sizes.volumes[-2:], (60, 150), strict=True):
        rests = measure(f"memory with {count} files, at rest (PSS)", "MiB", below(limit, OURS))
        most = measure(f"memory with {count} files, the most (RSS)", "MiB", below(limit, OURS))
        with couple(bench, files=count) as pair:
            for _ in bench.rounds(rests, most):
                pair.one.start()
                pair.one.wait(CONNECTED)
                pause(_SETTLED_SECONDS)
                rests.add(OURS, pss_kib(pair.one.pid) / 1024)
                most.add(OURS, _most_mib(pair.one.pid))
                pair.one.end()
        found += [rests, most]
    return found


def _most_mib(pid: int) -> float:
    """The largest resident set so far (proc(5), VmHWM)."""
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert match
    return int(match[1]) / 1024

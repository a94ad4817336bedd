"""How large the daemon is with many files."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.benchmarks.cloud.bench import Bench
from tests.benchmarks.cloud.table import Measure, below
from tests.benchmarks.figures import pss_kib
from tests.benchmarks.sync.device import CONNECTED, Device, couple
from tests.benchmarks.sync.measures import OURS, measure, pause

_SETTLED_SECONDS = 5.0
_CALM_PROCESSOR_SECONDS = 0.1


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
    return [*found, *_after_work(bench, bench.sizes.volumes[-2])]


def _after_work(bench: Bench, count: int) -> list[Measure]:
    """The same after every file was looked at and read anew, as in a first sync."""
    what = f"memory with {count} files, all read anew"
    rests, most = measure(f"{what} (PSS)", "MiB", below(60, OURS)), measure(f"{what}, most", "MiB")
    with couple(bench, files=count) as pair:
        for number in bench.rounds(rests, most):
            pair.one.start()
            pair.one.wait(CONNECTED)
            mode = "g-x" if number % 2 else "g+x"
            subprocess.run(["chmod", "-R", mode, str(pair.one.folder)], check=True)
            _wait_until_calm(pair.one)
            rests.add(OURS, pss_kib(pair.one.pid) / 1024)
            most.add(OURS, _most_mib(pair.one.pid))
            pair.one.end()
    return [rests, most]


def _wait_until_calm(device: Device) -> None:
    """Wait until nothing is computed any more."""
    spent = 0.0
    while device.seconds - spent > _CALM_PROCESSOR_SECONDS:
        spent = device.seconds
        pause(_SETTLED_SECONDS)


def _most_mib(pid: int) -> float:
    """The largest resident set so far (proc(5), VmHWM)."""
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert match
    return int(match[1]) / 1024

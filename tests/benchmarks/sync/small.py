"""Many new small files from one computer to the other."""

from __future__ import annotations

import filecmp
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.cloud.bench import SMALL_BYTES, Bench, is_there
from tests.benchmarks.cloud.syncthing import count_spread, spread, start_pair
from tests.benchmarks.cloud.table import Measure, at_least, at_most
from tests.benchmarks.sync.device import SECONDS, couple
from tests.benchmarks.sync.measures import OURS, SYNCTHING, measure, pause, wait
from tests.benchmarks.sync.processor import processor_seconds

_REST_SECONDS = 1.0  # what comes after the last file counts, too


@dataclass(frozen=True)
class _Lane:
    """Two folders that are kept the same, what that costs, and how it is hurried."""

    here: Path
    there: Path
    cost: Callable[[], dict[str, float]]
    hurry: Callable[[], object] = lambda: None

    def carry(self, staging: Path, name: str) -> tuple[float, dict[str, float]]:
        """Seconds until a new directory is whole on the other side, and processor seconds."""
        count = count_spread(staging)
        before, started = self.cost(), time.perf_counter()
        staging.rename(self.here / name)
        self.hurry()
        arrived = self.there / name
        wait(lambda: count_spread(arrived) == count, SECONDS, f"{count} files")
        taken = time.perf_counter() - started
        pause(_REST_SECONDS)
        cost = {who: seconds - before[who] for who, seconds in self.cost().items()}
        _check(self.here / name, arrived)
        return taken, cost


def small(bench: Bench) -> list[Measure]:
    """Files a second from the moment they are there, and what all processes cost."""
    what = f"{bench.sizes.small} x {SMALL_BYTES} bytes, A to B"
    rate = measure(what, "1/s", at_least(1.3, SYNCTHING))
    cost = measure(f"{what}: processor", "s", at_most(1, SYNCTHING))
    rate.notes.append("a directory of files is moved into the folder; syncthing is told to scan")
    with couple(bench) as pair:
        pair.connect()

        def our_cost() -> dict[str, float]:
            return {
                OURS: pair.seconds,
                "  of these, the cloud": processor_seconds([pair.cloud.process]),
                "  of these, daemon A": pair.one.seconds,
                "  of these, daemon B": pair.two.seconds,
            }

        lanes = {OURS: _Lane(pair.one.folder, pair.two.folder, our_cost)}
        if is_there(SYNCTHING, rate, cost):
            lanes[SYNCTHING] = _syncthing(bench)
        for number in bench.rounds(rate, cost):
            for who, lane in lanes.items():
                staging = _staged(lane.here.parent / "staging", bench.sizes.small)
                seconds, spent = lane.carry(staging, f"round-{number}")
                rate.add(who, bench.sizes.small / seconds)
                for part, value in spent.items():
                    cost.add(part, value)
    return [rate, cost]


def _syncthing(bench: Bench) -> _Lane:
    pair = start_pair(bench, watches=True)
    one, two = pair.instances

    def cost() -> dict[str, float]:
        return {SYNCTHING: processor_seconds([one.process, two.process])}

    return _Lane(one.folder, two.folder, cost, lambda: one.ask("POST", "db/scan?folder=bench"))


def _staged(folder: Path, count: int) -> Path:
    """A directory of new files, beside the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    spread(folder, count)
    return folder


def _check(here: Path, there: Path) -> None:
    names = [str(path.relative_to(here)) for path in here.glob("*/*")]
    _, different, broken = filecmp.cmpfiles(here, there, names, shallow=False)
    assert not different, different[:5]
    assert not broken, broken[:5]

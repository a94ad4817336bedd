"""One small change among many files, until it is visible on the other computer."""

from __future__ import annotations

import os
import random
import secrets
import select
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from inotify_simple import INotify, flags

from tests.benchmarks.cloud.bench import Bench, is_there
from tests.benchmarks.cloud.syncthing import start_pair
from tests.benchmarks.cloud.table import Measure, below
from tests.benchmarks.sync.bulk import FILES_IN_A_DIRECTORY, Tree, make_files
from tests.benchmarks.sync.device import SECONDS, couple
from tests.benchmarks.sync.measures import OURS, SYNCTHING, measure, pause, wait

_CHANGES = {OURS: 40, SYNCTHING: 8}
_PAUSE_SECONDS = 0.5
_VISIBLE = flags.CLOSE_WRITE | flags.MOVED_TO | flags.CREATE


@dataclass(frozen=True)
class _Lane:
    here: Path
    there: Path

    def seconds(self, directory: str, name: str) -> float:
        """From a write here until the same bytes are there."""
        data, arrived = secrets.token_bytes(100), self.there / directory / name
        with INotify(nonblocking=True) as watch:
            watch.add_watch(str(arrived.parent), _VISIBLE)
            (self.here / directory / name).write_bytes(data)
            started = time.perf_counter()
            deadline = started + 60
            while not _holds(arrived, data):
                assert time.perf_counter() < deadline, f"{arrived} did not come"
                select.select([watch], [], [], 1)
                watch.read(timeout=0)
            return time.perf_counter() - started


def change(bench: Bench) -> list[Measure]:
    """Milliseconds: the median, and what 95 of 100 keep to."""
    count = bench.sizes.delta
    what = f"one change among {count} files, A to B"
    median = measure(f"{what}: median", "ms", below(300, OURS))
    most = measure(f"{what}: 95 %", "ms", below(600, OURS))
    chance = random.Random(7)
    with couple(bench, files=count) as pair:
        assert pair.tree is not None
        pair.two.have(pair.tree)
        pair.connect()
        lanes = {OURS: _Lane(pair.one.folder, pair.two.folder)}
        if is_there(SYNCTHING, median, most):
            lanes[SYNCTHING] = _syncthing(bench, pair.tree)
            median.notes.append("syncthing watches with its lowest delay, 1 s")
        pause(5)
        for number in bench.rounds(median, most):
            for who, lane in lanes.items():
                found = [
                    _once(lane, chance, count, f"{number}-{one}") for one in range(_CHANGES[who])
                ]
                median.add(who, 1e3 * statistics.median(found))
                most.add(who, 1e3 * statistics.quantiles(found, n=20)[-1])
    return [median, most]


def _once(lane: _Lane, chance: random.Random, count: int, new_name: str) -> float:
    """Half of them are new files, half are old ones with other bytes."""
    directory = f"{chance.randrange(count // FILES_IN_A_DIRECTORY):04}"
    old_name = f"{chance.randrange(FILES_IN_A_DIRECTORY):04}.txt"
    seconds = lane.seconds(directory, chance.choice((old_name, new_name)))
    pause(_PAUSE_SECONDS)
    return seconds


def _syncthing(bench: Bench, tree: Tree) -> _Lane:
    """Two instances that have the files and know it."""
    pair = start_pair(bench, watches=True)
    make_files(pair.instances[0].folder, tree)
    pair.instances[0].ask("POST", "db/scan?folder=bench")

    def is_settled() -> bool:
        states = [instance.ask("GET", "db/status?folder=bench") for instance in pair.instances]
        return all(
            state["state"] == "idle"
            and state["needFiles"] == 0
            and state["globalFiles"] == state["localFiles"] == len(tree.rows) - _directories(tree)
            for state in states
        )

    wait(is_settled, SECONDS, "syncthing knows all files")
    one, two = pair.instances
    return _Lane(one.folder, two.folder)


def _directories(tree: Tree) -> int:
    return len(tree.rows) - tree.files


def _holds(path: Path, data: bytes) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return os.read(descriptor, len(data) + 1) == data
    finally:
        os.close(descriptor)

"""One large file from one computer to the other."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.cloud import peers
from tests.benchmarks.cloud.bench import Bench, is_there
from tests.benchmarks.cloud.client import HOST
from tests.benchmarks.cloud.syncthing import start_pair
from tests.benchmarks.cloud.table import Measure, at_most
from tests.benchmarks.sync.device import SECONDS, couple
from tests.benchmarks.sync.measures import OURS, RCLONE, SYNCTHING, measure, wait
from tests.benchmarks.sync.processor import processor_seconds

_PIECE_BYTES = 1024 * 1024

# Carries a file of a name; the seconds until it is whole, and processor seconds where known.
Carry = Callable[[Bench, str], tuple[float, float | None]]


def large(bench: Bench) -> list[Measure]:
    """Seconds until a file that was moved into one folder is whole in the other."""
    what = f"{bench.sizes.large >> 20} MiB, A to B"
    taken = measure(what, "s", at_most(0.7, SYNCTHING))
    cost = measure(f"{what}: processor", "s")
    carriers: dict[str, Carry] = {OURS: _ours}
    if is_there(SYNCTHING, taken):
        carriers[SYNCTHING] = _syncthing
    if is_there(RCLONE, taken):
        carriers[RCLONE] = _rclone
        taken.notes.append("rclone copies the file to its WebDAV server, then from there")
    for number in bench.rounds(taken, cost):
        for who, carry in carriers.items():
            seconds, spent = carry(bench, f"{who}-{number}")
            taken.add(who, seconds)
            if spent is not None:
                cost.add(who, spent)
    return [taken, cost]


def _ours(bench: Bench, name: str) -> tuple[float, float]:
    with couple(bench, name) as pair:
        pair.connect()
        return _carry(pair.one.folder, pair.two.folder, bench.sizes.large, lambda: pair.seconds)


def _syncthing(bench: Bench, name: str) -> tuple[float, float]:
    pair = start_pair(bench, watches=True)
    one, two = pair.instances
    found = _carry(
        one.folder,
        two.folder,
        bench.sizes.large,
        lambda: processor_seconds([one.process, two.process]),
        lambda: one.ask("POST", "db/scan?folder=bench"),
    )
    for instance in pair.instances:
        instance.process.end()
        shutil.rmtree(instance.home)
    return found


def _carry(
    here: Path,
    there: Path,
    size: int,
    cost: Callable[[], float],
    hurry: Callable[[], object] = lambda: None,
) -> tuple[float, float]:
    staging = _staged(here.parent / "staging", size)
    before, started = cost(), time.perf_counter()
    staging.rename(here / "large")
    hurry()
    arrived = there / "large"
    wait(lambda: arrived.exists() and arrived.stat().st_size == size, SECONDS, "the file")
    found = time.perf_counter() - started, cost() - before
    _check(here / "large", arrived)
    return found


def _rclone(bench: Bench, name: str) -> tuple[float, None]:
    home, served = bench.folder(name), bench.folder(f"{name}-served")
    source = _staged(home / "large", bench.sizes.large)
    port = peers.start_rclone(bench, served, "webdav")
    remote = f":webdav,url='http://{HOST}:{port}':"
    started = time.perf_counter()
    for names in ((str(source), f"{remote}large"), (f"{remote}large", str(home / "arrived"))):
        done = bench.started.run("rclone", "copyto", *names, seconds=SECONDS)
        assert done.returncode == 0, done.stderr
    taken = time.perf_counter() - started
    _check(source, home / "arrived")
    for folder in (home, served):
        shutil.rmtree(folder)
    return taken, None


def _staged(path: Path, size: int) -> Path:
    """A file that nobody has a piece of: every piece begins with its own number."""
    piece = secrets.token_bytes(_PIECE_BYTES)
    with path.open("wb") as file:
        for number in range(size // _PIECE_BYTES):
            file.write(number.to_bytes(8, "big") + piece[8:])
    return path


def _check(here: Path, there: Path) -> None:
    with here.open("rb") as one, there.open("rb") as two:
        while piece := one.read(_PIECE_BYTES):
            assert piece == two.read(_PIECE_BYTES)

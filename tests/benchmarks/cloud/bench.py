"""What every row of the benchmark gets: a home on tmpfs, processes, sizes, rounds."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.cloud.table import Measure
from tests.rig.environment import scrubbed
from tests.rig.processes import Processes, processes

# ext4 gets ten times slower at creating files after many were deleted.
TMPFS = Path("/dev/shm")
CONNECTIONS = 8
SMALL_BYTES = 4096


@dataclass(frozen=True)
class Sizes:
    """How much is moved in one round."""

    large: int = 2**30  # bytes
    small: int = 10_000  # files of SMALL_BYTES
    children: int = 10_000
    volumes: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)  # nodes
    delta: int = 100_000  # nodes
    streams: int = 500
    shared: int = 4_000  # requests to one and to two processes


QUICK = Sizes(2**27, 1000, 2000, (1_000, 10_000, 100_000), 20_000, 100, 1000)


@dataclass(frozen=True)
class Bench:
    """One run of one row. Everything in `home` goes when the row is over."""

    home: Path
    started: Processes
    sizes: Sizes
    times: int

    def rounds(self, *measures: Measure) -> Iterator[int]:
        """The numbers of the rounds; what the first one, number 0, measured is dropped."""
        for number in range(self.times + 1):
            print(f"  round {number} of {self.times}", file=sys.stderr, flush=True)
            yield number
            if number == 0:
                for measure in measures:
                    measure.values.clear()

    def folder(self, name: str) -> Path:
        """A new folder for a program's files."""
        made = self.home / name
        made.mkdir()
        return made


def is_there(program: str, *measures: Measure) -> bool:
    """Whether a program can be run; if not, the measures say so."""
    found = shutil.which(program) or shutil.which(program, path=str(Path(sys.executable).parent))
    if found is None:
        for measure in measures:
            measure.notes.append(f"{program} is not installed: not measured beside it")
    return found is not None


@contextlib.contextmanager
def bench(sizes: Sizes, times: int) -> Iterator[Bench]:
    """A home and an environment with nothing of the machine's user in it."""
    home = Path(tempfile.mkdtemp(prefix="u1-", dir=TMPFS if TMPFS.is_dir() else None))
    try:
        (home / "logs").mkdir()
        with processes(scrubbed(home), home / "logs") as started:
            yield Bench(home, started, sizes, times)
    finally:
        shutil.rmtree(home, ignore_errors=True)

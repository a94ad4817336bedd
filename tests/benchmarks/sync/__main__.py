"""Measures file sync beside other programs and prints a table with the goals.

    python -m tests.benchmarks.sync [--quick] [--rounds N] [--only NAME]...

Alternating, files on tmpfs, medians after a dropped first round. Exit code 1 when a goal is
missed. Not a test: figures need a quiet machine.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping

from tests.benchmarks.cloud.bench import QUICK, Bench, Sizes, bench
from tests.benchmarks.cloud.table import Measure, table
from tests.benchmarks.sync.change import change
from tests.benchmarks.sync.idle import idle
from tests.benchmarks.sync.large import large
from tests.benchmarks.sync.memory import memory
from tests.benchmarks.sync.restart import restart
from tests.benchmarks.sync.small import small

ROWS: Mapping[str, Callable[[Bench], list[Measure]]] = {
    "small": small,
    "large": large,
    "change": change,
    "restart": restart,
    "memory": memory,
    "idle": idle,
}
# These are the same every time, and take long.
_ROUNDS = {"memory": 1, "idle": 1}


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.sync")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, two rounds")
    parser.add_argument("--rounds", type=int, help="how often each is measured  [default: 5]")
    parser.add_argument("--only", action="append", choices=ROWS, help="this row; repeatable")
    options = parser.parse_args()
    times = options.rounds or (2 if options.quick else 5)
    found: list[Measure] = []
    for row in options.only or ROWS:
        print(row, file=sys.stderr, flush=True)
        rounds = min(times, _ROUNDS.get(row, times))
        with bench(QUICK if options.quick else _SIZES, rounds) as one:
            found += ROWS[row](one)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}")
    print(table(found))
    return 0 if all(measure.is_kept for measure in found) else 1


_SIZES = Sizes()

if __name__ == "__main__":
    sys.exit(main())

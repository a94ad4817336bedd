"""Measures the cloud beside other programs and prints a table with the goals.

    python -m tests.benchmarks.cloud [--quick] [--rounds N] [--only ROW]...

Alternating, files on tmpfs, medians after a dropped first round. Exit code 1 when a goal is
missed. Not a test: figures need a quiet machine, and some twenty minutes of it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping

from tests.benchmarks.cloud.bench import QUICK, Bench, Sizes, bench
from tests.benchmarks.cloud.large import large
from tests.benchmarks.cloud.memory import memory
from tests.benchmarks.cloud.nodes import nodes
from tests.benchmarks.cloud.signed import signed
from tests.benchmarks.cloud.small import small
from tests.benchmarks.cloud.table import Measure, table
from tests.benchmarks.cloud.workers import workers

ROWS: Mapping[str, Callable[[Bench], list[Measure]]] = {
    "large": large,
    "small": small,
    "signed": signed,
    "nodes": nodes,
    "memory": memory,
    "workers": workers,
}


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.cloud")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, two rounds")
    parser.add_argument("--rounds", type=int, help="how often each is measured  [default: 5]")
    parser.add_argument("--only", action="append", choices=ROWS, help="a row; may be repeated")
    options = parser.parse_args()
    sizes = QUICK if options.quick else Sizes()
    times = options.rounds or (2 if options.quick else 5)
    found: list[Measure] = []
    for row in options.only or ROWS:
        print(row, file=sys.stderr, flush=True)
        with bench(sizes, times) as one:
            found += ROWS[row](one)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}; durability = full but where it says relaxed")
    print(table(found))
    return 0 if all(measure.is_kept for measure in found) else 1


if __name__ == "__main__":
    sys.exit(main())

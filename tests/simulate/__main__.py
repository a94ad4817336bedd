"""`python -m tests.simulate --seeds N [--first N] [--jobs N]`: any number of runs.

Prints the seeds that failed, in their order, and on a terminal how far it is. With
`--crash-everywhere`, each seed runs again and again with a crash after every step.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import logging
import os
import sys
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.simulate.crashing import crash_everywhere
from tests.simulate.run import Run

_PORTION = 25  # seeds a process takes at a time


def crash_all(arguments: argparse.Namespace) -> int:
    """Print what failed; the exit code."""
    runs, failures = 0, []
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        number, failed = crash_everywhere(seed, arguments.stride)
        runs += number
        failures += failed
        print(*failed, sep="\n", end="\n" if failed else "", flush=True)
    print(f"{runs} crashes, {len(failures)} failed")
    return 1 if failures else 0


def run_all(arguments: argparse.Namespace) -> int:
    """Print what failed; the exit code."""
    began, done, failed = time.monotonic(), 0, 0
    for seeds, failures in _played(arguments):
        done += len(seeds)
        failed += len(failures)
        print(*failures, sep="\n", end="\n" if failures else "", flush=True)
        if sys.stderr.isatty():
            print(f"{done} of {arguments.seeds}", end="\r", file=sys.stderr, flush=True)
    seconds = time.monotonic() - began
    print(f"{done} seeds, {failed} failed, {seconds:.1f} s")
    return 1 if failed else 0


def _played(arguments: argparse.Namespace) -> Iterator[tuple[range, list[str]]]:
    """The seeds, portion after portion, and the words of those that failed."""
    everything = range(arguments.first, arguments.first + arguments.seeds)
    portions = [everything[n : n + _PORTION] for n in range(0, len(everything), _PORTION)]
    traces = itertools.repeat(arguments.trace)
    if arguments.jobs == 1:
        yield from zip(portions, map(play, portions, traces), strict=True)
        return
    with ProcessPoolExecutor(arguments.jobs) as pool:
        yield from zip(portions, pool.map(play, portions, traces), strict=True)


def play(seeds: range, is_traced: bool) -> list[str]:
    """What failed in the runs of some seeds."""
    gc.set_threshold(100_000, 50, 100)  # a run leaves little behind
    if not is_traced:
        logging.disable(logging.CRITICAL)
    failures = []
    for seed in seeds:
        run = Run(seed)
        try:
            run.run()
        except Exception as error:
            lines = [f"seed {seed}: {type(error).__name__}: {error}"]
            if is_traced:
                lines += [*run.trace, traceback.format_exc()]
            failures.append("\n".join(lines))
    return failures


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=1000, help="how many runs")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--trace", action="store_true", help="print what happened in failing runs")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes that share the seeds"
    )
    parser.add_argument(
        "--crash-everywhere",
        action="store_true",
        help="kill a machine after every step of each seed's run in turn",
    )
    parser.add_argument("--stride", type=int, default=1, help="only after every so many steps")
    arguments = parser.parse_args()
    return crash_all(arguments) if arguments.crash_everywhere else run_all(arguments)


if __name__ == "__main__":
    sys.exit(main())

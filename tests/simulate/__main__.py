"""`python -m tests.simulate --seeds N [--first N]`: any number of runs; prints failing seeds.

With `--crash-everywhere`, each run again and again with a crash after every step.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback

from tests.simulate.crashing import crash_everywhere
from tests.simulate.run import Run


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many runs")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--trace", action="store_true", help="print what happened in failing runs")
    parser.add_argument(
        "--crash-everywhere",
        action="store_true",
        help="kill a machine after every step of each seed's run in turn",
    )
    parser.add_argument("--stride", type=int, default=1, help="only after every so many steps")
    arguments = parser.parse_args()
    if arguments.crash_everywhere:
        return crash_all(arguments)
    began, failed = time.monotonic(), 0
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        run = Run(seed)
        try:
            run.run()
        except Exception as error:
            failed += 1
            print(f"seed {seed}: {type(error).__name__}: {error}")
            if arguments.trace:
                print("\n".join(run.trace))
                traceback.print_exc()
    seconds = time.monotonic() - began
    print(f"{arguments.seeds} seeds, {failed} failed, {seconds:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

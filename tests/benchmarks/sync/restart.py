"""A start with many files of which none has changed."""

from __future__ import annotations

import time

from tests.benchmarks.cloud.bench import Bench, is_there
from tests.benchmarks.cloud.table import Measure, at_least
from tests.benchmarks.sync.bulk import make_files
from tests.benchmarks.sync.device import READY, SECONDS, couple
from tests.benchmarks.sync.measures import OURS, UNISON, measure, pause

_SETTLED_SECONDS = 2.0


def restart(bench: Bench) -> list[Measure]:
    """Files of the folder a second, the start of the program itself among it."""
    count = bench.sizes.delta
    rate = measure(f"start with {count} unchanged files", "1/s", at_least(1, UNISON))
    rate.notes.append("from the program's start until it knows its folder")
    rate.notes.append("unison looks at the files of both folders in its time: twice its rate here")
    with couple(bench, files=count) as pair:
        assert pair.tree is not None
        folders = [bench.folder("unison-one"), bench.folder("unison-two")]
        has_unison = is_there(UNISON, rate)
        if has_unison:
            for folder in folders:
                make_files(folder, pair.tree)
            _unison(bench, *map(str, folders))
        for _ in bench.rounds(rate):
            started = time.perf_counter()
            pair.one.start()
            pair.one.wait(READY)
            rate.add(OURS, count / (time.perf_counter() - started))
            pause(_SETTLED_SECONDS)
            pair.one.end()
            if has_unison:
                rate.add(UNISON, count / _unison(bench, *map(str, folders)))
    return [rate]


def _unison(bench: Bench, one: str, two: str) -> float:
    """The seconds of one run."""
    started = time.perf_counter()
    done = bench.started.run(
        "unison", one, two, "-batch", "-silent", "-ui", "text", seconds=SECONDS
    )
    taken = time.perf_counter() - started
    assert done.returncode == 0, done.stdout + done.stderr
    return taken

"""One set of metrics for several serving processes: each counts in files of a common folder.

That is prometheus_client's way, chosen by an environment variable before it is imported.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@contextlib.contextmanager
def shared_metrics() -> Iterator[None]:
    """Have the processes that are made meanwhile count together."""
    if "prometheus_client" in sys.modules:
        message = "prometheus_client was imported too early to count in several processes"
        raise RuntimeError(message)
    folder = tempfile.mkdtemp(prefix="u1server-metrics-")
    os.environ[VARIABLE] = folder
    try:
        yield
    finally:
        del os.environ[VARIABLE]
        shutil.rmtree(folder, ignore_errors=True)


def forget_process(pid: int) -> None:
    """Take out what holds only while a process lives, such as its open streams."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

    mark_process_dead(pid)  # type: ignore[no-untyped-call]

"""Whether the rate grows with processes: one and two of them on PostgreSQL."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.cloud import client
from tests.benchmarks.cloud.bench import SMALL_BYTES, Bench
from tests.benchmarks.cloud.ours import ROOT, Cloud, start_cloud
from tests.benchmarks.cloud.table import OURS, Goal, Measure
from tests.rig.postgres import Cluster

_ONE = "one process"
_CREATEDB = Path("/usr/lib/postgresql")


def workers(bench: Bench) -> list[Measure]:
    """Small PUT and GET, and signed quota requests, a second; ours are two processes."""
    grows = (Goal(_ONE, "more", lambda ours, its: ours > its),)
    names = ("PUT of 4 KiB", "GET of 4 KiB", "signed quota")
    measures = [Measure(f"{name} on PostgreSQL, 2 processes", "1/s", grows) for name in names]
    measures[0].notes.append("client and database have the same cores; nobody waits for the disk")
    measures[0].notes.append("uploads of one account take turns at its volume, in any process")
    if not _CREATEDB.is_dir() and shutil.which("initdb") is None:
        measures[0].notes.append("PostgreSQL is not installed: not measured")
        return measures
    with _cluster(bench) as cluster, cluster.database() as one, cluster.database() as two:
        clouds = {
            OURS: _start(bench, "two", cluster.url(two), 2),
            _ONE: _start(bench, "one", cluster.url(one), 1),
        }
        for number in bench.rounds(*measures):
            for who, cloud in clouds.items():
                for measure, rate in zip(measures, _rates(bench, cloud, number), strict=True):
                    measure.add(who, rate)
        for cloud in clouds.values():
            cloud.process.end()
    return measures


@contextlib.contextmanager
def _cluster(bench: Bench) -> Iterator[Cluster]:
    bench.home.chmod(0o711)  # PostgreSQL may run as somebody else
    cluster = Cluster(bench.folder("postgresql"))
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()


def _start(bench: Bench, name: str, url: str, count: int) -> Cloud:
    return start_cloud(bench, name, "--database-url", url, "--workers", str(count))


def _rates(bench: Bench, cloud: Cloud, number: int) -> Iterator[float]:
    count, body = bench.sizes.small, secrets.token_bytes(SMALL_BYTES)
    targets = [f"/content/{ROOT}/{number}/{n}" for n in range(count)]
    puts = [
        cloud.request("PUT", target, n.to_bytes(8, "big") + body[8:])
        for n, target in enumerate(targets)
    ]
    yield client.rate(cloud.port, puts)
    yield client.rate(cloud.port, [cloud.request("GET", target) for target in targets])
    yield client.rate(cloud.port, [cloud.request("GET", "/api/quota/") for _ in targets])

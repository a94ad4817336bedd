"""Whether the rate grows with processes: one and two of them on PostgreSQL."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.cloud import client
from tests.benchmarks.cloud.bench import SMALL_BYTES, Bench
from tests.benchmarks.cloud.ours import ROOT, Cloud, for_another, start_cloud
from tests.benchmarks.cloud.table import OURS, Goal, Measure
from tests.rig.postgres import Cluster

_ONE = "one process"
_ACCOUNTS = 4  # uploads of one account take turns at its volume, in any process
_CREATEDB = Path("/usr/lib/postgresql")


def workers(bench: Bench) -> list[Measure]:
    """Small PUT and GET, and signed quota requests, a second; ours are two processes."""
    grows = (Goal(_ONE, "more", lambda ours, its: ours > its),)
    names = ("PUT of 4 KiB", "GET of 4 KiB", "signed quota")
    measures = [Measure(f"{name} on PostgreSQL, 2 processes", "1/s", grows) for name in names]
    measures[0].notes.append("client and database have the same cores; nobody waits for the disk")
    measures[0].notes.append(f"the requests of {_ACCOUNTS} accounts in turn")
    if not _CREATEDB.is_dir() and shutil.which("initdb") is None:
        measures[0].notes.append("PostgreSQL is not installed: not measured")
        return measures
    with _cluster(bench) as cluster, cluster.database() as one, cluster.database() as two:
        clouds = {
            OURS: _start(bench, "two", cluster.url(two), 2),
            _ONE: _start(bench, "one", cluster.url(one), 1),
        }
        for number in bench.rounds(*measures):
            for who, accounts in clouds.items():
                for measure, rate in zip(measures, _rates(bench, accounts, number), strict=True):
                    measure.add(who, rate)
        for accounts in clouds.values():
            accounts[0].process.end()
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


def _start(bench: Bench, name: str, url: str, count: int) -> list[Cloud]:
    """One server, as each of its accounts sees it."""
    options = ("--database-url", url, "--workers", str(count))
    first = start_cloud(bench, name, *options)
    emails = (f"account{n}@example.com" for n in range(1, _ACCOUNTS))
    return [first, *(for_another(bench, first, email, *options) for email in emails)]


def _rates(bench: Bench, accounts: list[Cloud], number: int) -> Iterator[float]:
    count, body = bench.sizes.shared, secrets.token_bytes(SMALL_BYTES)
    asked = [(accounts[n % len(accounts)], f"/content/{ROOT}/{number}/{n}") for n in range(count)]
    puts = [
        cloud.request("PUT", target, n.to_bytes(8, "big") + body[8:])
        for n, (cloud, target) in enumerate(asked)
    ]
    port = accounts[0].port
    yield client.rate(port, puts)
    yield client.rate(port, [cloud.request("GET", target) for cloud, target in asked])
    yield client.rate(port, [cloud.request("GET", "/api/quota/") for cloud, _ in asked])

"""What a signature costs: quota requests, signed and not."""

from __future__ import annotations

from tests.benchmarks.cloud import client
from tests.benchmarks.cloud.bench import CONNECTIONS, Bench
from tests.benchmarks.cloud.ours import plain, start_cloud
from tests.benchmarks.cloud.table import OURS, Measure, at_least

_UNSIGNED = "the handler unsigned"
_TARGET = "/api/quota/"


def signed(bench: Bench) -> list[Measure]:
    """Quota requests a second beside the same handler without its signature."""
    found = Measure(f"signed quota, {CONNECTIONS} connections", "1/s", (at_least(0.5, _UNSIGNED),))
    cloud = start_cloud(bench, "cloud")
    other = start_cloud(bench, "unsigned")
    other.process.end()
    process = bench.started.module("tests.benchmarks.cloud.unsigned_quota", str(other.data))
    port = int(process.wait_for_line("listening on").rpartition(":")[2])
    for _ in bench.rounds(found):
        requests = [cloud.request("GET", _TARGET) for _ in range(bench.sizes.small)]
        found.add(OURS, client.rate(cloud.port, requests))
        found.add(_UNSIGNED, client.rate(port, [plain(port, "GET", _TARGET)] * len(requests)))
    return [found]

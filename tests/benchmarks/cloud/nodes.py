"""What must not depend on the number of nodes, and the listing, which must."""

from __future__ import annotations

import json
import statistics
import time
from typing import Any

from tests.benchmarks.cloud import client
from tests.benchmarks.cloud.bench import Bench
from tests.benchmarks.cloud.bulk import FILES_IN_A_DIRECTORY, add_volume
from tests.benchmarks.cloud.ours import API, Cloud, serve_cloud, start_cloud
from tests.benchmarks.cloud.table import OURS, Goal, Measure

_REQUESTS = 200
_LISTINGS = 5
_BARE = "bare JSON encoding"


def nodes(bench: Bench) -> list[Measure]:
    """One node and a one-node delta over volumes of all sizes; a listing beside JSON itself."""
    cloud = start_cloud(bench, "cloud")
    cloud.process.end()
    for size in bench.sizes.volumes:
        add_volume(cloud.data, _volume(size), size, FILES_IN_A_DIRECTORY)
    add_volume(cloud.data, "~/wide", bench.sizes.children, bench.sizes.children)
    running = serve_cloud(bench, cloud.data)
    running.credentials = cloud.credentials
    node = Measure("node GET, by nodes in the volume", "ms", _flat(bench))
    delta = Measure("one-node delta, by nodes in the volume", "ms", _flat(bench))
    listing = Measure(
        f"listing of {bench.sizes.children}, a child",
        "us",
        (Goal(_BARE, "<= 3 us more", lambda ours, its: ours <= its + 3),),
    )
    for _ in bench.rounds(node, delta, listing):
        for size in bench.sizes.volumes:
            for measure, target in ((node, _node(size)), (delta, _delta(running, size))):
                measure.add(_who(bench, size), 1e3 * _seconds(running, target, _REQUESTS))
        _list(running, bench.sizes.children, listing)
    return [node, delta, listing]


def _flat(bench: Bench) -> tuple[Goal, ...]:
    """Ours is the largest volume, held to the smallest."""
    return (
        Goal(_who(bench, bench.sizes.volumes[0]), "<= 1.5 x", lambda ours, its: ours <= 1.5 * its),
    )


def _who(bench: Bench, size: int) -> str:
    return OURS if size == bench.sizes.volumes[-1] else f"{size} nodes"


def _volume(size: int) -> str:
    return f"~/n{size}"


def _node(size: int) -> str:
    directory = size // FILES_IN_A_DIRECTORY // 2
    return f"{API}/{_volume(size)}/{directory}/{FILES_IN_A_DIRECTORY // 2}"


def _delta(cloud: Cloud, size: int) -> str:
    target = f"{API}/volumes/{_volume(size)}"
    found: Any = cloud.json(target)
    return f"{target}?from_generation={found['generation'] - 1}"


def _seconds(cloud: Cloud, target: str, times: int) -> float:
    """The median time of one request over one connection."""
    requests = [cloud.request("GET", target) for _ in range(times)]
    with client.connect(cloud.port) as wire:
        return statistics.median(client.seconds_of(wire, request) for request in requests)


def _list(cloud: Cloud, children: int, listing: Measure) -> None:
    target = f"{API}/~/wide/0?include_children=true"
    found: Any = cloud.json(target)
    assert len(found["children"]) == children
    listing.add(OURS, 1e6 * _seconds(cloud, target, _LISTINGS) / children)
    started = time.perf_counter()
    for _ in range(_LISTINGS):
        json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    listing.add(_BARE, 1e6 * (time.perf_counter() - started) / _LISTINGS / children)

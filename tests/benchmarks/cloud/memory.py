"""How large the server gets: the most it ever had resident, work after work."""

from __future__ import annotations

import re
import secrets
import socket
from pathlib import Path

from tests.benchmarks.cloud import client, together
from tests.benchmarks.cloud.bench import CONNECTIONS, Bench
from tests.benchmarks.cloud.bulk import add_volume
from tests.benchmarks.cloud.ours import API, ROOT, Cloud, serve_cloud, start_cloud
from tests.benchmarks.cloud.table import OURS, Measure, below
from u1tray.server.api.batch.limits import MAX_BYTES, MAX_CONTENT_BYTES, MAX_OPERATIONS
from u1tray.server.changes.hub import MAX_STREAMS_OF_A_TOKEN

_LIMIT_MIB = 100
_PIECE_BYTES = 1024 * 1024
# Of one file in a full batch: in the database, and as a blob.
_BATCHED_BYTES = (MAX_BYTES // MAX_OPERATIONS, 32 * 1024, MAX_CONTENT_BYTES)


def memory(bench: Bench) -> list[Measure]:
    """The high-water mark after a log-in, large files, a long delta, batches, change streams."""
    size, streams, delta = 2 * bench.sizes.large, bench.sizes.streams, bench.sizes.delta
    works = {
        "log-in": _log_in,
        f"{size >> 20} MiB PUT and GET": lambda cloud: _large(cloud, size),
        f"delta of {delta} nodes": _delta,
        f"{CONNECTIONS} full batches at once": _batches,
        f"{streams} change streams": lambda cloud: _streams(cloud, streams),
    }
    measures = {
        name: Measure(f"memory after {name}", "MiB", (below(_LIMIT_MIB),)) for name in works
    }
    made = start_cloud(bench, "cloud")
    made.process.end()
    add_volume(made.data, "~/delta", delta, delta)
    for _ in bench.rounds(*measures.values()):
        cloud = serve_cloud(bench, made.data)
        for name, work in works.items():
            work(cloud)
            measures[name].add(OURS, _peak_mib(cloud))
        cloud.process.end()
    return list(measures.values())


def _log_in(cloud: Cloud) -> None:
    cloud.log_in()


def _large(cloud: Cloud, size: int) -> None:
    target = f"/content/{ROOT}/large"
    piece = secrets.token_bytes(_PIECE_BYTES)
    pieces = (n.to_bytes(8, "big") + piece[8:] for n in range(size // len(piece)))
    client.put(cloud.port, cloud.head("PUT", target, size), pieces)
    client.get(cloud.port, cloud.head("GET", target), size)


def _delta(cloud: Cloud) -> None:
    cloud.json(f"{API}/volumes/~/delta?from_generation=0")


def _batches(cloud: Cloud) -> None:
    """Up and down, two for each connection."""
    for size in _BATCHED_BYTES:
        batches = [
            [
                together.File(f"{ROOT}/{size}/{batch}/{n}", secrets.token_bytes(size))
                for n in range(MAX_BYTES // size)
            ]
            for batch in range(2 * CONNECTIONS)
        ]
        client.rate(cloud.port, [together.upload(cloud, batch) for batch in batches])
        client.rate(cloud.port, [together.download(cloud, batch) for batch in batches])


def _streams(cloud: Cloud, count: int) -> None:
    """All of them greeted, then all told of a change."""
    wires = [client.connect(cloud.port) for _ in range(count)]
    try:
        for number, wire in enumerate(wires):
            if number % MAX_STREAMS_OF_A_TOKEN == 0:
                cloud.log_in(f"device {number}")
            wire.sendall(cloud.head("GET", f"{API}/changes"))
        for wire in wires:
            _read_until(wire, b"event: hello")
        with client.connect(cloud.port) as wire:
            body = secrets.token_bytes(100)
            client.seconds_of(wire, cloud.request("PUT", f"/content/{ROOT}/news", body))
        for wire in wires:
            _read_until(wire, b"event: generation")
    finally:
        for wire in wires:
            wire.close()


def _read_until(wire: socket.socket, wanted: bytes) -> None:
    read = b""
    while wanted not in read:
        came = wire.recv(64 * 1024)
        assert came, read[:500]
        read += came


def _peak_mib(cloud: Cloud) -> float:
    """The largest resident set so far (proc(5), VmHWM)."""
    text = Path(f"/proc/{cloud.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", text)
    assert found
    return int(found[1]) / 1024

"""Measures the cloud beside the smallest server that moves and hashes the same bytes.

    python -m tests.benchmarks.cloud [--quick] [--rounds N]

One run, alternating, files on tmpfs, medians after a dropped first round. Prints a table with
the goals; exit code 1 when one is missed. Not a test: figures need a quiet machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.figures import Figure, table
from tests.rig.cloud import EMAIL, PASSWORD, start_cloud
from tests.rig.environment import scrubbed
from tests.rig.processes import Process, Processes, processes
from tests.server.files.client import API
from tests.server.raw import Connection, connect
from u1tray.rest.signing import authorization
from u1tray.vocabulary.credentials import Credentials

TMPFS = Path("/dev/shm")
CONNECTIONS = 8
SMALL_BYTES = 4096
_READ_BYTES = 1024 * 1024
BARE = "tests.benchmarks.bare_store"


@dataclass(frozen=True)
class Sizes:
    """How much is moved in one round."""

    large: int
    small: int  # files of SMALL_BYTES
    children: int


@dataclass
class Store:
    """One of the two servers; without credentials it is the bare one."""

    process: Process
    port: int
    credentials: Credentials | None = None

    def head(self, method: str, target: str, length: int | None = None) -> bytes:
        """A request up to its body."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        if length is not None:
            lines.append(f"Content-Length: {length}")
        if self.credentials is not None:
            url = f"http://127.0.0.1:{self.port}{target}"
            nonce, now = secrets.token_hex(8), int(time.time())
            header = authorization(method, url, self.credentials, nonce=nonce, timestamp=now)
            lines.append(f"Authorization: {header}")
        return "\r\n".join([*lines, "", ""]).encode()

    async def ask(self, wire: Connection, method: str, target: str, body: bytes | None = None):
        """The answer over an open connection."""
        length = None if body is None else len(body)
        await wire.send(self.head(method, target, length) + (body or b""))
        reply = await wire.reply()
        assert reply.status in (200, 201), reply
        return reply

    def forget_peak(self) -> None:
        """Count the peak from now on: checking a password takes 64 MiB by design."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def peak_mib(self) -> float:
        """The largest resident set so far (proc(5), VmHWM)."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", text)
        assert found
        return int(found[1]) / 1024


def figures() -> dict[str, Figure]:
    """The rows of the table, by name."""

    def within(factor: float):
        return lambda ours, bare: bare is not None and ours <= factor * bare

    def shown(_ours: float, _bare: float | None) -> bool:
        return True

    rows = {
        "put": ("large PUT", "s", "<= 1.4 x bare", within(1.4)),
        "get": ("large GET", "s", "<= 1.2 x bare", within(1.2)),
        "small put": (f"PUT of {SMALL_BYTES} bytes, 8 connections", "1/s", "-", shown),
        "small get": (f"GET of {SMALL_BYTES} bytes, 8 connections", "1/s", "-", shown),
        "quota": ("signed quota requests, 8 connections", "1/s", "-", shown),
        "node": ("node GET among many, one connection", "ms", "-", shown),
        "delta": ("delta of one node", "ms", "-", shown),
        "list": ("listing, a child", "us", "-", shown),
        "memory": ("largest resident set", "MiB", "< 100 MiB", lambda ours, _bare: ours < 100),
    }
    return {name: Figure(*row) for name, row in rows.items()}


async def measure(found: dict[str, Figure], ours: Store, bare: Store, sizes: Sizes) -> None:
    """One round: each row on the one, then on the other."""
    for store, values in ((ours, "ours"), (bare, "bare")):
        content = "/content/~/Ubuntu%20One" if store is ours else ""
        put, get = await large(store, f"{content}/large", sizes.large)
        getattr(found["put"], values).append(put)
        getattr(found["get"], values).append(get)
        body = secrets.token_bytes(SMALL_BYTES)

        async def upload(wire: Connection, n: int, s=store, c=content, b=body) -> None:
            await s.ask(wire, "PUT", f"{c}/small/{n}", n.to_bytes(4, "big") + b[4:])

        async def download(wire: Connection, n: int, s=store, c=content) -> None:
            await s.ask(wire, "GET", f"{c}/small/{n}")

        getattr(found["small put"], values).append(await rate(store, upload, sizes.small))
        getattr(found["small get"], values).append(await rate(store, download, sizes.small))

    async def quota(wire: Connection, _n: int) -> None:
        await ours.ask(wire, "GET", "/api/quota/")

    found["quota"].ours.append(await rate(ours, quota, sizes.small))
    await many_nodes(found, ours, sizes)
    found["memory"].ours.append(ours.peak_mib())


async def large(store: Store, target: str, size: int) -> tuple[float, float]:
    """Seconds to put and to get `size` fresh bytes."""
    wire = await connect("127.0.0.1", store.port)
    piece = secrets.token_bytes(_READ_BYTES)
    started = time.perf_counter()
    await wire.send(store.head("PUT", target, size))
    for _ in range(size // len(piece)):
        await wire.send(piece)
    assert (await wire.reply()).status in (200, 201)
    middle = time.perf_counter()
    await wire.send(store.head("GET", target))
    head = await wire.reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in head
    left = size
    while left:
        left -= len(await wire.reader.read(_READ_BYTES))
    ended = time.perf_counter()
    await wire.close()
    return middle - started, ended - middle


async def rate(
    store: Store, one: Callable[[Connection, int], Awaitable[None]], count: int
) -> float:
    """Requests a second over CONNECTIONS connections."""

    async def run(start: int) -> None:
        wire = await connect("127.0.0.1", store.port)
        for number in range(start, count, CONNECTIONS):
            await one(wire, number)
        await wire.close()

    started = time.perf_counter()
    await asyncio.gather(*(run(start) for start in range(CONNECTIONS)))
    return count / (time.perf_counter() - started)


async def many_nodes(found: dict[str, Figure], ours: Store, sizes: Sizes) -> None:
    """What must not depend on the number of nodes, and the listing, which must."""
    wire = await connect("127.0.0.1", ours.port)
    node = f"{API}/~/Ubuntu%20One/small/0"
    generation = (await ours.ask(wire, "GET", node)).json["generation"]
    volume = f"{API}/volumes/~/Ubuntu%20One"
    delta = (
        f"{volume}?from_generation={(await ours.ask(wire, 'GET', volume)).json['generation'] - 1}"
    )
    assert generation > 0
    for name, target, unit in (
        ("node", node, 1e3),
        ("delta", delta, 1e3),
        ("list", f"{API}/~/Ubuntu%20One/small?include_children=true", 1e6 / sizes.small),
    ):
        started = time.perf_counter()
        times = 20
        for _ in range(times):
            await ours.ask(wire, "GET", target)
        found[name].ours.append((time.perf_counter() - started) / times * unit)
    whole = await ours.ask(wire, "GET", f"{volume}?from_generation=0")
    assert len(whole.json["delta"]["nodes"]) >= sizes.small
    await wire.close()


async def log_in(store: Store) -> Credentials:
    """A token of the account that the rig made."""
    wire = await connect("127.0.0.1", store.port)
    body = json.dumps({"email": EMAIL, "password": PASSWORD, "token_name": "benchmark"})
    reply = await store.ask(wire, "POST", "/api/v2/tokens/oauth", body.encode())
    await wire.close()
    found = reply.json
    return Credentials(
        "benchmark",
        found["consumer_key"],
        found["token_key"],
        found["consumer_secret"],
        found["token_secret"],
    )


async def run(started: Processes, home: Path, rounds: int, sizes: Sizes) -> dict[str, Figure]:
    """Both servers, `rounds` rounds and a dropped one before."""
    cloud = start_cloud(started, home, quota="100GB")
    ours = Store(cloud.process, int(cloud.url.rpartition(":")[2]))
    ours.credentials = await log_in(ours)
    ours.forget_peak()
    folder = home / "bare"
    folder.mkdir()
    process = started.start(sys.executable, "-m", BARE, str(folder))
    bare = Store(process, int(process.wait_for_line("listening on").split()[-1]))
    await measure(figures(), ours, bare, sizes)
    found = figures()
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        await measure(found, ours, bare, sizes)
    return found


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    sizes = Sizes(2**27, 1000, 1000) if options.quick else Sizes(2**30, 10_000, 10_000)
    home = Path(tempfile.mkdtemp(prefix="u1-", dir=TMPFS if TMPFS.is_dir() else None))
    try:
        (home / "logs").mkdir()
        with processes(scrubbed(home), home / "logs") as started:
            found = asyncio.run(run(started, home, options.rounds, sizes))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    rows = list(found.values())
    print(f"{sizes.large >> 20} MiB large, {sizes.small} small files; durability = full")
    print(table(rows))
    return 0 if all(row.kept for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

"""The smallest server that does the same work with contents: receives, hashes thrice, writes.

    python -m tests.benchmarks.cloud.bare_store DIR full|relaxed

Knows no accounts, no signatures and no metadata. Prints its port. GET is sendfile.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import sys
from pathlib import Path

_BATCH_BYTES = 1024 * 1024


async def answer(
    folder: Path, syncs: bool, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """All requests of a connection."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            method, target, _ = head[0].split(" ")
            lengths = [line.split(":")[1] for line in head if line.startswith("Content-Length")]
            path = folder / target.strip("/").replace("/", "-")
            if method == "PUT":
                await receive(reader, path, int(lengths[0]), syncs)
                writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
            else:
                with path.open("rb") as file:
                    size = os.fstat(file.fileno()).st_size
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
                    await asyncio.get_running_loop().sendfile(writer.transport, file)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def receive(reader: asyncio.StreamReader, path: Path, left: int, syncs: bool) -> None:
    """Write beside, fsync, rename, as the cloud does."""
    hashes = (hashlib.sha256(), hashlib.sha1(), hashlib.sha1(b"Ubuntu One"))
    beside = path.with_name(secrets.token_hex(8))
    loop = asyncio.get_running_loop()
    with beside.open("wb", buffering=0) as file:

        def work(batch: list[bytes]) -> None:
            for chunk in batch:
                for one in hashes:
                    one.update(chunk)
                file.write(chunk)

        running: asyncio.Future[None] | None = None
        batch: list[bytes] = []
        waiting = 0
        while left:
            chunk = await reader.read(min(left, _BATCH_BYTES))
            if not chunk:
                raise asyncio.IncompleteReadError(b"", left)
            left -= len(chunk)
            waiting += len(chunk)
            batch.append(chunk)
            if waiting >= _BATCH_BYTES or not left:
                if running is not None:
                    await running
                running = loop.run_in_executor(None, work, batch)
                batch, waiting = [], 0
        if running is not None:
            await running
        if syncs:
            await loop.run_in_executor(None, os.fsync, file.fileno())
    beside.rename(path)


async def main() -> None:
    folder, syncs = Path(sys.argv[1]), sys.argv[2] == "full"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(folder, syncs, reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=_BATCH_BYTES)
    print("listening on", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())

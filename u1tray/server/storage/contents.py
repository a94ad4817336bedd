"""Receives contents from the wire and opens them again, without holding the event loop up.

Hashes are computed and blobs written in threads, beside the socket.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import BinaryIO

from u1tray.server.files.values import Fingerprint
from u1tray.server.storage.blobs.protocol import Blobs, BlobWriter

# A file costs a hundred times as long to store as a row.
MAX_INLINE_BYTES = 32 * 1024
_BATCH_BYTES = 1024 * 1024  # what one thread gets at once, while the next is received
_THREADS = 8
_MAGIC_PREFIX = b"Ubuntu One"


@dataclass(frozen=True)
class Received:
    """A whole content. `data` is None where it is in the store, durably."""

    fingerprint: Fingerprint
    data: bytes | None = field(repr=False)


class ContentStore:
    """Contents on their way in and out."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._threads = ThreadPoolExecutor(_THREADS, "content")

    async def receive(self, chunks: AsyncIterator[bytes], check: Callable[[int], None]) -> Received:
        """All of a content. `check` is told how many bytes came and may raise to end it.

        Whatever ends it early, nothing of it is kept. Raises QuotaError when the disk is full.
        """
        loop = asyncio.get_running_loop()
        intake = _Intake(self._blobs)
        running: asyncio.Future[None] | None = None
        batch: list[bytes] = []
        waiting = received = 0
        try:
            async for chunk in chunks:
                received += len(chunk)
                check(received)
                batch.append(chunk)
                waiting += len(chunk)
                if waiting >= _BATCH_BYTES:
                    if running is not None:
                        await running
                    running = loop.run_in_executor(self._threads, intake.absorb, batch)
                    batch, waiting = [], 0
            if received <= MAX_INLINE_BYTES:
                data = b"".join(batch)
                intake.hash(data)
                return Received(intake.fingerprint(), data)
            if running is not None:
                await running
            running = loop.run_in_executor(self._threads, intake.finish, batch)
            await running
            return Received(intake.fingerprint(), None)
        except BaseException:
            await asyncio.shield(self._discard(intake, running))
            raise

    async def open(self, sha256: bytes) -> BinaryIO:
        """The file of a content that is not inline. Raises FileNotFoundError."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._blobs.open, sha256)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    async def _discard(self, intake: _Intake, running: asyncio.Future[None] | None) -> None:
        if running is not None:
            await asyncio.wait([running])
        await asyncio.get_running_loop().run_in_executor(self._threads, intake.discard)


class _Intake:
    """The hashes and the blob of one content. Used by one thread at a time."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._writer: BlobWriter | None = None
        self._sha256 = hashlib.sha256()
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._magic = hashlib.sha1(_MAGIC_PREFIX, usedforsecurity=False)
        self._size = 0

    def absorb(self, batch: list[bytes]) -> None:
        if self._writer is None:
            self._writer = self._blobs.writer()
        for chunk in batch:
            self.hash(chunk)
            self._writer.write(chunk)

    def hash(self, chunk: bytes) -> None:
        self._sha256.update(chunk)
        self._sha1.update(chunk)
        self._magic.update(chunk)
        self._size += len(chunk)

    def finish(self, batch: list[bytes]) -> None:
        self.absorb(batch)
        assert self._writer is not None
        self._writer.keep(self._sha256.digest())
        self._writer = None

    def discard(self) -> None:
        if self._writer is not None:
            self._writer.discard()
            self._writer = None

    def fingerprint(self) -> Fingerprint:
        return Fingerprint(
            self._sha256.digest(), self._sha1.digest(), self._magic.digest(), self._size
        )

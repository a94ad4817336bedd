"""Receives contents from the wire and opens them again, without holding the event loop up.

Hashes are computed and blobs written in threads, beside the socket.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import accumulate
from typing import IO

from u1tray.server.files.values import Brought, Fingerprint
from u1tray.server.messages.response import FilePart, SourcePart
from u1tray.server.storage.blob_source import BlobSource
from u1tray.server.storage.blobs.protocol import Blobs
from u1tray.server.storage.disk import disk_errors
from u1tray.server.storage.hashing import fingerprint_of
from u1tray.server.storage.intake import Intake, Intakes
from u1tray.server.storage.threads import in_thread

# A file costs a hundred times as long to store as a row.
MAX_INLINE_BYTES = 32 * 1024
_THREADS = 8
_READERS = 16


@dataclass(frozen=True)
class Received:
    """A whole content. `data` is None where it is in the store, durably."""

    fingerprint: Fingerprint
    data: bytes | None = field(repr=False)


class ContentStore:
    """Contents on their way in and out."""

    def __init__(self, blobs: Blobs) -> None:
        self.blobs = blobs
        self._threads = ThreadPoolExecutor(_THREADS, "content")
        self._intakes = Intakes(blobs, self._threads)
        # Writers and readers may wait for an object store, but not for each other.
        self._readers = ThreadPoolExecutor(_READERS, "content-reader")

    async def receive(
        self, chunks: AsyncGenerator[bytes, None], check: Callable[[int], None]
    ) -> Received:
        """All of a content. `check` is told how many bytes came and may raise to end it.

        Whatever ends it early, nothing of it is kept. Raises QuotaError when the disk is full.
        """
        received, small = 0, list[bytes]()
        intake = None
        try:
            async with contextlib.aclosing(chunks):
                async for chunk in chunks:
                    received += len(chunk)
                    check(received)
                    small.append(chunk)
                    if received > MAX_INLINE_BYTES:
                        intake = intake or Intake(self._intakes)
                        await intake.put(b"".join(small) if len(small) > 1 else chunk)
                        small.clear()
            if intake is None:
                data = b"".join(small)
                return Received(fingerprint_of(data), data)
            return Received(await intake.finish(), None)
        except BaseException:
            if intake is not None:
                await asyncio.shield(intake.discard())
            raise

    async def take_in(self, file: IO[bytes], offset: int, sizes: Sequence[int]) -> list[Brought]:
        """The contents of these sizes that begin at an offset; none is in the store by that.

        Raises BusyError.
        """
        return await in_thread(self._threads, _take_in, file, offset, sizes)

    async def read(self, sha256: bytes, size: int) -> bytes:
        """All `size` bytes of a content that is not inline, and not large.

        Raises FileNotFoundError, BusyError, also where there are fewer.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, _read, self.blobs, sha256, size)

    async def open(
        self, sha256: bytes, offset: int, count: int, *, is_wanted: bool = True
    ) -> FilePart | SourcePart:
        """These bytes of a content that is not inline; nobody fetches what is not wanted.

        Raises FileNotFoundError, BusyError.
        """
        loop = asyncio.get_running_loop()
        file = await loop.run_in_executor(self._readers, self.blobs.file, sha256)
        if file is not None:
            return FilePart(file, offset, count)
        fetched = count if is_wanted else 0
        source = BlobSource(self._readers, self.blobs, sha256, offset, fetched)
        try:
            # Once the answer is begun it cannot be a 503 any more.
            await source.begin()
        except BaseException:
            source.close()
            raise
        return SourcePart(source, count)

    def is_stored(self, sha256: bytes) -> bool:
        """Whether a blob is there. Blocks. Raises BusyError."""
        return self.blobs.find(sha256) is not None

    async def probe(self) -> None:
        """See whether the store of blobs answers. Raises BusyError, QuotaError."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._readers, self.blobs.probe)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()
        self._readers.shutdown()
        self.blobs.close()


def _take_in(file: IO[bytes], offset: int, sizes: Sequence[int]) -> list[Brought]:
    # In one piece of memory, which goes back to the system: many small ones leave gaps.
    with disk_errors():
        file.seek(offset)  # wherever a read that failed has left it
        whole = memoryview(file.read(sum(sizes)))
    ends = accumulate(sizes)
    contents = (whole[end - size : end] for size, end in zip(sizes, ends, strict=True))
    return [(fingerprint_of(data), data) for data in contents]


def _read(blobs: Blobs, sha256: bytes, size: int) -> bytes:
    return b"".join(blobs.read(sha256, 0, size))

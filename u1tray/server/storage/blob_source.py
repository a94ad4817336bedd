"""A blob that is no file, on its way out: one piece is sent while the next is fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Executor

from u1tray.server.storage.blobs.protocol import Blobs


class BlobSource:
    """Bytes of a blob, piece by piece. At most two pieces are in memory."""

    def __init__(
        self, threads: Executor, blobs: Blobs, sha256: bytes, offset: int, count: int
    ) -> None:
        self._threads = threads
        self._pieces = self._read(blobs, sha256, offset, count)
        self._next = self._fetch()

    async def begin(self) -> None:
        """Wait for the first piece. Raises FileNotFoundError, BusyError."""
        await asyncio.wait([self._next])
        self._next.result()

    async def next(self) -> bytes | None:
        """The next piece; None behind the last. Raises FileNotFoundError, BusyError."""
        piece = await asyncio.shield(self._next)
        if piece is not None:
            self._next = self._fetch()
        return piece

    def close(self) -> None:
        """Fetch no more; what is being fetched is dropped when it comes."""
        self._next.add_done_callback(_drop)

    def _fetch(self) -> asyncio.Future[bytes | None]:
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._threads, next, self._pieces, None)

    def _read(self, blobs: Blobs, sha256: bytes, offset: int, count: int) -> Iterator[bytes]:
        # Not called before the first piece is fetched, in a thread.
        yield from blobs.read(sha256, offset, count)


def _drop(fetched: asyncio.Future[bytes | None]) -> None:
    if not fetched.cancelled():
        fetched.exception()  # nobody needs to hear of it any more

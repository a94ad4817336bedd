"""Receives the bytes of one PATCH: written in threads, promised from time to time.

So a killed process loses a few seconds of what came, and what came before a broken connection
is kept whole (REST contract, 16.3).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.storage.partials.protocol import Leased
from u1tray.server.storage.threads import in_thread
from u1tray.server.uploads import rules
from u1tray.server.uploads.values import Upload

logger = logging.getLogger(__name__)

_BATCH_BYTES = 1024 * 1024  # what one thread gets at once, while the next is received
PROMISE_BYTES = 32 * 1024 * 1024
PROMISE_INTERVAL_S = 5.0

# Notes in the database that so many bytes are on stable storage.
Promise = Callable[[int], Awaitable[None]]


class Appending:
    """The bytes of one upload from an offset on. `end` is how many have come, with those before."""

    def __init__(
        self, leased: Leased, upload: Upload, promise: Promise, threads: ThreadPoolExecutor
    ) -> None:
        self.end = upload.received
        self._leased = leased
        self._length = upload.length
        self._promise = promise
        self._threads = threads
        self._promised = upload.received
        self._promised_at = asyncio.get_running_loop().time()
        self._batch: list[bytes] = []
        self._waiting = 0
        self._writing: asyncio.Future[None] | None = None
        self._ahead: asyncio.Future[None] | None = None

    async def receive(self, chunks: AsyncGenerator[bytes, None]) -> None:
        """All that comes. Raises Refusal `bad_request`, `too_large`; the former keeps what came."""
        try:
            async with contextlib.aclosing(chunks):
                async for chunk in chunks:
                    await self._take(chunk)
        except Refusal as refusal:
            if refusal.code is Code.BAD_REQUEST:
                await self.keep()
            raise
        except asyncio.CancelledError:
            await asyncio.shield(self.keep())
            raise
        await self._flush()
        await self._settle()

    async def keep(self) -> None:
        """Put what came on stable storage and promise it."""
        await self._flush()
        await self._settle()
        # The last byte is not promised: a client that has it all would not come again to commit.
        received = min(self.end, self._length - 1)
        if received > self._promised:
            await in_thread(self._threads, self._leased.sync)
            await self._promise(received)
            self._promised = received
        self._promised_at = asyncio.get_running_loop().time()
        self._work_ahead()

    async def close(self) -> None:
        """Wait for the thread that writes. What works ahead goes on beside the next request."""
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)

    async def _take(self, chunk: bytes) -> None:
        self.end += len(chunk)
        if self.end > self._length:
            raise rules.too_large(self._length)
        self._batch.append(chunk)
        self._waiting += len(chunk)
        if self._waiting >= _BATCH_BYTES:
            await self._flush()
        if self._is_due():
            await self.keep()

    def _is_due(self) -> bool:
        if self.end - self._promised >= PROMISE_BYTES:
            return True
        waited_s = asyncio.get_running_loop().time() - self._promised_at
        return waited_s >= PROMISE_INTERVAL_S

    async def _flush(self) -> None:
        await self._settle()
        batch, self._batch, self._waiting = self._batch, [], 0
        if batch:
            loop = asyncio.get_running_loop()
            self._writing = loop.run_in_executor(self._threads, self._leased.write, batch)

    async def _settle(self) -> None:
        if self._writing is not None:
            # Whoever is cancelled here waits for it in `close`.
            await asyncio.shield(self._writing)

    def _work_ahead(self) -> None:
        """Let a thread get ahead of the commit, one at a time."""
        if self._ahead is None or self._ahead.done():
            loop = asyncio.get_running_loop()
            self._ahead = loop.run_in_executor(
                self._threads, self._leased.work_ahead, self._promised
            )
            self._ahead.add_done_callback(_see)


def _see(ahead: asyncio.Future[None]) -> None:
    """What failed now is met again by the commit."""
    if not ahead.cancelled() and ahead.exception() is not None:
        logger.debug("an upload could not be hashed ahead: %s", ahead.exception())

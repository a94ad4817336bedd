"""A content on its way in: hashed and written by threads, beside the socket it comes from.

Two lanes work through the same chunks, each at its own pace: one hashes for the name of the blob
and writes it, the other takes the two hashes that the contract knows. They take equally long.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from u1tray.server.files.values import Fingerprint
from u1tray.server.storage.blobs.protocol import Blobs, BlobWriter
from u1tray.server.storage.hashing import Hashing
from u1tray.server.storage.threads import in_thread

# What all contents that come at once may keep waiting; each may have its _LEAST_BYTES.
WAITING_BYTES = 4 * 1024 * 1024
_LEAST_BYTES = 1024 * 1024
_START_BYTES = 512 * 1024  # handing over to a thread costs as much as hashing some 64 KiB
_GO_BYTES = 4 * 1024 * 1024  # so that a thread soon has time for others, too


class Intakes:
    """All contents that come in at the same time."""

    def __init__(self, blobs: Blobs, threads: ThreadPoolExecutor) -> None:
        self.blobs = blobs
        self.threads = threads
        self.count = 0

    def share(self) -> int:
        """How many bytes of one content may wait for the threads."""
        return max(_LEAST_BYTES, WAITING_BYTES // max(1, self.count))


class Intake:
    """One content. Used by the event loop; ends with `finish` or `discard`."""

    def __init__(self, intakes: Intakes) -> None:
        self.received = 0
        self._intakes = intakes
        self._hashing = Hashing()
        self._writer: BlobWriter | None = None
        lanes = (self._store, self._hashing.update_sha1s)
        self._lanes = [_Lane(intakes.threads, work) for work in lanes]
        intakes.count += 1

    async def put(self, chunk: bytes) -> None:
        """Go on with more bytes. Waits while too many wait. Raises what writing a blob raises."""
        self.received += len(chunk)
        for lane in self._lanes:
            lane.put(chunk)
        for lane in self._lanes:
            while lane.waiting > self._intakes.share():
                await lane.turn()

    async def finish(self) -> Fingerprint:
        """Make it a blob, durably. Raises as `put`."""
        for lane in self._lanes:
            await lane.finish()
        await in_thread(self._intakes.threads, self._keep)
        self._intakes.count -= 1
        return self._hashing.fingerprint()

    async def discard(self) -> None:
        """Leave nothing of it behind."""
        for lane in self._lanes:
            await lane.stop()
        await in_thread(self._intakes.threads, self._let_go)
        self._intakes.count -= 1

    def _store(self, chunk: bytes) -> None:
        if self._writer is None:
            self._writer = self._intakes.blobs.writer()
        self._hashing.update_sha256(chunk)
        self._writer.write(chunk)

    def _keep(self) -> None:
        assert self._writer is not None
        self._writer.keep(self._hashing.sha256())
        self._writer = None

    def _let_go(self) -> None:
        if self._writer is not None:
            self._writer.discard()
            self._writer = None


class _Lane:
    """Work on chunks in their order, by one thread at a time."""

    def __init__(self, threads: ThreadPoolExecutor, work: Callable[[bytes], None]) -> None:
        self._threads = threads
        self._work = work
        self._backlog: deque[bytes] = deque()
        self._put = 0
        self._done = 0  # written by the thread
        self._least = _START_BYTES
        self._is_stopped = False
        self._running: asyncio.Future[Any] | None = None
        self._error: BaseException | None = None

    @property
    def waiting(self) -> int:
        """How many bytes are not done."""
        return self._put - self._done

    def put(self, chunk: bytes) -> None:
        self._backlog.append(chunk)
        self._put += len(chunk)
        self._start()

    async def turn(self) -> None:
        """Wait until the thread looks up. Raises what the work raised."""
        if self._running is not None:
            await asyncio.wait([self._running])
        if self._error is not None:
            raise self._error

    async def finish(self) -> None:
        """Wait until all is done. Raises what the work raised."""
        self._least = 1
        self._start()
        while self._running is not None:
            await self.turn()
        await self.turn()

    async def stop(self) -> None:
        """Do no more than the chunk that a thread has in hand."""
        self._is_stopped = True
        while self._running is not None:
            await asyncio.wait([self._running])

    def _start(self) -> None:
        is_over = self._is_stopped or self._error is not None
        if self._running is None and not is_over and self.waiting >= self._least:
            loop = asyncio.get_running_loop()
            self._running = loop.run_in_executor(self._threads, self._go)
            self._running.add_done_callback(self._ended)

    def _go(self) -> None:
        last = self._done + _GO_BYTES
        while self._backlog and self._done < last and not self._is_stopped:
            chunk = self._backlog.popleft()
            self._work(chunk)
            self._done += len(chunk)

    def _ended(self, running: asyncio.Future[Any]) -> None:
        self._running = None
        self._error = running.exception()
        self._start()

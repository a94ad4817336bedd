"""The body of a request on aiohttp's wire."""

from __future__ import annotations

import asyncio
import contextlib
import io
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator
from pathlib import Path
from typing import IO

from aiohttp import web
from aiohttp.http import HttpVersion11
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError

from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.storage.disk import disk_errors
from u1tray.server.wire.room import Room

MAX_DRAINED_BYTES = 16 * 1024 * 1024
DRAIN_TIMEOUT_S = 5.0
STALL_TIMEOUT_S = 60.0
WHOLE_TIMEOUT_S = 120.0  # for bodies that are read as a whole: they are short
SHORT_BYTES = 64 * 1024  # no more than what is buffered anyway
_BROKEN = (RequestPayloadError, HttpProcessingError, ConnectionError)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class WireBody:
    """Reads a body, and asks for it first where the client waits for that."""

    def __init__(self, wire: web.BaseRequest, room: Room, directory: Path | None = None) -> None:
        self._wire = wire
        self._room = room
        self._directory = None if directory is None else str(directory)
        self._taken = 0
        self._is_continued = False

    @property
    def length(self) -> int | None:
        """The Content-Length, None without one."""
        return self._wire.content_length

    @property
    def is_chunked(self) -> bool:
        """Whether it comes in chunks."""
        return "chunked" in self._wire.headers.get("Transfer-Encoding", "").lower()

    @property
    def has_come(self) -> bool:
        """Whether all of it is here, as short ones are that were sent with their head."""
        content = self._wire.content
        return content.is_eof() and content.exception() is None

    async def read(self, limit: int) -> bytes:
        """All of it. Raises Refusal: `too_large` above `limit` bytes, `bad_request` if cut off.

        A longer one lies in a file until all of it has come and there is room for it, which is
        taken until `release`: slow clients hold neither memory nor each other up. Raises
        QuotaError `server_full`, BusyError `maintenance`.
        """
        async with self.spooled(limit) as file:
            with disk_errors():
                file.seek(0, io.SEEK_END)
                size = file.tell()
            await self.hold(size)
            with disk_errors():
                file.seek(0)
                return file.read()

    async def hold(self, size: int) -> None:
        """Wait for room for so many bytes until `release`, instead of what was held before.

        Nobody waits with something in hand, so nobody waits in a circle.
        """
        self.release()
        if size > SHORT_BYTES:
            self._taken = await self._room.take(size)

    @contextlib.asynccontextmanager
    async def spooled(self, limit: int) -> AsyncIterator[IO[bytes]]:
        """A file with all of it, on the disk if it is long. Raises as `read`.

        A client that has not sent all within WHOLE_TIMEOUT_S is cut off here.
        """
        too_large = Refusal(Code.TOO_LARGE, f"The body is larger than {limit} bytes.")
        if (self._wire.content_length or 0) > limit:
            raise too_large
        transport = self._wire.transport
        timer = None
        if transport is not None and not self._wire.content.is_eof():
            timer = asyncio.get_running_loop().call_later(WHOLE_TIMEOUT_S, transport.abort)
        size = 0
        with _spool(self._directory) as file:
            try:
                async with contextlib.aclosing(self.chunks()) as chunks:
                    async for chunk in chunks:
                        size += len(chunk)
                        if size > limit:
                            raise too_large
                        with disk_errors():
                            file.write(chunk)
            finally:
                if timer is not None:
                    timer.cancel()
            with disk_errors():
                file.seek(0)
            yield file

    def release(self) -> None:
        """What was read is needed no more."""
        taken, self._taken = self._taken, 0
        if taken:
            self._room.give_back(taken)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """What comes, as it comes. Raises Refusal `bad_request` if it is cut off.

        A client that sends nothing for STALL_TIMEOUT_S is cut off here.
        """
        if self.has_come:
            if whole := self._wire.content.read_nowait():
                yield whole  # there is nobody to ask and nothing to watch
            return
        await self._continue()
        watch = _Watch(self._wire)
        try:
            while chunk := await watch.of(self._wire.content.readany()):
                yield chunk
        except _BROKEN:
            # aiohttp tells of the break before what came ahead of it; resumable uploads keep that.
            if left := self._wire.content._read_nowait(-1):
                yield left
            raise Refusal(Code.BAD_REQUEST, "The body ended too early.") from None
        finally:
            watch.end()

    async def drain(self) -> bool:
        """Read what is left, so that the client gets to read its answer (2.1).

        False when something is left still: the connection can serve no other request.
        """
        content = self._wire.content
        if content.is_eof():
            return True
        if self._is_awaited():
            return False
        with contextlib.suppress(*_BROKEN, asyncio.TimeoutError):
            await asyncio.wait_for(self._discard(), DRAIN_TIMEOUT_S)
        return content.is_eof()

    async def _discard(self) -> None:
        discarded = 0
        while discarded < MAX_DRAINED_BYTES:
            chunk = await self._wire.content.readany()
            if not chunk:
                return
            discarded += len(chunk)

    async def _continue(self) -> None:
        transport = self._wire.transport
        if self._is_awaited() and transport is not None:
            self._is_continued = True
            transport.write(_CONTINUE)

    def _is_awaited(self) -> bool:
        """Whether the client waits for a word of ours before it sends the body."""
        expects = self._wire.headers.get("Expect", "").lower() == "100-continue"
        return expects and self._wire.version >= HttpVersion11 and not self._is_continued


@contextlib.contextmanager
def _spool(directory: str | None) -> Iterator[IO[bytes]]:
    """A file for what comes, on the disk once it is long."""
    file = tempfile.SpooledTemporaryFile(SHORT_BYTES, dir=directory)  # noqa: SIM115
    try:
        yield file
    finally:
        with contextlib.suppress(OSError):  # what it still buffers may not fit on the disk
            file.close()


class _Watch:
    """Ends the connection of a client that stopped sending. One timer, not one a chunk."""

    def __init__(self, wire: web.BaseRequest) -> None:
        self._wire = wire
        self._waits = 0
        self._seen = 0
        self._is_waiting = False
        self._timer: asyncio.TimerHandle | None = None
        self._look()

    async def of(self, reading: Awaitable[bytes]) -> bytes:
        """What is read; the time between two readings is ours, not the client's."""
        self._waits += 1
        self._is_waiting = True
        try:
            return await reading
        finally:
            self._is_waiting = False

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        transport = self._wire.transport
        if self._is_waiting and self._waits == self._seen and transport is not None:
            transport.abort()
            return
        self._seen = self._waits
        self._timer = asyncio.get_running_loop().call_later(STALL_TIMEOUT_S, self._look)

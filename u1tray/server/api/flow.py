"""A response of any length that is sent while it is made.

What is made lies in an unnamed file, so that a slow reader holds neither a snapshot of the
database nor much memory; one that leaves ends the making.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from u1tray.server.api.spool import MAX_MEMORY_BYTES
from u1tray.server.messages.response import Response, stream_response
from u1tray.vocabulary.errors import U1Error

logger = logging.getLogger(__name__)

# Makes the pieces of a body on a snapshot.
Make = Callable[[Connection], Iterator[bytes]]
# Runs a function of a connection in a thread: `Workers.read`.
Read = Callable[[Callable[[Connection], bytes | None]], Awaitable[bytes | None]]


async def flowing_response(read: Read, make: Make, content_type: str, directory: Path) -> Response:
    """200 with all pieces; a short one at once. Raises what `make` raises before much is made."""
    flow = _Flow(make, directory)
    try:
        await flow.begin(read)
    except BaseException:
        flow.close()
        raise
    if flow.whole is not None:
        flow.close()
        return Response(200, content_type, flow.whole)
    return stream_response(flow, content_type)


class _Flow:
    """A thread makes, the event loop sends; `_size` says how much of the file may be read."""

    def __init__(self, make: Make, directory: Path) -> None:
        self.whole: bytes | None = None
        self._make = make
        self._directory = directory
        self._file: BinaryIO | None = None
        self._size = 0
        self._is_lost = False
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._making: asyncio.Future[bytes | None] | None = None

    async def begin(self, read: Read) -> None:
        """Until all is made, or more than belongs into memory."""
        self._making = asyncio.ensure_future(read(self._fill))
        self._making.add_done_callback(lambda _done: self._news.set())
        await self._news.wait()
        if self._making.done():
            self.whole = self._making.result()

    def lose(self) -> None:
        """The client is gone."""
        self._is_lost = True
        self._news.set()

    def close(self) -> None:
        """Let go of the file once nobody writes any more."""
        self._is_lost = True
        if self._making is None or self._making.done():
            if self._file is not None:
                self._file.close()
            _look_at(self._making)
        else:
            self._making.add_done_callback(lambda _done: self.close())

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """What is made, as it is made. Raises ConnectionAbortedError when it cannot go on."""
        sent = 0
        assert self._making is not None
        while not self._is_lost:
            is_made = self._making.done()
            self._news.clear()
            if sent < self._size and self._file is not None:
                chunk = await asyncio.to_thread(
                    os.pread, self._file.fileno(), MAX_MEMORY_BYTES, sent
                )
                sent += len(chunk)
                yield chunk
            elif is_made:
                self._check()
                return
            else:
                await self._news.wait()

    def _check(self) -> None:
        assert self._making is not None
        error = self._making.exception()
        if error is not None:
            logger.error("a response broke off: %s", error, exc_info=_trace_of(error))
            message = "the rest of the response cannot be made"
            raise ConnectionAbortedError(message) from error

    def _fill(self, connection: Connection) -> bytes | None:
        """In the thread: all of a short body, None for one that lies in the file."""
        begun: list[bytes] = []
        size = 0
        for piece in self._make(connection):
            if self._is_lost:
                return None
            begun.append(piece)
            size += len(piece)
            if size > MAX_MEMORY_BYTES:
                self._write(begun, size)
                begun, size = [], 0
        if not self._size:
            return b"".join(begun)
        self._write(begun, size)
        return None

    def _write(self, pieces: list[bytes], size: int) -> None:
        if self._file is None:
            self._file = cast(BinaryIO, tempfile.TemporaryFile(dir=self._directory))  # noqa: SIM115
        self._file.writelines(pieces)
        self._file.flush()
        self._size += size
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            self._loop.call_soon_threadsafe(self._news.set)


def _trace_of(error: BaseException) -> BaseException | None:
    """Only a fault of ours needs its traceback."""
    return None if isinstance(error, U1Error | SQLAlchemyError | OSError) else error


def _look_at(made: asyncio.Future[bytes | None] | None) -> None:
    """Its error was told, or nobody is left to tell it to."""
    if made is not None and not made.cancelled():
        made.exception()

"""The body of a response that lies in a file: sent by the kernel where it can do that."""

from __future__ import annotations

import array
import asyncio
import contextlib
import fcntl
import os
import termios
from collections.abc import Iterator

from aiohttp import web

from u1tray.server.messages.response import FilePart
from u1tray.server.wire.stream import write_piece

# More at once is pushed out of the processor's cache before a reader of the same machine copies
# it: both together spent 0.59 s on 1 GiB with asyncio's own sendfile, and 0.47 s on such pieces.
PIECE_BYTES = 512 * 1024
STALL_TIMEOUT_S = 60.0  # a client that takes nothing for so long is gone


async def send_part(wire: web.BaseRequest, response: web.Response, part: FilePart) -> None:
    """Send a response whose body is a part of a file. Raises ConnectionError."""
    response.headers["Content-Length"] = str(len(part.head) + part.count)
    writer = await response.prepare(wire)
    if wire.method != "HEAD" and part.count and writer is not None:
        if hasattr(writer, "send_headers"):
            writer.send_headers()  # they wait for the body otherwise
        if part.head:
            await write_piece(wire, response, part.head)
        transport = wire.transport
        if transport is None:
            message = "the client is gone"
            raise ConnectionResetError(message)
        sent = await _send(transport, part)
        if sent != part.count:
            transport.abort()
            message = "the file is shorter than its content"
            raise ConnectionAbortedError(message)
    await response.write_eof()


async def _send(transport: asyncio.Transport, part: FilePart) -> int:
    """How many bytes of the part there were; all of them are sent."""
    loop = asyncio.get_running_loop()
    is_plain = transport.get_extra_info("sslcontext") is None
    first = min(part.count, PIECE_BYTES) if is_plain else part.count
    # Waits for what is buffered before, and knows what to do where the kernel cannot send.
    sent = await loop.sendfile(transport, part.file, part.offset, first)
    if sent == first < part.count:
        sent = await _send_pieces(transport, part, sent)
        if sent < part.count:  # the kernel sends nothing from this file, or it is shorter
            _expect_open(transport)
            sent += await loop.sendfile(transport, part.file, part.offset + sent, part.count - sent)
    return sent


async def _send_pieces(transport: asyncio.Transport, part: FilePart, sent: int) -> int:
    """How many bytes are sent once the kernel sends no more."""
    _expect_open(transport)
    if transport.get_write_buffer_size():
        return sent  # no kernel sent that: what follows may not overtake it
    with _socket_of(transport) as socket:
        while sent < part.count:
            count = min(PIECE_BYTES, part.count - sent)
            try:
                taken = os.sendfile(socket, part.file.fileno(), part.offset + sent, count)
            except BlockingIOError:
                await _until_writable(transport, socket)
                continue
            except ConnectionError:
                raise
            except OSError:
                break
            if not taken:
                break
            sent += taken
            await asyncio.sleep(0)  # others have their turn
    return sent


@contextlib.contextmanager
def _socket_of(transport: asyncio.Transport) -> Iterator[int]:
    """A descriptor of the transport's socket that may be waited for beside it.

    What the client sends meanwhile is read later, as with asyncio's own sendfile.
    """
    was_reading = transport.is_reading()
    transport.pause_reading()
    descriptor = os.dup(transport.get_extra_info("socket").fileno())
    try:
        yield descriptor
    finally:
        os.close(descriptor)
        if was_reading and not transport.is_closing():
            transport.resume_reading()


async def _until_writable(transport: asyncio.Transport, descriptor: int) -> None:
    """Raises ConnectionError where the client takes nothing, or the connection was closed."""
    loop = asyncio.get_running_loop()
    writable = asyncio.Event()
    loop.add_writer(descriptor, writable.set)
    try:
        waiting = _untaken(descriptor)
        while not writable.is_set():
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(writable.wait(), STALL_TIMEOUT_S)
            before, waiting = waiting, _untaken(descriptor)
            # More is wanted only once a third of that has gone: a slow client needs minutes.
            if not writable.is_set() and waiting >= before:
                transport.abort()
                message = "the client takes nothing"
                raise ConnectionAbortedError(message)
    finally:
        loop.remove_writer(descriptor)
    _expect_open(transport)


def _untaken(descriptor: int) -> int:
    """How many bytes the kernel holds that the other end has not taken."""
    held = array.array("i", [0])
    with contextlib.suppress(OSError):
        fcntl.ioctl(descriptor, termios.TIOCOUTQ, held)
    return held[0]


def _expect_open(transport: asyncio.Transport) -> None:
    if transport.is_closing():
        message = "the connection was closed"
        raise ConnectionResetError(message)

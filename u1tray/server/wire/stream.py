"""A response that is made while it is sent, and how it hears that its client is gone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from aiohttp import web
from aiohttp.http import HttpVersion11
from aiohttp.web_protocol import RequestHandler

from u1tray.server.messages.response import Stream

STALL_TIMEOUT_S = 60.0  # a client that takes nothing for so long is gone


class LostNotice(RequestHandler):
    """A connection that tells at once when it is lost, not at the next attempt to write."""

    __slots__ = ("on_lost",)
    on_lost: Callable[[], None] | None

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        told = getattr(self, "on_lost", None)
        if told is not None:
            told()


async def send_stream(
    wire: web.BaseRequest, headers: web.Response, stream: Stream
) -> web.StreamResponse:
    """Send a response whose body is a stream; the connection is closed behind it.

    Raises ConnectionError.
    """
    response = web.StreamResponse(status=headers.status, headers=headers.headers)
    response.force_close()
    if wire.version >= HttpVersion11:
        response.enable_chunked_encoding()
    connection = wire.protocol
    try:
        if isinstance(connection, LostNotice):
            connection.on_lost = stream.lose
        if wire.transport is None:
            message = "the client is gone"
            raise ConnectionResetError(message)
        await response.prepare(wire)
        async with contextlib.aclosing(stream.chunks()) as chunks:
            async for chunk in chunks:
                await write_piece(wire, response, chunk)
        await response.write_eof()
    finally:
        stream.close()
        if isinstance(connection, LostNotice):
            connection.on_lost = None
    return response


async def write_piece(wire: web.BaseRequest, response: web.StreamResponse, chunk: bytes) -> None:
    transport = wire.transport
    if transport is None:
        message = "the client is gone"
        raise ConnectionResetError(message)
    timer = asyncio.get_running_loop().call_later(STALL_TIMEOUT_S, transport.abort)
    try:
        await response.write(chunk)
    finally:
        timer.cancel()

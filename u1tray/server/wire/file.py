"""The body of a response that lies in a file: sent by the kernel where it can do that."""

from __future__ import annotations

import asyncio

from aiohttp import web

from u1tray.server.messages.response import FilePart


async def send_part(wire: web.BaseRequest, response: web.Response, part: FilePart) -> None:
    """Send a response whose body is a part of a file. Raises ConnectionError."""
    response.headers["Content-Length"] = str(part.count)
    writer = await response.prepare(wire)
    if wire.method != "HEAD" and part.count and writer is not None:
        if hasattr(writer, "send_headers"):
            writer.send_headers()  # they wait for the body otherwise
        transport = wire.transport
        if transport is None:
            message = "the client is gone"
            raise ConnectionResetError(message)
        loop = asyncio.get_running_loop()
        sent = await loop.sendfile(transport, part.file, part.offset, part.count)
        if sent != part.count:
            transport.abort()
            message = "the file is shorter than its content"
            raise ConnectionAbortedError(message)
    await response.write_eof()

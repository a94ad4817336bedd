"""The body of a response that comes from a store piece by piece, no faster than it is taken."""

from __future__ import annotations

import logging

from aiohttp import web

from u1tray.server.messages.response import SourcePart
from u1tray.server.wire.stream import write_piece
from u1tray.vocabulary.errors import U1Error

logger = logging.getLogger(__name__)


async def send_source(
    wire: web.BaseRequest, headers: web.Response, part: SourcePart
) -> web.StreamResponse:
    """Send a response whose body has a known length. Raises ConnectionError.

    A source that fails or ends early ends the connection, so that nobody takes half for whole.
    """
    response = web.StreamResponse(status=headers.status, headers=headers.headers)
    response.headers["Content-Length"] = str(part.count)
    try:
        await response.prepare(wire)
        if wire.method != "HEAD":
            await _send(wire, response, part)
        await response.write_eof()
    finally:
        part.source.close()
    return response


async def _send(wire: web.BaseRequest, response: web.StreamResponse, part: SourcePart) -> None:
    left = part.count
    try:
        while left and (piece := await part.source.next()) is not None:
            await write_piece(wire, response, piece)
            left -= len(piece)
    except (U1Error, FileNotFoundError) as error:
        logger.warning("an answer was cut off: %s", error)
    if left:
        if wire.transport is not None:
            wire.transport.abort()
        message = "the content did not come whole"
        raise ConnectionAbortedError(message)

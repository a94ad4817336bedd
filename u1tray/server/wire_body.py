"""The body of a request on aiohttp's wire."""

from __future__ import annotations

from aiohttp import web
from aiohttp.http import HttpVersion11
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError

from u1tray.server.messages.refusals import Code, Refusal

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class WireBody:
    """Reads a body, and asks for it first where the client waits for that."""

    def __init__(self, wire: web.BaseRequest) -> None:
        self._wire = wire

    async def read(self, limit: int) -> bytes:
        """All of it. Raises Refusal: `too_large` above `limit` bytes, `bad_request` if cut off."""
        too_large = Refusal(Code.TOO_LARGE, f"The body is larger than {limit} bytes.")
        if (self._wire.content_length or 0) > limit:
            raise too_large
        await self._continue()
        read = bytearray()
        try:
            while chunk := await self._wire.content.readany():
                read += chunk
                if len(read) > limit:
                    raise too_large
        except (RequestPayloadError, HttpProcessingError, ConnectionError):
            raise Refusal(Code.BAD_REQUEST, "The body ended too early.") from None
        return bytes(read)

    async def _continue(self) -> None:
        expected = self._wire.headers.get("Expect", "").lower() == "100-continue"
        transport = self._wire.transport
        if expected and self._wire.version >= HttpVersion11 and transport is not None:
            transport.write(_CONTINUE)

"""aiohttp's side of the connections of one port: which there are, and how they end.

Faults of the wire are answered by whoever made the server, not by aiohttp's own pages.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from u1tray.server.wire.stream import LostNotice

# Answers what could not be read or answered, given the reason.
Refuse = Callable[[BaseException | None], web.Response]


class Server(web.Server):
    """Makes a protocol for each connection, and knows which are open."""

    def __init__(self, handler: Any, *, refuse: Refuse, **options: Any) -> None:
        super().__init__(handler, **options)
        self._refuse = refuse
        self._options = options
        self._open: set[RequestHandler] = set()
        self._shaking_hands: WeakSet[RequestHandler] = WeakSet()  # of TLS; some never end
        self._left = asyncio.Event()

    def __call__(self) -> RequestHandler:
        made = _Connection(self, self._refuse, self._options)
        self._shaking_hands.add(made)
        return made

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._shaking_hands.discard(handler)
        self._open.add(handler)

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        self._open.discard(handler)
        self._left.set()

    async def emptied(self, seconds: float) -> None:
        """Until no connection is left, for so long at most."""
        await asyncio.sleep(0)  # who was just accepted is counted behind one turn of the loop
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._all_left(), seconds)

    async def _all_left(self) -> None:
        while self._open or self._shaking_hands:
            self._left.clear()
            await self._left.wait()


class _Connection(LostNotice, RequestHandler):
    __slots__ = ("__weakref__", "_refuse")

    def __init__(self, server: Server, refuse: Refuse, options: dict[str, Any]) -> None:
        super().__init__(server, loop=server._loop, **options)
        self._refuse = refuse

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            text = "an answer was begun already"
            raise ConnectionError(text)
        if isinstance(exc, ConnectionError) and request.transport is None:
            raise exc  # the client left before its answer was begun; that is no fault of ours
        response = self._refuse(exc)
        response.force_close()
        return response

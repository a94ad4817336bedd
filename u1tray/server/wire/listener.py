"""The HTTP rim: from aiohttp's wire to request values and back. No rules of the contract here.

Uses aiohttp's low-level server because routes are found on the undecoded target, and answers
itself what the parser refuses, because aiohttp would log the whole request line.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from ipaddress import IPv4Address
from pathlib import Path

from aiohttp import web
from aiohttp.http import HttpVersion11
from aiohttp.http_exceptions import HttpProcessingError

from u1tray import __version__
from u1tray.server.auth.transport import Line, is_trusted, line_of, parse_peer
from u1tray.server.clock import Clock, http_date
from u1tray.server.logs import Access, log_access, new_request_id, request_id
from u1tray.server.messages.answer import Answer
from u1tray.server.messages.refusals import Code, Refusal, internal_refusal
from u1tray.server.messages.request import Address, Request
from u1tray.server.messages.response import FilePart, Response, SourcePart
from u1tray.server.messages.target import parse_target
from u1tray.server.settings.values import Trusted
from u1tray.server.wire.body import WireBody
from u1tray.server.wire.connections import Server
from u1tray.server.wire.file import send_part
from u1tray.server.wire.room import Room
from u1tray.server.wire.source import send_source
from u1tray.server.wire.stream import send_stream

logger = logging.getLogger(__name__)

# A node path of 4096 bytes is three times as long percent-encoded, and OAuth may stand in the
# query beside it.
MAX_LINE_BYTES = 64 * 1024
KEEPALIVE_TIMEOUT_S = 75.0
SERVER = f"u1server/{__version__}"
REQUEST_ID_HEADER = "X-Request-ID"

# Gives the answer to a request; leaves by an exception when the answer could not be sent.
Exchange = Callable[[Request], AbstractAsyncContextManager[Answer]]
# Told the method, the route, the status and the seconds of each answered request.
Observer = Callable[[str, str, int, float], None]


class Listener:
    """Answers what comes in on one port."""

    def __init__(
        self,
        exchange: Exchange,
        clock: Clock,
        *,
        trusted: tuple[Trusted, ...] = (),
        observer: Observer | None = None,
        log_level: int = logging.INFO,
        directory: Path | None = None,
    ) -> None:
        """Long bodies lie in `directory` while they come; without one, where the system says."""
        self._exchange = exchange
        self._clock = clock
        self._trusted = trusted
        self._observer = observer
        self._log_level = log_level
        self._directory = directory
        self._room = Room()
        self._is_stopping = False
        self._server: Server | None = None

    def server(self) -> web.Server:
        """The protocol factory to give to aiohttp's runner."""
        self._server = Server(
            self.handle,
            refuse=self._refuse,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=KEEPALIVE_TIMEOUT_S,
            lingering_time=0,  # `WireBody.drain` has a limit in bytes too
            max_line_size=MAX_LINE_BYTES,
        )
        return self._server

    async def drain(self, seconds: float) -> None:
        """Part from clients in good order, for so long at most; nobody new is accepted already.

        Who asks once more is answered and told to close, so that no request meets a connection
        that is just being closed.
        """
        self._is_stopping = True
        if self._server is not None:
            await self._server.emptied(seconds)

    async def handle(self, wire: web.BaseRequest) -> web.StreamResponse:
        """Answer one request. What becomes of the connection is aiohttp's affair."""
        started = time.monotonic()
        peer = _peer(wire.remote)
        number = self._number(wire, peer)
        request_id.set(number)
        body = WireBody(wire, self._room, self._directory)
        try:
            request = self._read(wire, number, body, peer)
        except Refusal as refusal:
            sent = await self._answer(wire, Answer(refusal.response()), peer, started)
        else:
            try:
                async with self._exchange(request) as answer:
                    body.release()  # a client may be slow to take its answer
                    sent = await self._answer(wire, answer, request.peer, started)
            finally:
                body.release()
        if not await body.drain():
            sent.force_close()
        return sent

    async def _answer(
        self, wire: web.BaseRequest, answer: Answer, peer: Address | None, started: float
    ) -> web.StreamResponse:
        """Send an answer, and note it however that ends."""
        by_kernel = 0
        try:
            sent = await self._send(wire, answer.response)
            if isinstance(answer.response.part, FilePart) and wire.method != "HEAD":
                by_kernel = answer.response.part.count
        finally:
            self._note(wire, answer, peer, by_kernel, started)
        return sent

    def _number(self, wire: web.BaseRequest, peer: Address | None) -> str:
        if not is_trusted(peer, self._trusted):
            return new_request_id()
        return new_request_id(wire.headers.getall(REQUEST_ID_HEADER, []))

    def _read(
        self, wire: web.BaseRequest, number: str, body: WireBody, peer: Address | None
    ) -> Request:
        target = parse_target(wire.raw_path)
        line = line_of(
            Line("https" if wire.secure else "http", peer),
            self._trusted,
            wire.headers.getall("X-Forwarded-Proto", []),
            wire.headers.getall("X-Forwarded-For", []),
        )
        hosts = wire.headers.getall("Host", [])
        if len(hosts) > 1 or (not hosts and wire.version >= HttpVersion11):
            raise Refusal(Code.BAD_REQUEST, "A request has exactly one Host header.")
        host = target.authority if target.authority is not None else "".join(hosts)
        return Request(
            number, wire.method, target, wire.headers, line.scheme, host, line.peer, body
        )

    async def _send(self, wire: web.BaseRequest, response: Response) -> web.StreamResponse:
        to_send = self._to_wire(response)
        if response.stream is not None:
            return await send_stream(wire, to_send, response.stream)
        if isinstance(response.part, SourcePart):
            return await send_source(wire, to_send, response.part)
        if response.part is None:
            await to_send.prepare(wire)
            await to_send.write_eof()
        else:
            with response.part.file:
                await send_part(wire, to_send, response.part)
        return to_send

    def _to_wire(self, response: Response) -> web.Response:
        wire = web.Response(status=response.status, body=response.body)
        if response.content_type:
            wire.headers["Content-Type"] = response.content_type
        wire.headers["Date"] = http_date(self._clock.now())
        wire.headers["Server"] = SERVER
        wire.headers[REQUEST_ID_HEADER] = request_id.get()
        for name, value in response.headers:
            wire.headers.add(name, value)
        if self._is_stopping:
            wire.force_close()
        return wire

    def _refuse(self, error: BaseException | None) -> web.Response:
        """What the parser could not read (a fault of HTTP), or a fault in this module."""
        if error is None or isinstance(error, HttpProcessingError):
            request_id.set(new_request_id())
            logger.info("refused what is not HTTP: %s", type(error).__name__)
            text = "The request is not HTTP that this server understands."
            refusal = Refusal(Code.BAD_REQUEST, text)
        else:
            oops_id, refusal = internal_refusal()
            logger.error("%s: failed outside the operations", oops_id, exc_info=error)
        if self._observer is not None:
            self._observer("?", Answer.UNKNOWN_ROUTE, refusal.status, 0.0)
        return self._to_wire(refusal.response())

    def _note(
        self,
        wire: web.BaseRequest,
        answer: Answer,
        peer: Address | None,
        by_kernel: int,
        started: float,
    ) -> None:
        seconds = time.monotonic() - started
        status = answer.response.status
        if self._observer is not None:
            self._observer(wire.method, answer.route, status, seconds)
        if logger.isEnabledFor(self._log_level):
            access = Access(
                wire.method,
                answer.route,
                status,
                wire.writer.output_size + by_kernel,
                seconds,
                answer.account_id,
                None if peer is None else str(peer),
            )
            log_access(logger, self._log_level, access)


def _peer(remote: str | None) -> Address | None:
    if remote == "":
        return None  # a Unix socket
    return IPv4Address(0) if remote is None else parse_peer(remote)

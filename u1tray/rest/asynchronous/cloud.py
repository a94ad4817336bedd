"""The cloud for asyncio programs: the sync daemon and the Credentials service, by aiohttp.

Carries bytes and sleeps; decides nothing. Knows nothing of urllib3.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from u1tray import __version__
from u1tray.rest import contents, fields, offline, replies, requests
from u1tray.rest.asynchronous.files import Files
from u1tray.rest.asynchronous.incoming import Incoming, translated
from u1tray.rest.asynchronous.outgoing import Body, heeding
from u1tray.rest.asynchronous.sessions import new_session, once_only, timeout_of
from u1tray.rest.contents import Offer
from u1tray.rest.exchange import Exchange, Signer
from u1tray.rest.failures import Reply, failure_of
from u1tray.rest.requests import Request
from u1tray.rest.retries import ATTEMPTS_BY_HAND
from u1tray.rest.routes import proxy_for
from u1tray.rest.settings import CloudSettings
from u1tray.rest.urls import resolve
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import OfflineError
from u1tray.vocabulary.quota import Quota

_log = logging.getLogger(__name__)
_Value = TypeVar("_Value")

READ_TIMEOUT_SECONDS = 60.0
LARGEST_BODY_BYTES = 64 * 1024 * 1024
_NO_CONDITION: Mapping[str, str] = {}


class Cloud:
    """One cloud and one account. Every method raises the families of `vocabulary.errors`.

    `limit` is the most attempts of a request; None goes on for ever, 1 leaves retrying to the
    caller. `on_connected` hears of each new connection, before anything is sent over it. Make it
    inside a running loop; close it, or use `async with`.
    """

    def __init__(
        self,
        settings: CloudSettings,
        credentials: Credentials | None = None,
        *,
        program: str,
        limit: int | None = ATTEMPTS_BY_HAND,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.time,
        read_timeout_seconds: float = READ_TIMEOUT_SECONDS,
        on_connected: Callable[[], None] | None = None,
    ) -> None:
        self.settings = settings
        self._signer = Signer(credentials, clock)
        self._limit = limit
        self._features: replies.Features | None = None
        self._forgotten: set[str] = set()
        self._sleep = sleep
        self._read_timeout_seconds = read_timeout_seconds
        agent = f"u1tray/{__version__} ({program})"
        timeout = timeout_of(read_timeout_seconds)
        self._session = new_session(agent, settings.ca_file, timeout, on_connected)

    async def __aenter__(self) -> Cloud:
        return self

    async def __aexit__(self, *unused: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    def sign_for(self, credentials: Credentials | None) -> None:
        """Sign for other credentials from now on."""
        self._signer.replace(credentials)

    @property
    def files(self) -> Files:
        """The account's volumes and files."""
        return Files(self)

    @property
    def host(self) -> str:
        """The cloud's host, for messages."""
        return urlsplit(self.settings.api_url).netloc

    def now(self) -> float:
        """Unix seconds of our own clock."""
        return self._signer.now()

    async def user(self) -> replies.User:
        """Who is logged in, and the account's volumes."""
        return await self._ask(requests.user(self.settings), replies.user)

    async def quota(self) -> Quota:
        """The account's storage."""
        return await self._ask(requests.quota(self.settings), replies.quota)

    async def account(self) -> replies.Account:
        """The account as its owner knows it."""
        return await self._ask(requests.account(self.settings), replies.account)

    async def features(self) -> replies.Features:
        """What the server announces; from then on requests are signed the best way it knows."""
        found = replies.features(await self.send(requests.features(self.settings)))
        self._signer.signature_method = found.signature_method
        return found

    async def server_time(self) -> int:
        """The server's clock, in Unix seconds (13.4); every cloud tells it, unsigned."""
        return await self._ask(requests.time(self.settings), replies.server_time)

    async def issue_token(
        self, email: str, password: str, token_name: str, otp: str = ""
    ) -> Credentials:
        """New credentials by e-mail and password (14.2), not yet pinged."""
        request = requests.token_v2(self.settings, email, password, token_name, otp)
        return await self._ask(request, replies.credentials_v2)

    async def ping(self, email: str) -> None:
        """Complete a log-in (14.3)."""
        await self._ask(requests.ping(self.settings, email, __version__), replies.pinged)

    async def feature_url(self, feature: str) -> str:
        """The URL of an extension that the server announces (16.1), else `''`; asked once."""
        path = (await self._announced()).urls.get(feature, "")
        return resolve(self.settings.api_url, path) if path else ""

    async def offered(self, feature: str) -> Offer | None:
        """What the server takes in one `batch_upload` or `batch_download` (16.8).

        None where it announces none, or turned out not to have it.
        """
        return contents.offer(await self._announced(), feature, self.settings.api_url)

    def forget(self, feature: str) -> None:
        """Take an extension for not announced: it turned out not to be there."""
        self._forgotten.add(feature)
        if self._features is not None:
            self._features = self._features.without(feature)

    async def _announced(self) -> replies.Features:
        if self._features is None:
            found = await self.features()
            for feature in self._forgotten:
                found = found.without(feature)
            self._features = found
        return self._features

    async def pause(self, seconds: float) -> None:
        """Wait between attempts."""
        await self._sleep(seconds)

    async def upload(self, request: Request, body: Body) -> Reply:
        """The same as `send` for a request with a `Content-Length`; each attempt has its body."""
        return await self._repeat(request, body)

    async def send(self, request: Request) -> Reply:
        """The final answer to a request, of whatever status. Raises OfflineError."""
        return await self._repeat(request, None)

    async def receive(
        self, request: Request, silence_seconds: float = READ_TIMEOUT_SECONDS
    ) -> Incoming:
        """A success as it comes, to be closed; repeated like `send` until it begins.

        Raises the error that another answer means, OfflineError.
        """
        found = await self._repeated(
            request, lambda attempt: self._receive(attempt, silence_seconds)
        )
        if isinstance(found, Incoming):
            return found
        failure = failure_of(found, self.now())
        raise failure or fields.broken(what="a success that is none")

    async def _repeat(self, request: Request, body: Body | None) -> Reply:
        found = await self._repeated(request, lambda attempt: self._carry(attempt, body))
        assert isinstance(found, Reply)
        return found

    async def _repeated(
        self, request: Request, carry: Callable[[Request], Awaitable[Incoming | Reply]]
    ) -> Incoming | Reply:
        exchange = Exchange(request, self._signer, draw=random.random, limit=self._limit)
        while True:
            attempt = exchange.attempt()
            try:
                found = await carry(attempt)
            except OfflineError as error:
                delay = exchange.lost(error)
                if delay is None:
                    raise
            else:
                if isinstance(found, Incoming):
                    return found
                delay = exchange.received(found)
                if delay is None:
                    return exchange.final(found)
            _log.debug("%s again in %.1f s", request, delay)
            await self._sleep(delay)

    async def _ask(self, request: Request, read: Callable[[Reply, float], _Value]) -> _Value:
        return read(await self.send(request), self._signer.now())

    async def _carry(self, request: Request, body: Body | None) -> Reply:
        host = urlsplit(request.url).netloc
        with translated(host, self._read_timeout_seconds):
            sent = None if body is None else heeding(body())
            async with await self._open(request, sent) as answer:
                reply = await _whole(answer, host)
        _log.debug("%s: %s", request, reply.status)
        return reply

    async def _receive(self, request: Request, silence_seconds: float) -> Incoming | Reply:
        """A success that is still on its way, or a whole refusal."""
        host = urlsplit(request.url).netloc
        with translated(host, silence_seconds):
            answer = await self._open(request, None, timeout_of(silence_seconds))
            _log.debug("%s: %s", request, answer.status)
            if 200 <= answer.status < 300:
                return Incoming(answer, host, silence_seconds)
            async with answer:
                return await _whole(answer, host)

    async def _open(
        self,
        request: Request,
        sent: AsyncGenerator[bytes, None] | None,
        timeout: aiohttp.ClientTimeout | None = None,
    ) -> aiohttp.ClientResponse:
        return await self._session.request(
            request.method,
            URL(request.url, encoded=True),  # sent exactly as it was signed
            data=request.body or None if sent is None else sent,
            headers=request.headers,
            allow_redirects=False,
            proxy=proxy_for(request.url),
            middlewares=(once_only(),),
            timeout=timeout or self._session.timeout,
        )


async def _whole(answer: aiohttp.ClientResponse, host: str) -> Reply:
    body = bytearray()
    async for part in answer.content.iter_any():
        body += part
        if len(body) > LARGEST_BODY_BYTES:
            raise offline.too_long(host, LARGEST_BODY_BYTES)
    return Reply(answer.status, dict(answer.headers), bytes(body))

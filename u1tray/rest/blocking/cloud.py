"""The cloud for programs that may wait: `u1file`. Asks, waits and asks again; decides nothing.

Knows nothing of asyncio. One thread at a time.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from u1tray import __version__
from u1tray.rest import replies, requests
from u1tray.rest.blocking.connections import READ_TIMEOUT_SECONDS, Connections
from u1tray.rest.blocking.files import Files
from u1tray.rest.blocking.wire.line import Part, Write
from u1tray.rest.exchange import Exchange, Signer
from u1tray.rest.failures import Reply, failure_of
from u1tray.rest.requests import Request
from u1tray.rest.retries import ATTEMPTS_BY_HAND
from u1tray.rest.settings import CloudSettings
from u1tray.rest.urls import resolve
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import OfflineError
from u1tray.vocabulary.quota import Quota

if TYPE_CHECKING:
    from u1tray.rest.contents import Offer
    from u1tray.rest.resumption import Resumption, Sending

_log = logging.getLogger(__name__)
_Value = TypeVar("_Value")


class Cloud:
    """One cloud and one account. Every method raises the families of `vocabulary.errors`.

    `limit` is the most attempts of a request; None goes on for ever. `on_wait` is told before each
    pause between attempts: its seconds, and a sentence that says why.
    """

    def __init__(
        self,
        settings: CloudSettings,
        credentials: Credentials | None = None,
        *,
        program: str,
        limit: int | None = ATTEMPTS_BY_HAND,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
        read_timeout_seconds: float = READ_TIMEOUT_SECONDS,
        on_wait: Callable[[float, str], None] = lambda _seconds, _why: None,
    ) -> None:
        self.settings = settings
        self._signer = Signer(credentials, clock)
        self._program = program
        self._read_timeout_seconds = read_timeout_seconds
        self._limit = limit
        self._sleep = sleep
        self._on_wait = on_wait
        self._features: replies.Features | None = None
        self._connections = Connections(
            f"u1tray/{__version__} ({program})", settings.ca_file, read_timeout_seconds
        )

    def __enter__(self) -> Cloud:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def another(
        self,
        *,
        sleep: Callable[[float], None] = time.sleep,
        on_wait: Callable[[float, str], None] = lambda _seconds, _why: None,
    ) -> Cloud:
        """The same cloud for another thread: what was learnt of it, and connections of its own."""
        made = Cloud(
            self.settings,
            program=self._program,
            limit=self._limit,
            sleep=sleep,
            read_timeout_seconds=self._read_timeout_seconds,
            on_wait=on_wait,
        )
        made._signer = self._signer.another()
        made._features = self._features
        return made

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    @property
    def consumer_key(self) -> str:
        """Which account requests are signed for, `''` for none; no secret."""
        return self._signer.consumer_key

    @property
    def files(self) -> Files:
        """The account's volumes and files."""
        return Files(self)

    def now(self) -> float:
        """Unix seconds of our own clock."""
        return self._signer.now()

    def sign_for(self, credentials: Credentials | None) -> None:
        """Sign for other credentials from now on."""
        self._signer.replace(credentials)

    def user(self) -> replies.User:
        """Who is logged in, and the account's volumes."""
        return self.ask(requests.user(self.settings), replies.user)

    def quota(self) -> Quota:
        """The account's storage."""
        return self.ask(requests.quota(self.settings), replies.quota)

    def account(self) -> replies.Account:
        """The account as its owner knows it."""
        return self.ask(requests.account(self.settings), replies.account)

    def features(self) -> replies.Features:
        """What the server announces; from then on requests are signed the best way it knows."""
        found = replies.features(self.send(requests.features(self.settings)))
        self._signer.signature_method = found.signature_method
        return found

    def issue_token(self, email: str, password: str, token_name: str, otp: str = "") -> Credentials:
        """New credentials by e-mail and password (14.2), not yet pinged."""
        request = requests.token_v2(self.settings, email, password, token_name, otp)
        return self.ask(request, replies.credentials_v2)

    def ping(self, email: str) -> None:
        """Complete a log-in (14.3)."""
        self.ask(requests.ping(self.settings, email, __version__), replies.pinged)

    def tokens(self) -> tuple[replies.Token, ...]:
        """The account's tokens."""
        return self.ask(requests.tokens(self.settings), replies.tokens)

    def revoke_token(self, token_id: str) -> None:
        """Make a token worthless, also this one (log-out)."""
        self.ask(requests.revoke_token(self.settings, token_id), replies.pinged)

    def announces(self, feature: str) -> bool:
        """Whether the server announces an extension (16.1), with a URL or without; asked once."""
        return feature in self._announced().urls

    def feature_url(self, feature: str) -> str:
        """The URL of an extension that the server announces (16.1), else `''`; asked once."""
        path = self._announced().urls.get(feature, "")
        return resolve(self.settings.api_url, path) if path else ""

    def offered(self, feature: str) -> Offer | None:
        """What the server takes in one `batch_upload` or `batch_download` (16.8).

        None where it announces none, or turned out not to have it.
        """
        from u1tray.rest import contents  # noqa: PLC0415 - many small files need it

        return contents.offer(self._announced(), feature, self.settings.api_url)

    def forget(self, feature: str) -> None:
        """Take an extension for not announced: it turned out not to be there."""
        self._features = self._announced().without(feature)

    def _announced(self) -> replies.Features:
        if self._features is None:
            self._features = self.features()
        return self._features

    def pause(self, seconds: float, why: str) -> None:
        """Wait between attempts."""
        self._on_wait(seconds, why)
        self._sleep(seconds)

    def resumption(self, sending: Sending) -> Resumption:
        """The course of a resumable upload, with this client's patience."""
        from u1tray.rest.resumption import Resumption  # noqa: PLC0415 - only large files need it

        return Resumption(sending, now=self._signer.now, draw=random.random, limit=self._limit)

    def send(self, request: Request) -> Reply:
        """The final answer to a request, of whatever status. Raises OfflineError."""
        return self._repeat(request, self._connections.exchange)

    def upload(self, request: Request, body: Callable[[], Iterator[Part]]) -> Reply:
        """The same for a request with a `Content-Length`; each attempt sends a new `body()`."""
        return self._repeat(request, lambda signed: self._connections.exchange(signed, body()))

    def download(self, request: Request, sink: Callable[[], Write]) -> Reply:
        """The same for an answer of any size: each attempt's success goes into a new `sink()`.

        The reply has no body then; that of a refusal is in the reply. A part is only there during
        the call it is given to.
        """
        return self.download_rest(request, dict, lambda _head: sink())

    def download_rest(
        self,
        request: Request,
        headers: Callable[[], Mapping[str, str]],
        sink: Callable[[Reply], Write],
    ) -> Reply:
        """The same, but each attempt adds the `headers()` of its moment, such as a range.

        `sink` is given status and headers of the success that comes.
        """

        def carry(signed: Request) -> Reply:
            ranged = replace(signed, headers={**signed.headers, **headers()})
            return self._connections.fetch(ranged, sink)

        return self._repeat(request, carry)

    def _repeat(self, request: Request, carry: Callable[[Request], Reply]) -> Reply:
        exchange = Exchange(request, self._signer, draw=random.random, limit=self._limit)
        while True:
            attempt = exchange.attempt()
            try:
                reply = carry(attempt)
            except OfflineError as error:
                why = error.text
                delay = exchange.lost(error)
                if delay is None:
                    raise
            else:
                delay = exchange.received(reply)
                if delay is None:
                    return exchange.final(reply)
                failure = failure_of(reply, self._signer.now())
                why = "" if failure is None else failure.text
            _log.debug("%s again in %.1f s", request, delay)
            self.pause(delay, why)

    def ask(self, request: Request, read: Callable[[Reply, float], _Value]) -> _Value:
        """What `read` makes of the final answer and of our clock."""
        return read(self.send(request), self._signer.now())

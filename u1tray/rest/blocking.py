"""The cloud for programs that may wait: `u1file`. Carries bytes by urllib3; decides nothing.

Knows nothing of asyncio. One thread at a time.
"""

from __future__ import annotations

import contextlib
import logging
import random
import ssl
import time
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProxyError, SSLError
from urllib3.exceptions import TimeoutError as HTTPTimeoutError

from u1tray import __version__
from u1tray.rest import offline, replies, requests
from u1tray.rest.exchange import Exchange, Signer
from u1tray.rest.failures import Reply
from u1tray.rest.requests import Request
from u1tray.rest.retries import ATTEMPTS_BY_HAND
from u1tray.rest.routes import proxy_for, tls_context
from u1tray.rest.settings import CloudSettings
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import OfflineError, UsageError
from u1tray.vocabulary.quota import Quota

_log = logging.getLogger(__name__)
_Value = TypeVar("_Value")

CONNECT_TIMEOUT_SECONDS = 10.0
READ_TIMEOUT_SECONDS = 60.0
LARGEST_BODY_BYTES = 64 * 1024 * 1024


class Cloud:
    """One cloud and one account. Every method raises the families of `vocabulary.errors`.

    `limit` is the most attempts of a request; None goes on for ever.
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
    ) -> None:
        self.settings = settings
        self._signer = Signer(credentials, clock)
        self._limit = limit
        self._sleep = sleep
        self._headers = {"User-Agent": f"u1tray/{__version__} ({program})"}
        self._read_timeout_seconds = read_timeout_seconds
        self._pools: dict[tuple[str | None, str], urllib3.PoolManager] = {}

    def __enter__(self) -> Cloud:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        for pool in self._pools.values():
            pool.clear()
        self._pools.clear()

    def sign_for(self, credentials: Credentials | None) -> None:
        """Sign for other credentials from now on."""
        self._signer.replace(credentials)

    def user(self) -> replies.User:
        """Who is logged in, and the account's volumes."""
        return self._ask(requests.user(self.settings), replies.user)

    def quota(self) -> Quota:
        """The account's storage."""
        return self._ask(requests.quota(self.settings), replies.quota)

    def account(self) -> replies.Account:
        """The account as its owner knows it."""
        return self._ask(requests.account(self.settings), replies.account)

    def features(self) -> replies.Features:
        """What the server announces; from then on requests are signed the best way it knows."""
        found = replies.features(self.send(requests.features(self.settings)))
        self._signer.signature_method = found.signature_method
        return found

    def issue_token(self, email: str, password: str, token_name: str, otp: str = "") -> Credentials:
        """New credentials by e-mail and password (14.2), not yet pinged."""
        request = requests.token_v2(self.settings, email, password, token_name, otp)
        return self._ask(request, replies.credentials_v2)

    def ping(self, email: str) -> None:
        """Complete a log-in (14.3)."""
        self._ask(requests.ping(self.settings, email, __version__), replies.pinged)

    def tokens(self) -> tuple[replies.Token, ...]:
        """The account's tokens."""
        return self._ask(requests.tokens(self.settings), replies.tokens)

    def revoke_token(self, token_id: str) -> None:
        """Make a token worthless, also this one (log-out)."""
        self._ask(requests.revoke_token(self.settings, token_id), replies.pinged)

    def send(self, request: Request) -> Reply:
        """The final answer to a request, of whatever status. Raises OfflineError."""
        exchange = Exchange(request, self._signer, draw=random.random, limit=self._limit)
        while True:
            attempt = exchange.attempt()
            try:
                reply = self._carry(attempt)
            except OfflineError as error:
                delay = exchange.lost(error)
                if delay is None:
                    raise
            else:
                delay = exchange.received(reply)
                if delay is None:
                    return reply
            _log.debug("%s again in %.1f s", request, delay)
            self._sleep(delay)

    def _ask(self, request: Request, read: Callable[[Reply, float], _Value]) -> _Value:
        return read(self.send(request), self._signer.now())

    def _carry(self, request: Request) -> Reply:
        host = urlsplit(request.url).netloc
        try:
            with contextlib.closing(self._open(request)) as answer:
                body = answer.read(LARGEST_BODY_BYTES + 1)
                if len(body) > LARGEST_BODY_BYTES:
                    raise offline.too_long(host, LARGEST_BODY_BYTES)
                headers = dict(answer.headers)
        except SSLError as error:
            raise offline.not_trusted(host, _reason(error)) from error
        except NewConnectionError as error:  # which calls itself a time-out, but is none
            raise offline.unreachable(host, _reason(error)) from error
        except HTTPTimeoutError as error:
            raise offline.timed_out(host, self._read_timeout_seconds) from error
        except (HTTPError, OSError) as error:
            raise offline.unreachable(host, _reason(error)) from error
        _log.debug("%s: %s", request, answer.status)
        return Reply(answer.status, headers, body)

    def _open(self, request: Request) -> urllib3.BaseHTTPResponse:
        return self._pool(request.url).request(
            request.method,
            request.url,
            body=request.body or None,
            headers={**self._headers, **request.headers},
            timeout=urllib3.Timeout(
                connect=CONNECT_TIMEOUT_SECONDS, read=self._read_timeout_seconds
            ),
            retries=False,
            redirect=False,
            preload_content=False,
        )

    def _pool(self, url: str) -> urllib3.PoolManager:
        """The pool for a proxy and a scheme; reading the system's authorities takes its time."""
        key = (proxy_for(url), urlsplit(url).scheme)
        if key not in self._pools:
            tls = (
                tls_context(self.settings.ca_file) if "https" in (key[1], str(key[0])[:5]) else None
            )
            self._pools[key] = _new_pool(key[0], tls)
        return self._pools[key]


def _new_pool(proxy: str | None, tls: ssl.SSLContext | None) -> urllib3.PoolManager:
    if proxy is None:
        return urllib3.PoolManager(ssl_context=tls)
    parts = urlsplit(proxy)
    headers = None
    if parts.username is not None:
        login = f"{parts.username}:{parts.password or ''}"
        headers = urllib3.make_headers(proxy_basic_auth=login)
    try:
        return urllib3.ProxyManager(proxy, proxy_headers=headers, ssl_context=tls)
    except HTTPError:
        text = f"The proxy {parts.hostname!r} is not an http proxy. Correct the environment."
        raise UsageError(text) from None


def _reason(error: Exception) -> str:
    """The innermost thing that went wrong, in few words."""
    if isinstance(error, ProxyError):
        return "the proxy refused or cannot be reached"
    inner: BaseException = error
    while inner.__cause__ is not None or inner.__context__ is not None:
        inner = inner.__cause__ or inner.__context__ or inner
    if isinstance(inner, ssl.SSLCertVerificationError):
        return inner.verify_message
    return getattr(inner, "strerror", None) or type(inner).__name__

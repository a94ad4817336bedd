"""Connections of the blocking client, by urllib3: one attempt of a request, out and back.

The one place where urllib3's exceptions become ours. Never tries again and follows no redirect.
"""

from __future__ import annotations

import contextlib
import logging
import ssl
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProxyError, SSLError
from urllib3.exceptions import TimeoutError as HTTPTimeoutError

from u1tray.rest import offline
from u1tray.rest.failures import Reply
from u1tray.rest.requests import Request
from u1tray.rest.routes import proxy_for, tls_context
from u1tray.vocabulary.errors import UsageError

_log = logging.getLogger(__name__)

CONNECT_TIMEOUT_SECONDS = 10.0
READ_TIMEOUT_SECONDS = 60.0
LARGEST_BODY_BYTES = 64 * 1024 * 1024
_PART_BYTES = 256 * 1024


class Connections:
    """Connections kept between requests, one pool for a proxy and a scheme."""

    def __init__(self, user_agent: str, ca_file: str, read_timeout_seconds: float) -> None:
        self._headers = {"User-Agent": user_agent}
        self._ca_file = ca_file
        self._read_timeout_seconds = read_timeout_seconds
        self._pools: dict[tuple[str | None, str], urllib3.PoolManager] = {}
        self._direct: dict[str, urllib3.HTTPConnectionPool] = {}

    def close(self) -> None:
        """Close them all."""
        for pool in self._pools.values():
            pool.clear()
        self._pools.clear()
        self._direct.clear()

    def exchange(self, request: Request, body: Iterator[bytes] | None = None) -> Reply:
        """The whole answer, of whatever status. Raises OfflineError, ContractError.

        `body` replaces the request's own; what it raises of our families ends the attempt.
        """
        with self._answer(request, body) as answer:
            return Reply(answer.status, dict(answer.headers), _whole(answer, request))

    def fetch(self, request: Request, sink: Callable[[Reply], Callable[[bytes], object]]) -> Reply:
        """The same, but the body of a success goes part by part into what `sink(head)` gives."""
        with self._answer(request, None) as answer:
            reply = Reply(answer.status, dict(answer.headers), b"")
            if not reply.is_success:
                return Reply(answer.status, reply.headers, _whole(answer, request))
            write = sink(reply)
            while part := answer.read(_PART_BYTES, decode_content=False):
                write(part)
            return reply

    @contextlib.contextmanager
    def _answer(
        self, request: Request, body: Iterator[bytes] | None
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        host = urlsplit(request.url).netloc
        try:
            with contextlib.closing(self._open(request, body)) as answer:
                yield answer
        except SSLError as error:
            raise offline.not_trusted(host, _reason(error)) from error
        except NewConnectionError as error:  # which calls itself a time-out, but is none
            raise offline.unreachable(host, _reason(error)) from error
        except HTTPTimeoutError as error:
            raise offline.timed_out(host, self._read_timeout_seconds) from error
        except (HTTPError, OSError) as error:
            raise offline.unreachable(host, _reason(error)) from error
        _log.debug("%s: %s", request, answer.status)

    def _open(self, request: Request, body: Iterator[bytes] | None) -> urllib3.BaseHTTPResponse:
        origin, target = _split(request.url)
        direct = self._direct.get(origin)
        if direct is None:
            pool = self._pool(request.url)
            if pool.proxy is None:
                direct = self._direct[origin] = pool.connection_from_url(request.url)
        opener = self._pool(request.url) if direct is None else direct
        return opener.urlopen(
            request.method,
            request.url if direct is None else target,
            body=body or request.body or None,
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
            tls = tls_context(self._ca_file) if "https" in (key[1], str(key[0])[:5]) else None
            self._pools[key] = _new_pool(key[0], tls)
        return self._pools[key]


def _split(url: str) -> tuple[str, str]:
    """The origin, such as `https://host:port`, and the target behind it."""
    end = url.find("/", url.find("://") + 3)
    return (url, "/") if end < 0 else (url[:end], url[end:])


def _whole(answer: urllib3.BaseHTTPResponse, request: Request) -> bytes:
    body = answer.read(LARGEST_BODY_BYTES + 1)
    if len(body) > LARGEST_BODY_BYTES:
        raise offline.too_long(urlsplit(request.url).netloc, LARGEST_BODY_BYTES)
    return body


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

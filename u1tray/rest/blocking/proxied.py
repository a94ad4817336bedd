"""Connections through a proxy, by urllib3, which knows all kinds of them.

The one place where urllib3's exceptions become ours. Never tries again and follows no redirect.
"""

from __future__ import annotations

import contextlib
import logging
import ssl
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProxyError, SSLError
from urllib3.exceptions import TimeoutError as HTTPTimeoutError

from u1tray.rest import offline
from u1tray.rest.blocking.wire.carrier import CONNECT_TIMEOUT_SECONDS, LARGEST_BODY_BYTES, Sink
from u1tray.rest.blocking.wire.line import Part
from u1tray.rest.failures import Reply
from u1tray.rest.requests import Request
from u1tray.vocabulary.errors import UsageError

_log = logging.getLogger(__name__)

_PART_BYTES = 256 * 1024


class Proxied:
    """All connections through one proxy. A Carrier."""

    def __init__(
        self,
        proxy: str,
        headers: Mapping[str, str],
        tls: ssl.SSLContext | None,
        silence_seconds: float,
    ) -> None:
        self._headers = headers
        self._silence_seconds = silence_seconds
        self._pool = _new_pool(proxy, tls)

    def close(self) -> None:
        """See Carrier."""
        self._pool.clear()

    def exchange(self, request: Request, body: Iterator[Part] | None = None) -> Reply:
        """See Carrier."""
        with self._answer(request, body) as answer:
            return Reply(answer.status, dict(answer.headers), _whole(answer, request))

    def fetch(self, request: Request, sink: Sink) -> Reply:
        """See Carrier."""
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
        self, request: Request, body: Iterator[Part] | None
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
            raise offline.timed_out(host, self._silence_seconds) from error
        except (HTTPError, OSError) as error:
            raise offline.unreachable(host, _reason(error)) from error
        _log.debug("%s: %s", request, answer.status)

    def _open(self, request: Request, body: Iterator[Part] | None) -> urllib3.BaseHTTPResponse:
        return self._pool.urlopen(
            request.method,
            request.url,
            body=body or request.body or None,
            headers={**self._headers, **request.headers},
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_SECONDS, read=self._silence_seconds),
            retries=False,
            redirect=False,
            preload_content=False,
        )


def _whole(answer: urllib3.BaseHTTPResponse, request: Request) -> bytes:
    body = answer.read(LARGEST_BODY_BYTES + 1)
    if len(body) > LARGEST_BODY_BYTES:
        raise offline.too_long(urlsplit(request.url).netloc, LARGEST_BODY_BYTES)
    return body


def _new_pool(proxy: str, tls: ssl.SSLContext | None) -> urllib3.PoolManager:
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

"""Sessions of aiohttp as our clients need them: no cookies, no repetition, own authorities."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import aiohttp

from u1tray.rest.routes import tls_context

CONNECT_TIMEOUT_SECONDS = 10.0
# What waits to be read before receiving pauses: with less, it pauses after every piece.
_READ_BUFFER_BYTES = 512 * 1024


def new_session(
    agent: str,
    ca_file: str,
    timeout: aiohttp.ClientTimeout,
    on_connected: Callable[[], None] | None,
) -> aiohttp.ClientSession:
    """A session; `on_connected` hears of each new connection. Raises UsageError for `ca_file`."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=_trusted(ca_file)),
        headers={"User-Agent": agent},
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=timeout,
        read_bufsize=_READ_BUFFER_BYTES,
        trace_configs=[_tracing(on_connected)] if on_connected is not None else None,
    )


def timeout_of(silence_seconds: float) -> aiohttp.ClientTimeout:
    """No limit for the whole, but for connecting, and for silence."""
    return aiohttp.ClientTimeout(
        total=None, sock_connect=CONNECT_TIMEOUT_SECONDS, sock_read=silence_seconds
    )


def _tracing(on_connected: Callable[[], None]) -> aiohttp.TraceConfig:
    """Tells of connections made, TLS included."""

    async def made(*_unused: object) -> None:
        on_connected()

    tracing = aiohttp.TraceConfig()
    tracing.on_connection_create_end.append(made)
    return tracing


def _trusted(ca_file: str) -> ssl.SSLContext | bool:
    """Whom TLS trusts; True is aiohttp's own context, which it has made already."""
    return tls_context(ca_file) if ca_file else True


def once_only() -> aiohttp.ClientMiddlewareType:
    """Refuse aiohttp's own silent repetition, which would send an old signature again (17)."""
    sent = False

    async def send(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        nonlocal sent
        if sent:
            raise aiohttp.ServerDisconnectedError
        sent = True
        return await handler(request)

    return send

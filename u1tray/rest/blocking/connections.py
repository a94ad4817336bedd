"""The ways of the blocking client to the hosts of a cloud: direct, or through a proxy.

A way is made when it is first needed, and kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from u1tray.rest.blocking.wire.carrier import Carrier, Sink
from u1tray.rest.blocking.wire.direct import Direct
from u1tray.rest.blocking.wire.line import Part
from u1tray.rest.failures import Reply
from u1tray.rest.requests import Request
from u1tray.rest.routes import proxy_for, tls_context

if TYPE_CHECKING:
    import ssl

READ_TIMEOUT_SECONDS = 60.0


class Connections:
    """One attempt of a request at a time, out and back. A Carrier to wherever it goes."""

    def __init__(self, user_agent: str, ca_file: str, read_timeout_seconds: float) -> None:
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": "identity"}
        self._ca_file = ca_file
        self._silence_seconds = read_timeout_seconds
        self._ways: dict[str, Carrier] = {}  # by origin
        self._proxies: dict[tuple[str, bool], Carrier] = {}  # by proxy, and whether TLS is within
        self._tls: ssl.SSLContext | None = None

    def close(self) -> None:
        """Close them all."""
        for way in self._ways.values():
            way.close()
        self._ways.clear()
        self._proxies.clear()

    def exchange(self, request: Request, body: Iterator[Part] | None = None) -> Reply:
        """See Carrier."""
        return self._way(request.url).exchange(request, body)

    def fetch(self, request: Request, sink: Sink) -> Reply:
        """See Carrier."""
        return self._way(request.url).fetch(request, sink)

    def _way(self, url: str) -> Carrier:
        end = url.find("/", url.find("://") + 3)
        origin = url if end < 0 else url[:end]
        way = self._ways.get(origin)
        if way is None:
            way = self._ways[origin] = self._new(origin)
        return way

    def _new(self, origin: str) -> Carrier:
        is_secure = urlsplit(origin).scheme == "https"
        proxy = proxy_for(origin)
        if proxy is None:
            tls = self._context() if is_secure else None
            return Direct(origin, self._headers, tls, self._silence_seconds)
        key = proxy, is_secure
        if key not in self._proxies:
            from u1tray.rest.blocking.proxied import Proxied  # noqa: PLC0415 - urllib3 takes its time

            tls = self._context() if is_secure or proxy.startswith("https") else None
            self._proxies[key] = Proxied(proxy, self._headers, tls, self._silence_seconds)
        return self._proxies[key]

    def _context(self) -> ssl.SSLContext:
        """Made once: reading the system's authorities takes its time."""
        if self._tls is None:
            self._tls = tls_context(self._ca_file)
        return self._tls

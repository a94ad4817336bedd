"""The direct way to one host of the cloud, over a connection that is kept for the next request.

The one place where the system's exceptions become ours.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from u1tray.rest import fields, offline
from u1tray.rest.blocking.wire.carrier import CONNECT_TIMEOUT_SECONDS, LARGEST_BODY_BYTES, Sink
from u1tray.rest.blocking.wire.heads import Head, HeadError, request_head
from u1tray.rest.blocking.wire.line import Line, Origin, Part
from u1tray.rest.failures import Reply
from u1tray.rest.requests import Request

if TYPE_CHECKING:
    import ssl

_log = logging.getLogger(__name__)

_PORTS = {"http": 80, "https": 443}


class Direct:
    """A Carrier; `origin` is the beginning of its URLs, such as `https://cloud.example.com`."""

    def __init__(
        self,
        origin: str,
        headers: Mapping[str, str],
        tls: ssl.SSLContext | None,
        silence_seconds: float,
    ) -> None:
        parts = urlsplit(origin)
        self._start = len(origin)
        self._host = parts.netloc
        self._origin = Origin(parts.hostname or "", parts.port or _PORTS[parts.scheme], tls)
        self._headers = headers
        self._silence_seconds = silence_seconds
        self._line: Line | None = None
        self._is_connecting = False

    def close(self) -> None:
        """See Carrier."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def exchange(self, request: Request, body: Iterator[Part] | None = None) -> Reply:
        """See Carrier."""
        with self._errors_as_ours():
            line, head, is_sent = self._ask(request, body)
            whole = self._whole(line, head)
            self._keep(line, head, is_sent=is_sent)
        _log.debug("%s: %s", request, head.status)
        return Reply(head.status, head.headers, whole)

    def fetch(self, request: Request, sink: Sink) -> Reply:
        """See Carrier."""
        with self._errors_as_ours():
            line, head, is_sent = self._ask(request, None)
            reply = Reply(head.status, head.headers, b"")
            if reply.is_success:
                line.receive_body(head, sink(reply))
            else:
                reply = Reply(head.status, head.headers, self._whole(line, head))
            self._keep(line, head, is_sent=is_sent)
        _log.debug("%s: %s", request, head.status)
        return reply

    def _ask(self, request: Request, body: Iterator[Part] | None) -> tuple[Line, Head, bool]:
        """The line with the answer's body still in it, its head, and whether all was sent."""
        headers = {**self._headers, **request.headers}
        if body is None and (request.body or request.method not in ("GET", "HEAD", "DELETE")):
            headers["Content-Length"] = str(len(request.body))
        try:
            head = request_head(
                request.method, request.url[self._start :] or "/", self._host, headers
            )
        except ValueError as error:
            raise fields.broken(what=str(error)) from None
        line = self._opened()
        is_sent = line.send(head, request.body if body is None else body)
        return line, line.receive_head(request.method), is_sent

    def _opened(self) -> Line:
        """The line of the last request if the other end has not hung up, else a new one."""
        if self._line is not None:
            if self._line.is_quiet:
                return self._line
            self.close()
        self._is_connecting = True
        self._line = Line(self._origin, CONNECT_TIMEOUT_SECONDS, self._silence_seconds)
        self._is_connecting = False
        return self._line

    def _keep(self, line: Line, head: Head, *, is_sent: bool) -> None:
        """For the next request, where that can be."""
        if not (is_sent and head.keeps_connection and line is self._line):
            self.close()

    def _whole(self, line: Line, head: Head) -> bytes:
        whole = bytearray()

        def write(part: Part) -> None:
            whole.extend(part)
            if len(whole) > LARGEST_BODY_BYTES:
                raise offline.too_long(self._host, LARGEST_BODY_BYTES)

        line.receive_body(head, write)
        return bytes(whole)

    @contextlib.contextmanager
    def _errors_as_ours(self) -> Iterator[None]:
        """After any error nothing is left on the line that the next request could take for its
        own."""
        self._is_connecting = False
        try:
            yield
        except BaseException as error:
            self.close()
            if self._origin.tls is not None and isinstance(error, OSError):
                _raise_error_of_tls(self._host, error)
            if isinstance(error, TimeoutError | BlockingIOError):
                limit = CONNECT_TIMEOUT_SECONDS if self._is_connecting else self._silence_seconds
                raise offline.timed_out(self._host, limit) from error
            if isinstance(error, OSError | HeadError):
                raise offline.unreachable(self._host, _reason(error)) from error
            raise


def _raise_error_of_tls(host: str, error: OSError) -> None:
    """Raise what an error means if it is one of TLS, and no time-out."""
    import ssl  # noqa: PLC0415 - it is there where it is needed

    if isinstance(error, ssl.SSLCertVerificationError):
        raise offline.not_trusted(host, error.verify_message) from error
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLSyscallError):
        # The line broke, in the middle of what was trusted or would have been.
        raise offline.unreachable(host, "the connection was closed") from error
    if isinstance(error, ssl.SSLError):
        raise offline.not_trusted(host, error.reason or "TLS failed") from error


def _reason(error: OSError | HeadError) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__

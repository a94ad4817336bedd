"""A real HTTP server that gives scripted answers: for what a working cloud never does."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from u1tray.rest import signing
from u1tray.vocabulary.credentials import Credentials


@dataclass(frozen=True)
class Answer:
    """One answer; without a status the connection is broken, `hold` waits for the event."""

    status: int | None = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = ()
    hold: threading.Event | None = None

    @classmethod
    def json(cls, status: int, value: object, *headers: tuple[str, str]) -> Answer:
        return cls(status, json.dumps(value).encode(), headers)


@dataclass(frozen=True)
class Received:
    """What a client sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def oauth(self) -> dict[str, str]:
        return dict(signing.parse_authorization(self.headers.get("authorization", "")))

    def is_signed_by(self, keys: Credentials, scheme: str = "http") -> bool:
        path, _, query = self.target.partition("?")
        return signing.verifies(
            self.method,
            scheme,
            self.headers["host"],
            path,
            signing.collect_parameters(self.oauth.items(), query),
            consumer_secret=keys.consumer_secret,
            token_secret=keys.token_secret,
        )


@dataclass
class Scripted:
    """The running server: what it will answer, what it was asked."""

    url: str
    answers: list[Answer | Callable[[Received], Answer]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: Scripted

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        received = Received(self.command, self.path, headers, body)
        self.script.received.append(received)
        if not self.script.answers:
            raise AssertionError(f"asked for {self.path} without an answer left")
        answer = self.script.answers.pop(0)
        if not isinstance(answer, Answer):
            answer = answer(received)
        if answer.hold is not None:
            answer.hold.wait(20)
        if answer.status is None:
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        names = {name.lower() for name, _ in answer.headers}
        for name, value in answer.headers:
            self.send_header(name, value)
        if "content-length" not in names:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_CONNECT = _answer  # noqa: N815

    def log_message(self, *args: object) -> None:
        pass


@contextlib.contextmanager
def scripted(tls: ssl.SSLContext | None = None) -> Iterator[Scripted]:
    """A server on loopback until the end of the block."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *args: None  # a client that hangs up is part of the script
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    script = Scripted(f"{scheme}://127.0.0.1:{server.server_address[1]}")
    handler.script = script
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()

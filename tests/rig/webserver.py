"""A small real web server whose every answer a test chooses, over http or https."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK = ip_address("127.0.0.1")


@dataclass(frozen=True)
class Heard:
    """A request as it came: `target` is the raw request target."""

    method: str
    target: str
    headers: dict[str, str]


@dataclass
class WebServer:
    """A running server. `answer` writes raw bytes to the client; by default nothing."""

    url: str
    heard: list[Heard] = field(default_factory=list)
    answer: Callable[[Heard, socket.socket], None] = lambda _heard, _client: None
    released: threading.Event = field(default_factory=threading.Event)

    def reply(self, status: str, body: bytes = b"", *headers: str) -> None:
        """Answer every request with this from now on."""
        self.answers((status, body, *headers))

    def answers(self, *each: tuple) -> None:
        """Answer the requests one after the other, the last one for good."""
        left = list(each)

        def answer(_heard: Heard, client: socket.socket) -> None:
            status, body, *headers = left.pop(0) if len(left) > 1 else left[0]
            client.sendall(response(status, body, *headers))

        self.answer = answer

    def hold(self) -> None:
        """Take requests and never answer, until the test is over."""
        self.answer = lambda _heard, _client: self.released.wait(60) and None


def response(status: str, body: bytes, *headers: str) -> bytes:
    """A whole answer; a `Content-Length` among the headers replaces the true one."""
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers]
    if not any(line.lower().startswith("content-length") for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextlib.contextmanager
def web_server(certificate: Path | None = None) -> Iterator[WebServer]:
    """A server on a free loopback port; with a PEM file of key and certificate over TLS."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard = Heard(self.command, self.path, dict(self.headers))
            running.heard.append(heard)
            with contextlib.suppress(OSError):
                running.answer(heard, self.connection)
            self.close_connection = True

        do_CONNECT = do_GET  # noqa: N815

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass

        def finish_request(self, request, client_address) -> None:
            if context is not None:
                request = context.wrap_socket(request, server_side=True)
            super().finish_request(request, client_address)
            with contextlib.suppress(OSError):
                request.close()

    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    server = Server(("127.0.0.1", 0), Handler)
    scheme = "http" if context is None else "https"
    running = WebServer(f"{scheme}://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield running
    finally:
        running.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def make_certificate(directory: Path) -> Path:
    """A self-made certificate for 127.0.0.1, which nobody has reason to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(LOOPBACK)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = directory / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path

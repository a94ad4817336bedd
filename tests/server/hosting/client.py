"""A blocking client over http, https or a Unix socket that keeps its connection; never retries."""

from __future__ import annotations

import http.client
import json
import secrets
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.rig.cloud import EMAIL, PASSWORD
from u1tray.rest.signing import HMAC_SHA1, authorization
from u1tray.vocabulary.credentials import Credentials

TIMEOUT_S = 60.0


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a socket in the file system."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT_S)
        self.sock.connect(str(self._path))


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """`base` is what is signed, `unix` or the port of `base` what is connected to."""

    base: str  # https://cloud.example.com
    port: int = 0
    context: ssl.SSLContext | None = None
    unix: Path | None = None
    credentials: Credentials | None = None
    signature_method: str = HMAC_SHA1
    headers: dict[str, str] = field(default_factory=dict)
    _wire: http.client.HTTPConnection | None = None

    def ask(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        **headers: str,
    ) -> Answer:
        """One request over the kept connection. Raises OSError and HTTPException."""
        fields = self.headers | {name.replace("_", "-"): text for name, text in headers.items()}
        fields["Host"] = self.base.partition("://")[2]
        if self.credentials is not None:
            fields["Authorization"] = self.sign(method, target)
        wire = self._wire = self._wire or self._connect()
        wire.request(method, target, body, fields)
        reply = wire.getresponse()
        return Answer(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())

    def sign(self, method: str, target: str) -> str:
        assert self.credentials is not None
        return authorization(
            method,
            self.base + target,
            self.credentials,
            nonce=secrets.token_hex(16),
            timestamp=int(time.time()),
            signature_method=self.signature_method,
        )

    def log_in(self, name: str = "test") -> Client:
        """The same client with credentials of its own."""
        body = {"email": EMAIL, "password": PASSWORD, "token_name": name}
        answer = self.ask("POST", "/api/v2/tokens/oauth", json.dumps(body).encode())
        assert answer.status in (200, 201), answer
        found = answer.json
        self.credentials = Credentials(
            name,
            found["consumer_key"],
            found["token_key"],
            found["consumer_secret"],
            found["token_secret"],
        )
        return self

    def another(self) -> Client:
        """The same with a connection of its own."""
        return Client(
            self.base,
            self.port,
            self.context,
            self.unix,
            self.credentials,
            self.signature_method,
            self.headers,
        )

    def peer_certificate(self) -> bytes:
        """That of the open connection, DER."""
        assert self._wire is not None
        assert isinstance(self._wire.sock, ssl.SSLSocket)
        found = self._wire.sock.getpeercert(binary_form=True)
        assert found is not None
        return found

    def close(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def _connect(self) -> http.client.HTTPConnection:
        if self.unix is not None:
            return UnixConnection(self.unix)
        port = self.port or int(self.base.rpartition(":")[2])
        if self.context is None:
            return http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        return http.client.HTTPSConnection(
            "127.0.0.1", port, timeout=TIMEOUT_S, context=self.context
        )

"""Our server as a process, with one account whose requests are signed."""

from __future__ import annotations

import json
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.cloud.bench import Bench
from tests.benchmarks.cloud.client import HOST, ask, connect
from tests.rig.cloud import EMAIL, PASSWORD
from tests.rig.processes import Process
from u1tray.rest.signing import authorization, encode, parse_authorization
from u1tray.vocabulary.credentials import Credentials

API = "/api/file_storage/v1"
ROOT = "~/Ubuntu%20One"
_QUOTA = "1TB"


@dataclass
class Cloud:
    """A running u1server."""

    process: Process
    data: Path
    port: int
    credentials: Credentials | None = None

    def request(self, method: str, target: str, body: bytes | None = None) -> bytes:
        """A signed request with its body."""
        return self.head(method, target, None if body is None else len(body)) + (body or b"")

    def head(self, method: str, target: str, length: int | None = None) -> bytes:
        """A signed request up to its body."""
        signed = self._signature(method, target)
        return plain(self.port, method, target, length, f"Authorization: {signed}\r\n")

    def signed_url(self, method: str, target: str) -> str:
        """A whole URL with its signature in the query."""
        pairs = parse_authorization(self._signature(method, target))
        query = "&".join(f"{encode(name)}={encode(value)}" for name, value in pairs)
        return f"http://{HOST}:{self.port}{target}?{query}"

    def _signature(self, method: str, target: str) -> str:
        assert self.credentials is not None
        url = f"http://{HOST}:{self.port}{target}"
        nonce, now = secrets.token_hex(8), int(time.time())
        return authorization(method, url, self.credentials, nonce=nonce, timestamp=now)

    def log_in(self, name: str = "benchmark", email: str = EMAIL) -> None:
        """Get the token of a name; checking a password takes memory that counts."""
        body = {"email": email, "password": PASSWORD, "token_name": name}
        sent = json.dumps(body).encode()
        with connect(self.port) as wire:
            answer = ask(wire, plain(self.port, "POST", "/api/v2/tokens/oauth", len(sent)) + sent)
        found = json.loads(answer.body)
        names = ("consumer_key", "token_key", "consumer_secret", "token_secret")
        self.credentials = Credentials("benchmark", *(found[name] for name in names))

    def json(self, target: str) -> object:
        """What a signed GET answers."""
        with connect(self.port) as wire:
            return json.loads(ask(wire, self.request("GET", target)).body)


def plain(port: int, method: str, target: str, length: int | None = None, more: str = "") -> bytes:
    """A request up to its body, without a signature."""
    sized = "" if length is None else f"Content-Length: {length}\r\n"
    return f"{method} {target} HTTP/1.1\r\nHost: {HOST}:{port}\r\n{sized}{more}\r\n".encode()


def start_cloud(bench: Bench, name: str, *options: str) -> Cloud:
    """A server with a data directory and an account of its own, logged in."""
    data = bench.home / name
    _add_account(bench, data, EMAIL, options)
    cloud = serve_cloud(bench, data, *options)
    cloud.log_in()
    return cloud


def for_another(bench: Bench, cloud: Cloud, email: str, *options: str) -> Cloud:
    """The same server, as a new account sees it."""
    _add_account(bench, cloud.data, email, options)
    other = Cloud(cloud.process, cloud.data, cloud.port)
    other.log_in(email=email)
    return other


def serve_cloud(bench: Bench, data: Path, *options: str) -> Cloud:
    """A server of a data directory that is there."""
    any_port = ("--listen", f"{HOST}:0", "--admin-listen", f"{HOST}:0")
    process = bench.started.start("u1server", "serve", "--data", str(data), *any_port, *options)
    found = re.search(r"http://\S+:(\d+)", process.wait_for_line("listening on", 60))
    assert found
    return Cloud(process, data, int(found[1]))


def _add_account(bench: Bench, data: Path, email: str, options: tuple[str, ...]) -> None:
    added = bench.started.run(
        *("u1server", "user", "add", email, "--name", "Ana Example", "--quota", _QUOTA),
        *("--data", str(data), *_database(options), "--password-stdin"),
        stdin=PASSWORD,
    )
    assert added.returncode == 0, added.stderr


def _database(options: tuple[str, ...]) -> tuple[str, ...]:
    """The options that `user add` needs too."""
    if "--database-url" not in options:
        return ()
    at = options.index("--database-url")
    return options[at : at + 2]

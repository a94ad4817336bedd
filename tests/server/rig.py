"""A running cloud inside the test: real sockets, real files, a clock and keys of the test's own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.server.raw import Reply, exchange
from u1tray.rest.signing import HMAC_SHA1, PLAINTEXT, authorization
from u1tray.server.accounts import issue, register
from u1tray.server.accounts.passwords import Passwords
from u1tray.server.accounts.register import NewAccount
from u1tray.server.accounts.values import Account, Token
from u1tray.server.app import open_cloud, serving
from u1tray.server.changes.hub import Pace
from u1tray.server.cloud import Cloud
from u1tray.server.settings.options import Endpoint, Settings
from u1tray.server.storage.metadata import accounts as account_rows
from u1tray.server.storage.metadata import tokens as token_rows
from u1tray.server.storage.metadata.address import parse_database_url
from u1tray.vocabulary.credentials import Credentials

ANY_PORT = Endpoint("127.0.0.1", 0)
NOW = 1325376000.0  # the time of the contract's test vectors
PASSWORD = "correct horse ñ"


@dataclass
class FixedClock:
    """A clock that stands still until a test moves it."""

    moment: float = NOW

    def now(self) -> float:
        return self.moment


@dataclass
class FixedKeys:
    """Keys chosen by a test; further ones are numbered."""

    consumer: tuple[str, str] = ("kW3xQ7a", "consumerSecretA")
    first_token: tuple[str, str] = ("tokenA", "tokenSecretA")
    _made: dict[str, int] = field(default_factory=dict)

    def consumer_key(self) -> str:
        return self._next("consumer key", self.consumer[0])

    def consumer_secret(self) -> str:
        return self._next("consumer secret", self.consumer[1])

    def token(self) -> str:
        return self._next("token", self.first_token[0])

    def token_secret(self) -> str:
        return self._next("token secret", self.first_token[1])

    def token_id(self) -> str:
        return self._next("id", "id")

    def _next(self, kind: str, first: str) -> str:
        number = self._made[kind] = self._made.get(kind, 0) + 1
        return first if number == 1 else f"{first}{number}"


@dataclass
class Running:
    """A cloud that answers."""

    cloud: Cloud
    clock: FixedClock
    api: Endpoint
    admin: Endpoint
    _nonces: int = 0

    async def send(self, data: bytes, *, is_head: bool = False) -> Reply:
        """Exact bytes to the main port."""
        return await exchange(self.api.host, self.api.port, data, is_head=is_head)

    async def request(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        """A request with a Host header of its own, and a Content-Length if there is a body."""
        return await self.send(self.wire(method, target, headers, body), is_head=method == "HEAD")

    def wire(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> bytes:
        """The bytes of a request."""
        fields = {"Host": self.api.authority, **(headers or {})}
        if body is not None:
            fields["Content-Length"] = str(len(body))
        lines = [f"{method} {target} HTTP/1.1", *(f"{k}: {v}" for k, v in fields.items())]
        return "\r\n".join([*lines, "", ""]).encode() + (body or b"")

    def sign(
        self,
        credentials: Credentials,
        method: str,
        target: str,
        *,
        signature_method: str = HMAC_SHA1,
        offset_s: int = 0,
        nonce: str | None = None,
    ) -> str:
        """An Authorization header for a request to the main port."""
        self._nonces += 1
        return authorization(
            method,
            f"http://{self.api.authority}{target}",
            credentials,
            nonce=nonce or f"nonce{self._nonces}",
            timestamp=int(self.clock.moment) + offset_s,
            signature_method=signature_method,
        )

    async def signed(
        self,
        credentials: Credentials,
        method: str,
        target: str,
        *,
        signature_method: str = HMAC_SHA1,
        body: bytes | None = None,
    ) -> Reply:
        """The answer to a request signed by header."""
        header = self.sign(credentials, method, target, signature_method=signature_method)
        return await self.request(method, target, {"Authorization": header}, body)

    async def plain(self, credentials: Credentials, method: str, target: str) -> Reply:
        """The answer to a request with a PLAINTEXT signature."""
        return await self.signed(credentials, method, target, signature_method=PLAINTEXT)

    async def post_json(self, target: str, value: Any) -> Reply:
        """The answer to a JSON body, of whatever shape."""
        return await self.request("POST", target, body=json.dumps(value).encode())

    async def ask_admin(self, method: str, target: str) -> Reply:
        """The answer of the administration port."""
        data = f"{method} {target} HTTP/1.1\r\nHost: admin\r\n\r\n".encode()
        return await exchange(self.admin.host, self.admin.port, data, is_head=method == "HEAD")

    async def add_account(
        self,
        email: str = "ana@example.com",
        name: str = "Ana Example",
        quota_bytes: int | None = 5368709120,
        password: str = PASSWORD,
    ) -> Account:
        """A new account, made as `u1server user add` makes it."""
        hashed = Passwords().hash(password)
        new = NewAccount(email, name, quota_bytes)
        write = self.cloud.workers.write
        return await write(register.create, new, hashed, self.cloud.mint, self.clock.now())

    async def add_token(self, account: Account, name: str = "device") -> tuple[Credentials, Token]:
        """A token of an account, with all that its device needs."""
        issued = await self.cloud.workers.write(
            issue.issue, account, name, self.cloud.mint, self.clock.now()
        )
        credentials = Credentials(
            name,
            account.consumer_key,
            issued.token.key,
            issued.consumer_secret,
            issued.token_secret,
        )
        return credentials, issued.token

    async def change_account(self, account: Account, **columns: Any) -> None:
        await self.cloud.workers.write(account_rows.change, account.id, **columns)

    async def change_token(self, token: Token, **columns: Any) -> None:
        await self.cloud.workers.write(token_rows.change, token.id, **columns)


async def until(condition: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Let the loop run until a condition holds that has no event of its own."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def running_cloud(
    directory: Path,
    keys: FixedKeys | None = None,
    database_url: str | None = None,
    pace: Pace | None = None,
    **options: Any,
) -> AsyncIterator[Running]:
    """A cloud in a data directory, with options of the settings."""
    clock = FixedClock()
    if database_url is not None:
        options["database_url"] = parse_database_url(database_url)
    settings = Settings(data=directory, listen=ANY_PORT, admin_listen=ANY_PORT, **options)
    cloud = open_cloud(settings, {}, clock=clock, keys=keys, pace=pace)
    try:
        async with serving(cloud) as (api, admin):
            yield Running(cloud, clock, api, admin)
    finally:
        cloud.close()

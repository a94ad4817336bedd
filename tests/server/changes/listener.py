"""A client of the change stream that reads raw lines: nothing clever."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.server.raw import ANSWER_TIMEOUT_S, Connection, connect
from tests.server.rig import Running
from u1tray.rest.signing import authorization
from u1tray.vocabulary.credentials import Credentials

CHANGES = "/api/file_storage/v1/changes"


@dataclass
class Listener:
    """An open stream, behind its head."""

    connection: Connection
    status: int
    headers: dict[str, str]
    _rest: bytes = b""

    async def block(self) -> str:
        """The next lines up to an empty one; `''` at the end of the stream."""
        return await asyncio.wait_for(self._block(), ANSWER_TIMEOUT_S)

    async def event(self) -> tuple[str, Any]:
        """The next event's name and data; comments are passed over."""
        while True:
            lines = (await self.block()).split("\n")
            if lines == [""]:
                return "end", None
            fields = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
            if "event" in fields:
                return fields["event"], json.loads(fields["data"])

    async def _block(self) -> str:
        while b"\n\n" not in self._rest:
            size = int((await self.connection.reader.readuntil(b"\r\n")).strip(), 16)
            self._rest += (await self.connection.reader.readexactly(size + 2))[:-2]
            if size == 0:
                assert self._rest == b""
                assert await self.connection.reader.read() == b""  # the server closes
                return ""
        block, self._rest = self._rest.split(b"\n\n", 1)
        return block.decode()


async def listen(running: Running, credentials: Credentials, method: str = "GET") -> Listener:
    """A stream whose head was read."""
    header = running.sign(credentials, method, CHANGES)
    wire = running.wire(method, CHANGES, {"Authorization": header})
    return await open_stream(running.api.host, running.api.port, wire)


async def listen_at(url: str, credentials: Credentials) -> Listener:
    """The same at a server that is a process of its own."""
    header = authorization(
        "GET", url + CHANGES, credentials, nonce=secrets.token_hex(8), timestamp=int(time.time())
    )
    parts = urlsplit(url)
    lines = f"GET {CHANGES} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: {header}\r\n\r\n"
    return await open_stream(parts.hostname or "", parts.port or 0, lines.encode())


async def open_stream(host: str, port: int, request: bytes) -> Listener:
    """The stream that answers a request."""
    connection = await connect(host, port)
    await connection.send(request)
    head = await asyncio.wait_for(connection.reader.readuntil(b"\r\n\r\n"), ANSWER_TIMEOUT_S)
    status, *lines = head.decode("latin-1")[:-4].split("\r\n")
    headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}
    return Listener(connection, int(status.split(" ")[1]), headers)


@contextlib.asynccontextmanager
async def listening(running: Running, credentials: Credentials) -> AsyncIterator[Listener]:
    """A stream that has said hello; closed in the end."""
    listener = await listen(running, credentials)
    try:
        assert listener.status == 200
        assert (await listener.event())[0] == "hello"
        yield listener
    finally:
        await listener.connection.close()

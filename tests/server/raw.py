"""A client that sends exact bytes and takes the answer apart without being clever."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

ANSWER_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Reply:
    """One HTTP answer; `headers` in the order of the wire, names in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header sent at most once, or None."""
        found = [value for key, value in self.headers if key == name.lower()]
        assert len(found) <= 1, (name, found)
        return found[0] if found else None

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The slug of an error of section 12."""
        slug = self.json["code"]
        assert isinstance(slug, str)
        return slug


@dataclass
class Connection:
    """An open connection to the server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    interim: list[int] = field(default_factory=list)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self, *, is_head: bool = False) -> Reply:
        """The next final answer; interim ones (1xx) are noted."""
        while True:
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            status_line, *lines = head[:-4].split("\r\n")
            status = int(status_line.split(" ")[1])
            if status >= 200:
                break
            self.interim.append(status)
        pairs = tuple(
            (n.strip().lower(), v.strip()) for n, _, v in (x.partition(":") for x in lines)
        )
        length = int(dict(pairs).get("content-length", "0"))
        # An event stream does not end: who wants its body reads it.
        if is_head or dict(pairs).get("content-type") == "text/event-stream":
            return Reply(status, pairs, b"")
        if dict(pairs).get("transfer-encoding") == "chunked":
            return Reply(status, pairs, await self._chunks())
        return Reply(status, pairs, await self.reader.readexactly(length))

    async def _chunks(self) -> bytes:
        body = b""
        while True:
            size = int((await self.reader.readuntil(b"\r\n")).strip(), 16)
            chunk = (await self.reader.readexactly(size + 2))[:-2]
            if not chunk:
                return body
            body += chunk

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


async def connect(host: str, port: int) -> Connection:
    reader, writer = await asyncio.open_connection(host, port)
    return Connection(reader, writer)


async def exchange(host: str, port: int, data: bytes, *, is_head: bool = False) -> Reply:
    """Send exact bytes over a connection of their own."""
    return await asyncio.wait_for(_exchange(host, port, data, is_head), ANSWER_TIMEOUT_S)


async def _exchange(host: str, port: int, data: bytes, is_head: bool) -> Reply:
    connection = await connect(host, port)
    try:
        await connection.send(data)
        return await connection.reply(is_head=is_head)
    finally:
        await connection.close()

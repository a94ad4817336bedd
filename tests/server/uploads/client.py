"""A tus client that sends exactly what a test says, signed with HMAC."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from dataclasses import dataclass

from tests.server.files.client import API, Files
from tests.server.raw import Connection, Reply, connect
from tests.server.rig import Running
from u1tray.vocabulary.credentials import Credentials

UPLOADS = f"{API}/uploads/"
TUS = {"Tus_Resumable": "1.0.0"}
OCTETS = {"Content_Type": "application/offset+octet-stream"}


def metadata(**values: str) -> str:
    """`Upload-Metadata` of plain texts."""
    return ",".join(f"{key} {b64encode(text.encode()).decode()}" for key, text in values.items())


@dataclass
class Tus:
    """One account's uploads, to targets such as `~/Docs/a`."""

    files: Files

    @property
    def running(self) -> Running:
        return self.files.running

    @property
    def credentials(self) -> Credentials:
        return self.files.credentials

    async def create(self, target: str, length: int, **more: str) -> Reply:
        fields = {"Upload_Metadata": metadata(target=f"/{target}", **more)}
        return await self.files.ask("POST", UPLOADS, Upload_Length=str(length), **TUS, **fields)

    async def begin(self, target: str, length: int, **more: str) -> str:
        """The URL of a new upload."""
        reply = await self.create(target, length, **more)
        assert reply.status == 201, reply
        location = reply.header("Location")
        assert location is not None
        return location

    async def patch(self, url: str, offset: int, data: bytes, **more: str) -> Reply:
        fields = {**TUS, **OCTETS, "Upload_Offset": str(offset), **more}
        return await self.files.ask("PATCH", url, data, **fields)

    async def head(self, url: str) -> Reply:
        return await self.files.ask("HEAD", url, **TUS)

    async def offset(self, url: str) -> int:
        reply = await self.head(url)
        assert reply.status == 200, reply
        return int(reply.header("Upload-Offset") or "")

    async def delete(self, url: str) -> Reply:
        return await self.files.ask("DELETE", url, **TUS)

    def wire(self, url: str, offset: int, length: int | None) -> bytes:
        """The head of a PATCH of `length` bytes, None for chunks."""
        size = {"Transfer-Encoding": "chunked"} if length is None else {}
        fields = {
            "Authorization": self.running.sign(self.credentials, "PATCH", url),
            "Tus-Resumable": "1.0.0",
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(offset),
            **(size or {"Content-Length": str(length)}),
        }
        return self.running.wire("PATCH", url, fields)

    async def begun_patch(self, url: str, offset: int, length: int) -> Connection:
        """A PATCH that the server waits for the body of."""
        connection = await connect(self.running.api.host, self.running.api.port)
        head = self.wire(url, offset, length)[:-2] + b"Expect: 100-continue\r\n\r\n"
        await connection.send(head)
        interim = await asyncio.wait_for(connection.reader.readuntil(b"\r\n\r\n"), 60)
        assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
        return connection

    async def open_patch(self, url: str, offset: int, length: int | None) -> Connection:
        """A PATCH whose body the test sends."""
        connection = await connect(self.running.api.host, self.running.api.port)
        await connection.send(self.wire(url, offset, length))
        return connection

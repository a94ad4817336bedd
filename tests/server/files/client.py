"""A client of the file API that signs every request; nothing clever."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.server.raw import Reply
from tests.server.rig import Running
from u1tray.vocabulary.credentials import Credentials

API = "/api/file_storage/v1"


def encoded(path: str) -> str:
    """As clients encode paths (REST contract, 3)."""
    return quote(path, safe="/~")


def tag_of(data: bytes) -> str:
    return f'"{hash_of(data)}"'


def hash_of(data: bytes) -> str:
    return "sha1:" + hashlib.sha1(data).hexdigest()


def magic_of(data: bytes) -> str:
    return "magic_hash:" + hashlib.sha1(b"Ubuntu One" + data).hexdigest()


@dataclass
class Files:
    """One account's files. Paths are written `~/Docs/a b`."""

    running: Running
    credentials: Credentials

    async def ask(
        self, method: str, target: str, body: bytes | None = None, **headers: str
    ) -> Reply:
        """A signed request; `If_Match` is the header If-Match."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        fields["Authorization"] = self.running.sign(self.credentials, method, target)
        return await self.running.request(method, target, fields, body)

    async def volume(self, method: str, path: str, query: str = "") -> Reply:
        return await self.ask(method, f"{API}/volumes/{encoded(path)}{query}")

    async def node(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        sent = None if body is None else json.dumps(body).encode()
        return await self.ask(method, f"{API}/{encoded(path)}", sent, **headers)

    async def content(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> Reply:
        return await self.ask(method, f"/content/{encoded(path)}", body, **headers)

    async def put(self, path: str, data: bytes) -> dict[str, Any]:
        """A file with content: its representation."""
        reply = await self.content("PUT", path, data)
        assert reply.status in (200, 201), reply
        return dict(reply.json)

    async def make(self, path: str, kind: str = "directory") -> dict[str, Any]:
        """A new node: its representation."""
        reply = await self.node("PUT", path, {"kind": kind})
        assert reply.status == 201, reply
        return dict(reply.json)

    async def get(self, path: str) -> dict[str, Any]:
        """A node that is there."""
        reply = await self.node("GET", path)
        assert reply.status == 200, reply
        return dict(reply.json)

    async def names(self, path: str) -> list[str]:
        """The paths of a directory's children."""
        reply = await self.ask("GET", f"{API}/{encoded(path)}?include_children=true")
        return [child["path"] for child in reply.json["children"]]

    async def delta(self, path: str, since: int) -> dict[str, Any]:
        """A volume with its delta."""
        reply = await self.volume("GET", path, f"?from_generation={since}")
        assert reply.status == 200, reply
        return dict(reply.json)

    async def changed(self, path: str, since: int) -> list[tuple[str, bool]]:
        """Path and liveness of the nodes in a delta."""
        found = await self.delta(path, since)
        return [(node["path"], node["is_live"]) for node in found["delta"]["nodes"]]

    async def generation(self, path: str) -> int:
        return int((await self.volume("GET", path)).json["generation"])

    async def used(self) -> int:
        return int((await self.ask("GET", "/api/quota/")).json["used"])

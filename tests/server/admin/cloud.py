"""A whole cloud on disk that tests copy, damage, and look at again through the API."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from tests.rig.processes import Processes
from tests.server.files.client import API, Files, hash_of
from tests.server.rig import Running
from u1tray.vocabulary.credentials import Credentials

EMAIL = "ana@example.com"
ROOT = "~/Ubuntu One"
BIG = bytes(range(256)) * 400  # a blob
OTHER = bytes(reversed(range(256))) * 500  # another
SMALL = b"a few bytes"  # in the database
# What the cloud holds, by path.
FILES = {
    f"{ROOT}/one.txt": b"one",
    f"{ROOT}/a/big.bin": BIG,
    f"{ROOT}/a/twin.bin": BIG,
    f"{ROOT}/a/b/deep.txt": SMALL,
    f"{ROOT}/a/b/other.bin": OTHER,
    "~/Docs/x.txt": b"in another volume",
    "~/Docs/sub/y.txt": b"below",
}


@dataclass(frozen=True)
class Made:
    """A cloud that was made, and is not running."""

    data: Path
    credentials: Credentials


async def fill(running: Running) -> Credentials:
    """An account with the files of FILES, a public one, and a deleted one."""
    credentials, _ = await running.add_token(await running.add_account(EMAIL))
    files = Files(running, credentials)
    await files.volume("PUT", "~/Docs")
    for path, data in FILES.items():
        await files.put(path, data)
    reply = await files.node("PUT", f"{ROOT}/one.txt", {"is_public": True})
    assert reply.status == 200
    await files.put("~/Docs/gone.txt", b"gone")
    assert (await files.node("DELETE", "~/Docs/gone.txt")).status == 200
    return credentials


def fsck(
    started: Processes, data: Path, *words: str
) -> tuple[CompletedProcess[str], dict[str, Any]]:
    """What `fsck --json` did and printed."""
    done = started.run("u1server", "fsck", "--data", str(data), "--json", *words)
    assert "Traceback" not in done.stderr, done.stderr
    return done, json.loads(done.stdout) if done.stdout else {}


def damage(data: Path, *statements: str) -> None:
    """Change the database behind the server's back."""
    with closing(sqlite3.connect(data / "metadata.sqlite")) as database:
        database.execute("PRAGMA foreign_keys=OFF")
        for statement in statements:
            database.execute(statement)
        database.commit()


def ask(data: Path, query: str) -> Any:
    """The first column of the first row."""
    with closing(sqlite3.connect(data / "metadata.sqlite")) as database:
        row = database.execute(query).fetchone()
        return None if row is None else row[0]


def rows_of(data: Path) -> list[object]:
    """Every row of the database, read without its indexes."""
    with closing(sqlite3.connect(data / "metadata.sqlite")) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return [
            (name, database.execute(f"SELECT * FROM {name} NOT INDEXED").fetchall())
            for (name,) in names
        ]


def blob(data: Path, content: bytes) -> Path:
    """Where the blob of a content is."""
    import hashlib

    name = hashlib.sha256(content).hexdigest()
    return data / "contents" / name[:2] / name[2:4] / name


class Copy:
    """What a syncing program knows of a volume: it applies deltas by key."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.generation = 0
        self.root = ""
        self.nodes: dict[str, dict[str, Any]] = {}

    async def update(self, files: Files) -> None:
        """As REST contract 9: from the remembered generation, or anew."""
        reply = await files.volume("GET", self.path, f"?from_generation={self.generation}")
        if reply.status == 410:
            assert reply.code == "delta_gone"
            self.nodes, self.generation = {}, 0
            reply = await files.volume("GET", self.path, "?from_generation=0")
        found = reply.json
        root = (await files.get(self.path))["key"]
        if found["generation"] < self.generation or (self.root and root != self.root):
            self.nodes, self.generation = {}, 0
            found = await files.delta(self.path, 0)
        self.root = root
        for node in found["delta"]["nodes"]:
            if node["is_live"]:
                self.nodes[node["key"]] = node
            else:
                self.nodes.pop(node["key"], None)
        self.generation = found["generation"]

    def tree(self) -> dict[str, str | None]:
        """Hash by path, placed by parents; what lay below something deleted is gone."""
        found: dict[str, str | None] = {}
        for node in self.nodes.values():
            names: list[str] = []
            current: dict[str, Any] | None = node
            while current is not None and current["key"] != self.root and len(names) < 50:
                names.append(current["path"].rpartition("/")[2])
                parent = current["parent_key"]
                current = {"key": self.root} if parent == self.root else self.nodes.get(parent)
            if current is not None and current["key"] == self.root:
                found["/".join([self.path, *reversed(names)])] = node.get("hash")
        return found


async def volumes(files: Files) -> list[str]:
    """The paths of an account's volumes."""
    return [volume["path"] for volume in (await files.ask("GET", f"{API}/volumes")).json]


async def check_promises(files: Files, copies: list[Copy]) -> dict[str, bytes | None]:
    """What every client may rely on, whatever happened. The bytes of all files, None for none.

    A program that kept a copy and applies deltas has what one that begins anew has; every hash is
    that of the bytes; `used` is the sum of the sizes (REST contract, 7, 9, 11).
    """
    shown: dict[str, bytes | None] = {}
    total = 0
    for path in await volumes(files):
        fresh = Copy(path)
        await fresh.update(files)
        for kept in copies:
            if kept.path == path:
                await kept.update(files)
                assert kept.tree() == fresh.tree()
        for node in fresh.nodes.values():
            assert (await files.get(node["resource_path"][1:]))["key"] == node["key"]
            if node["kind"] == "file":
                shown[node["resource_path"][1:]] = await _bytes(files, node)
                total += node["size"] or 0
    assert await files.used() == total
    return shown


async def _bytes(files: Files, node: dict[str, Any]) -> bytes | None:
    reply = await files.content("GET", node["resource_path"][1:])
    if node["hash"] is None:
        assert (reply.status, reply.code, node["size"]) == (404, "no_content", None)
        return None
    assert reply.status == 200
    assert (hash_of(reply.body), len(reply.body)) == (node["hash"], node["size"])
    return reply.body


Damaging = Callable[[Path], None]

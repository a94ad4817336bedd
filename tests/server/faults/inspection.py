"""Looks whether a cloud holds what its writers know: byte for byte, by listing and by deltas."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.server.faults import tree as trees
from tests.server.faults.tree import EMPTY, Thing, Tree
from tests.server.faults.writer import Plain, Writer
from tests.server.files.client import API, hash_of
from u1tray.server.admin.fsck.check import Fsck, Options, Patient
from u1tray.server.admin.fsck.damage import LEFTOVERS, Finding
from u1tray.server.admin.progress import NoProgress
from u1tray.server.settings.options import Settings
from u1tray.server.storage.blobs.choose import open_contents
from u1tray.server.storage.directory import open_directory
from u1tray.server.storage.garbage import Collector
from u1tray.server.storage.metadata.address import parse_database_url
from u1tray.server.storage.partials.opening import open_partials
from u1tray.server.uploads.expiry import remove_expired

_LATER_S = 30 * 86400.0


@dataclass(frozen=True)
class LaterClock:
    """A clock that is ahead: all that is not used any more is old by it."""

    ahead_s: float = 0.0

    def now(self) -> float:
        return time.time() + self.ahead_s


@dataclass
class Follower:
    """A sync client: it only applies deltas, by key (9, 20)."""

    generation: int = 0
    root: str = ""
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def catch_up(self, client: Plain, volume: str) -> None:
        """Apply what is new; start anew where the volume is another one."""
        target = f"{API}/volumes/{quote(volume, safe='/~')}"
        root = client.ask("GET", f"{API}/{quote(volume, safe='/~')}").json["key"]
        current = client.ask("GET", target).json["generation"]
        if root != self.root or current < self.generation:
            self.generation, self.root, self.nodes = 0, root, {}
        found = client.ask("GET", f"{target}?from_generation={self.generation}").json
        for node in found["delta"]["nodes"]:
            assert node["generation"] > self.generation
            self.nodes[node["key"]] = node
        self.generation = found["generation"]

    def live(self) -> dict[str, dict[str, Any]]:
        """The live nodes by the path that their keys give."""
        return {
            path: node for node in self.nodes.values() if (path := self._path(node)) is not None
        }

    def _path(self, node: dict[str, Any]) -> str | None:
        names: list[str] = []
        while node["is_live"]:
            names.append(node["path"].rpartition("/")[2])
            if node["parent_key"] == self.root:
                return "/" + "/".join(reversed(names))
            node = self.nodes[node["parent_key"]]
        return None


def stored(client: Plain, place: str) -> Tree:
    """What is there now, every content read."""
    target = f"{API}/{quote(place, safe='/~')}?recursive=true"
    answer = client.ask("GET", target)
    if answer.status == 404:
        return EMPTY
    assert answer.status == 200, answer
    *nodes, end = [json.loads(line) for line in answer.body.splitlines()]
    assert end["end"]
    assert end["count"] == len(nodes)
    found = {}
    for node in nodes:
        path = node["resource_path"].removeprefix(f"/{place}")
        data = None
        if node.get("hash") is not None:
            got = client.ask("GET", quote(node["content_path"], safe="/~"))
            data = got.body
            assert (got.status, hash_of(data), len(data)) == (200, node["hash"], node["size"])
        found[path] = Thing(node["kind"] == "file", data, node.get("is_public", False))
    return found


def settle(writer: Writer) -> bool:
    """Take over what the cloud holds, old or new; whether it was something new."""
    found = stored(writer.client, writer.place)
    allowed = [writer.tree, *writer.doubtful]
    assert found in allowed, _difference(found, allowed)
    is_new = found != writer.tree
    writer.tree, writer.doubtful = found, []
    if writer.open is not None:
        _settle_upload(writer)
    return is_new


def _settle_upload(writer: Writer) -> None:
    upload = writer.open
    assert upload is not None
    answer = writer.client.ask("HEAD", upload.url, Tus_Resumable="1.0.0")
    if answer.status == 200:
        assert int(answer.headers["upload-offset"]) >= upload.promised
        return
    assert answer.status == 404, answer  # committed (20)
    assert writer.tree[upload.path].data == upload.data
    writer.open = None


def check_account(client: Plain, writers: list[Writer], followers: dict[str, Follower]) -> None:
    """`used`, public files and a follower of deltas, against the writers' trees (9 to 11)."""
    assert client.ask("GET", "/api/quota/").json["used"] == sum(trees.size(w.tree) for w in writers)
    public = client.ask("GET", f"{API}/public_files").json
    wanted = sorted(
        f"/{writer.place}{path}"
        for writer in writers
        for path, thing in writer.tree.items()
        if thing.is_public
    )
    assert [node["resource_path"] for node in public] == wanted
    volumes = [volume["path"] for volume in client.ask("GET", f"{API}/volumes").json]
    for volume in volumes:
        follower = followers.setdefault(f"{client.credentials.token} {volume}", Follower())
        follower.catch_up(client, volume)
        _check_follower(follower, volume, writers)


def _check_follower(follower: Follower, volume: str, writers: list[Writer]) -> None:
    expected = {}
    for writer in writers:
        if writer.place == volume or writer.place.startswith(volume + "/"):
            prefix = writer.place.removeprefix(volume)
            expected |= {prefix + path: thing for path, thing in writer.tree.items()}
    expected.pop("", None)
    live = follower.live()
    assert set(live) == set(expected), volume
    for path, thing in expected.items():
        wanted = None if thing.data is None else hash_of(thing.data)
        assert live[path].get("hash") == wanted, path


@dataclass(frozen=True)
class Store:
    """The data of a cloud whose server may be dead."""

    directory: Path
    database_url: str | None = None

    def damage(self) -> list[Finding]:
        """What `fsck --full` finds, leftovers as well."""
        return self._work(0.0, is_collecting=False)

    def clean(self) -> list[Finding]:
        """What it finds after `gc` without a time of grace, a month later."""
        return self._work(_LATER_S, is_collecting=True)

    def _work(self, ahead_s: float, *, is_collecting: bool) -> list[Finding]:
        url = None if self.database_url is None else parse_database_url(self.database_url)
        settings = Settings(data=self.directory, database_url=url)
        database, _ = open_directory(self.directory, {}, create=False, database_url=url)
        blobs = open_contents(self.directory, settings)
        clock = LaterClock(ahead_s)
        found: list[Finding] = []
        try:
            if is_collecting:
                for _ in range(2):  # seen unused, then removed
                    Collector(database, blobs, clock, grace_s=0).collect()
                remove_expired(database, open_partials(blobs, database, clock), clock.now())
            patient = Patient(database, blobs, self.directory)
            Fsck(patient, clock, Options(), NoProgress()).check(found.append)
        finally:
            blobs.close()
            database.close()
        return found


def harmful(found: list[Finding]) -> list[Finding]:
    """All that is more than a leftover."""
    return [finding for finding in found if finding.damage not in LEFTOVERS]


def kinds(found: list[Finding]) -> Counter[str]:
    return Counter(finding.damage.value for finding in found)


def _difference(found: Tree, allowed: list[Tree]) -> str:
    lines = []
    for number, tree in enumerate(allowed):
        paths = sorted(
            path for path in {*found, *tree} if found.get(path, None) != tree.get(path, None)
        )
        lines.append(f"state {number} differs at {paths[:5]}")
    return "; ".join(lines)

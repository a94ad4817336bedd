"""Many clients at once, and noise: the tree stays whole, and nothing fails inside."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import pytest

from tests.server import databases
from tests.server.files.client import API, Files, encoded, hash_of, magic_of
from tests.server.raw import Reply

pytestmark = pytest.mark.end2end
DIALECTS = databases.DIALECTS

NAMES = ("a", "b", "c", "d e")
PIECES = (
    *("/", "//", "~", "Docs", "Ubuntu%20One", "volumes", "content", "public_files", "a", "é"),
    *("%2F", "%00", "%ff", "..", ".", "%", "?", "&", "=", "from_generation=", "0", "9" * 30),
    *("include_children=true", "+", ";", "~bob", "x" * 300, "\\", "%E2%80%AE"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, "", "file", "directory", "/a", "/a/b", "/", "//x/", "/..", "a"),
    *([], {}, [1], "\ud800", "x" * 5000, hash_of(b"1"), magic_of(b"1"), "sha1:xyz", 10**400),
)
HEADERS = {
    "If-Match": ("*", '"x"', "W/", ",,,", "é", '"' * 500),
    "If-None-Match": ("*", f'"{hash_of(b"1")}"', "x"),
    "Overwrite": ("F", "T", "?"),
    "Range": ("bytes=0-", "bytes=-0", "5-", "bytes=9-1", "bytes=" + "9" * 5000 + "-", "é"),
    "If-Range": ("*", '"x"', "yesterday"),
    "Accept": ("text/html", "*/*;q=x", ",,"),
}


def random_path(chance: random.Random) -> str:
    return "".join("/" + chance.choice(NAMES) for _ in range(chance.randint(1, 3)))


async def act(files: Files, chance: random.Random) -> Reply:
    """One random change of ~/Docs."""
    path, target = "~/Docs" + random_path(chance), random_path(chance)
    what = chance.randrange(6)
    if what < 2:
        return await files.content("PUT", path, chance.choice((b"", b"1", b"x" * 50_000)))
    if what == 2:
        return await files.node("DELETE", path)
    if what == 3:
        return await files.node("PUT", path, {"path": target})
    if what == 4:
        return await files.node("PUT", path, {"is_public": chance.random() < 0.5})
    return await files.node("PUT", path, {"kind": chance.choice(("file", "directory"))})


async def test_three_clients_at_once_keep_the_tree_whole(files: Files) -> None:
    """Unique generations, exact `used`, every node below a live directory (9, 11)."""
    makes = random.Random(11)

    async def run(seed: int) -> set[int]:
        chance = random.Random(seed)
        return {(await act(files, chance)).status for _ in range(80)}

    statuses = set().union(*await asyncio.gather(*(run(makes.random()) for _ in range(3))))
    assert statuses <= {200, 201, 400, 403, 404}
    nodes = (await files.delta("~/Docs", 0))["delta"]["nodes"]
    generations = [node["generation"] for node in nodes]
    assert generations == sorted(set(generations))
    root = (await files.get("~/Docs"))["key"]
    live = {node["key"]: node for node in nodes if node["is_live"]}
    paths = [node["path"] for node in live.values()]
    assert len(set(paths)) == len(paths)
    for node in live.values():
        parent = live.get(node["parent_key"])
        assert node["parent_key"] == root or (parent or {}).get("kind") == "directory"
        assert parent is None or node["path"].startswith(parent["path"] + "/")
    assert await files.used() == sum(node.get("size") or 0 for node in live.values())
    for node in live.values():
        if node["kind"] == "file" and node["hash"] is not None:
            reply = await files.content("GET", "~/Docs" + node["path"])
            assert hash_of(reply.body) == node["hash"]


async def test_noise_never_fails_inside(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    """Random targets, bodies and headers give an answer below 500 (12)."""
    chance = random.Random(5)
    await files.put("~/Docs/a/b", b"1")
    seen = set()
    for _ in range(400):
        begin = chance.choice(
            (API + "/", API + "/~/Docs/", API + "/volumes/~/", "/content/~/", "/")
        )
        target = begin + "".join(chance.choice(PIECES) for _ in range(chance.randrange(4)))
        target = encoded(target) if chance.random() < 0.2 else target
        method = chance.choice(("GET", "HEAD", "PUT", "PUT", "DELETE", "POST"))
        names = ("kind", "path", "is_public", "hash", "magic_hash", "other")
        body = {name: chance.choice(VALUES) for name in names if chance.random() < 0.5}
        headers = {
            name.replace("-", "_"): chance.choice(values)
            for name, values in HEADERS.items()
            if chance.random() < 0.2
        }
        sent = json.dumps(body).encode() if method in ("PUT", "POST") else None
        reply = await files.ask(method, target, sent, **headers)
        assert reply.status < 500, (method, target, body, headers)
        seen.add(reply.status)
    assert seen >= {200, 201, 400, 403, 404, 405}
    assert (await files.volume("GET", "~/Ubuntu One")).status == 200
    assert not [one for one in caplog.records if one.levelname == "ERROR"]

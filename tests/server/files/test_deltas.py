"""Generations and deltas (REST contract, 9, 20)."""

from __future__ import annotations

import pytest

from tests.server import databases
from tests.server.files.client import Files, hash_of

pytestmark = pytest.mark.end2end
DIALECTS = databases.DIALECTS


async def test_every_change_takes_generations(files: Files) -> None:
    """Create, content, move, publish, unpublish, delete; each parent made on the way (9)."""
    found = [await files.generation("~/Docs")]

    async def note() -> None:
        found.append(await files.generation("~/Docs"))

    await files.make("~/Docs/a/b/f", "file")
    await note()
    await files.put("~/Docs/a/b/f", b"x")
    await note()
    for body in ({"path": "/f"}, {"is_public": True}, {"is_public": True}, {"is_public": False}):
        await files.node("PUT", "~/Docs/f" if "path" not in body else "~/Docs/a/b/f", body)
        await note()
    await files.node("DELETE", "~/Docs/a")
    await note()
    assert found == [0, 3, 4, 5, 6, 6, 7, 8]


async def test_delta_lists_each_node_once_in_its_latest_state(files: Files) -> None:
    """By ascending generation, without the root (9)."""
    await files.put("~/Docs/a/f", b"one")
    await files.put("~/Docs/g", b"two")
    await files.put("~/Docs/a/f", b"three")
    found = await files.delta("~/Docs", 0)
    nodes = found.pop("delta")
    assert found == (await files.volume("GET", "~/Docs")).json
    assert nodes["from_generation"] == 0
    shown = [(node["path"], node["generation"]) for node in nodes["nodes"]]
    assert shown == [("/a", 1), ("/g", 3), ("/a/f", 4)]
    for node in nodes["nodes"]:
        node.pop("parent_key")
        assert node == await files.get("~/Docs" + node["path"])
    assert await files.changed("~/Docs", 3) == [("/a/f", True)]


@pytest.mark.parametrize("since", [4, 5, 2**31, 10**30])
async def test_delta_above_the_current_generation_is_empty(files: Files, since: int) -> None:
    """`nodes: []` (9)."""
    for name in "abcd":
        await files.make(f"~/Docs/{name}")
    assert await files.changed("~/Docs", since) == []


@pytest.mark.parametrize("text", ["", "-1", "x", "1.0", "%2B1", "0x1", "%D9%A1"])
async def test_generation_is_a_decimal_integer(files: Files, text: str) -> None:
    """Else 400 `bad_value`, an absent value too (9, 20)."""
    reply = await files.volume("GET", "~/Docs", f"?from_generation={text}")
    assert (reply.status, reply.code) == (400, "bad_value")
    missing = await files.volume("GET", "~/Missing", "?from_generation=0")
    assert missing.status == 404


async def test_deleted_node_keeps_its_last_state(files: Files) -> None:
    """Last path, hash and size; neither public nor with children (9)."""
    made = await files.put("~/Docs/a/f", b"hello")
    await files.node("PUT", "~/Docs/a/f", {"is_public": True})
    before = await files.generation("~/Docs")
    await files.node("DELETE", "~/Docs/a/f")
    (node,) = (await files.delta("~/Docs", before))["delta"]["nodes"]
    assert (node["is_live"], node["path"], node["key"]) == (False, "/a/f", made["key"])
    assert (node["hash"], node["size"]) == (hash_of(b"hello"), 5)
    assert (node["is_public"], node["public_url"]) == (False, None)


async def test_deleted_directory_is_listed_itself(files: Files) -> None:
    """What lay below is gone with it, and dead where it is listed (9, 20)."""
    await files.make("~/Docs/a/b")
    before = await files.generation("~/Docs")
    await files.node("DELETE", "~/Docs/a")
    assert await files.changed("~/Docs", before) == [("/a", False)]
    found = (await files.delta("~/Docs", 0))["delta"]["nodes"]
    assert [(node["path"], node["is_live"]) for node in found] == [("/a/b", False), ("/a", False)]
    assert [node["has_children"] for node in found] == [False, False]


async def test_dead_path_stays_when_its_parent_moves(files: Files) -> None:
    """The last path is the one it had (9)."""
    await files.make("~/Docs/a/gone")
    await files.node("DELETE", "~/Docs/a/gone")
    await files.node("PUT", "~/Docs/a", {"path": "/b"})
    assert await files.changed("~/Docs", 0) == [("/a/gone", False), ("/b", True)]


async def test_moved_directory_is_listed_itself(files: Files) -> None:
    """Nodes below change their path silently (9)."""
    await files.make("~/Docs/a/b/c")
    before = await files.generation("~/Docs")
    await files.node("PUT", "~/Docs/a", {"path": "/z"})
    assert await files.changed("~/Docs", before) == [("/z", True)]
    assert await files.changed("~/Docs", 1) == [("/z/b", True), ("/z/b/c", True), ("/z", True)]


async def test_name_used_again_is_another_node(files: Files) -> None:
    """Keys are never reused (4.3)."""
    first = await files.make("~/Docs/a")
    await files.node("DELETE", "~/Docs/a")
    second = await files.make("~/Docs/a")
    assert first["key"] != second["key"]
    assert await files.changed("~/Docs", 0) == [("/a", False), ("/a", True)]


async def test_delta_tells_the_parents_key(files: Files) -> None:
    """Of the root too, and of what a deleted node lay in (20, EXT)."""
    await files.make("~/Docs/a/b")
    await files.node("DELETE", "~/Docs/a/b")
    root, a = await files.get("~/Docs"), await files.get("~/Docs/a")
    found = (await files.delta("~/Docs", 0))["delta"]["nodes"]
    assert [(node["path"], node["parent_key"]) for node in found] == [
        ("/a", root["key"]),
        ("/a/b", a["key"]),
    ]
    assert "parent_key" not in a


async def test_long_delta_is_whole(files: Files) -> None:
    """The number of nodes is unlimited (9)."""
    from tests.server.files.bulk import fill

    await fill(files, "~/Docs", 2000)
    found = await files.delta("~/Docs", 0)
    generations = [node["generation"] for node in found["delta"]["nodes"]]
    assert generations == list(range(1, 2001))
    assert found["generation"] == 2000

"""Moves and renames (REST contract, 6)."""

from __future__ import annotations

import pytest

from tests.server import databases
from tests.server.files.client import Files, tag_of

pytestmark = pytest.mark.end2end
DIALECTS = databases.DIALECTS


async def test_moved_directory_takes_all_below_along(files: Files) -> None:
    """Key, content and publication survive (6)."""
    made = await files.put("~/Docs/a/b/f", b"hello")
    public = (await files.node("PUT", "~/Docs/a/b/f", {"is_public": True})).json["public_url"]
    await files.make("~/Docs/target")
    reply = await files.node("PUT", "~/Docs/a", {"path": "//target/new name/"})
    assert (reply.status, reply.json["path"]) == (200, "/target/new name")
    found = await files.get("~/Docs/target/new name/b/f")
    assert (found["key"], found["public_url"]) == (made["key"], public)
    assert (await files.content("GET", "~/Docs/target/new name/b/f")).body == b"hello"
    assert (await files.node("GET", "~/Docs/a")).status == 404


async def test_occupied_target_is_deleted_first(files: Files) -> None:
    """With its tree, as the original did (6); the delta lists it (9)."""
    await files.put("~/Docs/old/deep", b"12345")
    await files.put("~/Docs/new", b"1")
    before = await files.generation("~/Docs")
    assert (await files.node("PUT", "~/Docs/new", {"path": "/old"})).status == 200
    assert (await files.content("GET", "~/Docs/old")).body == b"1"
    assert await files.used() == 1
    assert await files.changed("~/Docs", before) == [("/old", False), ("/old", True)]


@pytest.mark.parametrize("header", ["F", "f", " F "])
async def test_overwrite_f_keeps_an_occupied_target(files: Files, header: str) -> None:
    """412 instead, with the entity tag there is (6, EXT)."""
    await files.put("~/Docs/a", b"a")
    await files.put("~/Docs/b", b"b")
    reply = await files.node("PUT", "~/Docs/a", {"path": "/b"}, Overwrite=header)
    assert (reply.status, reply.code) == (412, "precondition_failed")
    assert reply.header("ETag") == tag_of(b"b")
    assert await files.names("~/Docs") == ["/a", "/b"]
    free = await files.node("PUT", "~/Docs/a", {"path": "/c"}, Overwrite=header)
    assert (free.status, free.json["path"]) == (200, "/c")


@pytest.mark.parametrize("header", ["T", "nonsense"])
async def test_other_overwrite_replaces(files: Files, header: str) -> None:
    """Only F asks for care."""
    await files.put("~/Docs/a", b"a")
    await files.put("~/Docs/b", b"b")
    assert (await files.node("PUT", "~/Docs/a", {"path": "/b"}, Overwrite=header)).status == 200


@pytest.mark.parametrize(
    ("source", "target", "status", "code"),
    [
        ("", "/x", 400, "bad_move"),
        ("/a/b", "/", 400, "bad_move"),
        ("/a", "/a/b/c", 400, "bad_move"),
        ("/a", "/a/new", 400, "bad_move"),
        ("/a/b", "/a", 400, "bad_move"),
        ("/a", "/missing/a", 404, "not_found"),
        ("/a", "/missing/x/a", 404, "not_found"),
        ("/a", "/f/a", 400, "not_a_directory"),
        ("/a", "a", 400, "bad_value"),
        ("/a", "/./a", 400, "bad_name"),
    ],
)
async def test_impossible_move_changes_nothing(
    files: Files, source: str, target: str, status: int, code: str
) -> None:
    """The rules of moves (6)."""
    await files.make("~/Docs/a/b/c")
    await files.make("~/Docs/f", "file")
    before = await files.delta("~/Docs", 0)
    reply = await files.node("PUT", f"~/Docs{source}", {"path": target})
    assert (reply.status, reply.code) == (status, code)
    assert await files.delta("~/Docs", 0) == before


async def test_sibling_with_the_same_beginning_is_no_ancestor(files: Files) -> None:
    """`/ab` is not inside `/a`."""
    await files.make("~/Docs/a")
    await files.make("~/Docs/ab")
    assert (await files.node("PUT", "~/Docs/a", {"path": "/ab/a"})).status == 200


async def test_move_that_would_bury_nodes_too_deep_is_refused(files: Files) -> None:
    """No node may get a path beyond 4096 bytes (3)."""
    deep = "/".join(["n" * 250] * 15)
    await files.make("~/Docs/a/" + deep)
    await files.make("~/Docs/" + "t" * 250)
    assert (await files.node("PUT", "~/Docs/a", {"path": "/" + "b" * 50})).status == 200
    reply = await files.node("PUT", "~/Docs/" + "b" * 50, {"path": "/" + "t" * 250 + "/b" * 60})
    assert reply.status == 404
    reply = await files.node(
        "PUT", "~/Docs/" + "b" * 50, {"path": "/" + "t" * 250 + "/" + "b" * 200}
    )
    assert (reply.status, reply.code) == (400, "path_too_long")


async def test_move_changes_both_parents(files: Files) -> None:
    """But takes one generation only, the node's (4.3, 9)."""
    await files.make("~/Docs/from/x")
    await files.make("~/Docs/to")
    before = await files.generation("~/Docs")
    await files.node("PUT", "~/Docs/from/x", {"path": "/to/y"})
    assert await files.changed("~/Docs", before) == [("/to/y", True)]
    assert (await files.get("~/Docs/from"))["has_children"] is False
    assert (await files.get("~/Docs/to"))["has_children"] is True

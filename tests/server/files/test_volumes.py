"""Volumes (REST contract, 4.2 and 5)."""

from __future__ import annotations

import re

import pytest

from tests.server.files.client import API, Files
from tests.server.rig import NOW, Running

pytestmark = pytest.mark.end2end

STAMP = "2012-01-01T00:00:00Z"


async def test_new_account_has_its_root_volume(files: Files) -> None:
    """One of type `root`, from the start (5)."""
    reply = await files.volume("GET", "~/Ubuntu One")
    assert reply.json == {
        "resource_path": "/volumes/~/Ubuntu One",
        "type": "root",
        "path": "~/Ubuntu One",
        "generation": 0,
        "when_created": STAMP,
        "node_path": "/~/Ubuntu One",
        "content_path": "/content/~/Ubuntu One",
    }


async def test_volume_is_made_once(files: Files) -> None:
    """201 and generation 0; then 200 and the same volume, whatever the body (5)."""
    first = await files.ask("PUT", f"{API}/volumes/~/one/two", b"not json")
    second = await files.volume("PUT", "~/one/two")
    assert (first.status, second.status) == (201, 200)
    assert first.json == second.json
    assert (first.json["type"], first.json["generation"]) == ("udf", 0)
    assert (await files.volume("PUT", "~/Ubuntu One")).json["type"] == "root"


async def test_list_has_the_root_first_then_by_path(files: Files) -> None:
    """By code point (3, 5)."""
    for path in ("~/Zoo", "~/apple", "~/Émile", "~/A"):
        assert (await files.volume("PUT", path)).status == 201
    listed = (await files.ask("GET", f"{API}/volumes")).json
    paths = [volume["path"] for volume in listed]
    assert paths == ["~/Ubuntu One", "~/A", "~/Docs", "~/Zoo", "~/apple", "~/Émile"]
    user = (await files.ask("GET", API)).json
    assert user["user_node_paths"] == [f"/{path}" for path in paths[1:]]


@pytest.mark.parametrize(
    ("path", "status"),
    [("~/Docs/a", 400), ("~/Ubuntu One/a/b", 400), ("~/Doc", 201), ("~/Docs2", 201)],
)
async def test_volumes_do_not_nest_inside(files: Files, path: str, status: int) -> None:
    """The root counts (5)."""
    reply = await files.volume("PUT", path)
    assert reply.status == status
    assert status == 201 or reply.code == "nested_volume"


async def test_volumes_do_not_nest_around(files: Files) -> None:
    """Nor around one (5)."""
    await files.volume("PUT", "~/one/two")
    assert (await files.volume("PUT", "~/one")).code == "nested_volume"


@pytest.mark.parametrize("target", ["~", "~/..", "~/a%00b", "~/%ff", "Docs", "~ana/Docs"])
async def test_impossible_volume_path_is_bad_name_or_missing(files: Files, target: str) -> None:
    """PUT 400 `bad_name`, GET and DELETE 404 (5, 20)."""
    url = f"{API}/volumes/{target}"
    put, get, delete = [await files.ask(method, url) for method in ("PUT", "GET", "DELETE")]
    assert (put.status, put.code) == (400, "bad_name")
    assert (get.status, get.code) == (404, "not_found")
    assert (delete.status, delete.code) == (404, "not_found")


async def test_volume_is_deleted_with_its_tree(files: Files, running: Running) -> None:
    """Its files are used no more and public no more (5)."""
    await files.put("~/Docs/a/b", b"hello")
    public = (await files.node("PUT", "~/Docs/a/b", {"is_public": True})).json["public_url"]
    reply = await files.volume("DELETE", "~/Docs")
    assert (reply.status, reply.body) == (200, b"{}")
    assert (await files.volume("GET", "~/Docs")).status == 404
    assert (await files.node("GET", "~/Docs/a")).status == 404
    assert await files.used() == 0
    assert (await running.request("GET", public.removeprefix(public[:-23]))).status == 404


async def test_volume_made_again_is_another(files: Files) -> None:
    """The key of its root changed, so that clients see it (9)."""
    before = await files.get("~/Docs")
    await files.volume("DELETE", "~/Docs")
    assert (await files.volume("PUT", "~/Docs")).status == 201
    assert (await files.get("~/Docs"))["key"] != before["key"]


async def test_root_volume_is_not_deleted(files: Files) -> None:
    """400 `root_volume` (5)."""
    reply = await files.volume("DELETE", "~/Ubuntu One")
    assert (reply.status, reply.code) == (400, "root_volume")


async def test_node_path_belongs_to_the_volume_of_its_first_segments(files: Files) -> None:
    """Without one it is 404 on every method (5)."""
    await files.volume("PUT", "~/one/two")
    made = await files.make("~/one/two/three")
    assert (made["path"], made["volume_path"]) == ("/three", "/volumes/~/one/two")
    for path in ("~/one", "~", "~/Doc", "~/Docsx/a"):
        for method in ("GET", "PUT", "DELETE"):
            body = {"kind": "directory"} if method == "PUT" else None
            assert (await files.node(method, path, body)).status == 404, path
            body_bytes = b"x" if method == "PUT" else None
            if method != "DELETE":
                assert (await files.content(method, path, body_bytes)).status == 404, path


async def test_keys_outside_the_root_volume_begin_with_the_volumes(files: Files) -> None:
    """22 characters, or `<volume22>:<node22>` (3)."""
    inside = (await files.make("~/Ubuntu One/a"))["key"]
    first, second = [(await files.make(f"~/Docs/{name}"))["key"] for name in "ab"]
    assert re.fullmatch("[A-Za-z0-9_-]{22}", inside)
    assert re.fullmatch("[A-Za-z0-9_-]{22}:[A-Za-z0-9_-]{22}", first)
    assert first != second
    assert first[:23] == second[:23]


async def test_times_are_the_servers(files: Files, running: Running) -> None:
    """UTC, whole seconds, the fraction dropped (3)."""
    running.clock.moment = NOW + 59.9
    assert (await files.volume("PUT", "~/New")).json["when_created"] == "2012-01-01T00:00:59Z"

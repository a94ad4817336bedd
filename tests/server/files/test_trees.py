"""Whole trees as lines of JSON, clause by clause (REST contract, 16.5 and 20)."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.databases import both
from tests.server.files.bulk import fill
from tests.server.files.client import API, Files, encoded
from tests.server.raw import Connection, Reply, connect
from tests.server.rig import until
from u1tray.server.files import trees
from u1tray.vocabulary.errors import BusyError

pytestmark = pytest.mark.end2end


async def ask(files: Files, path: str, query: str = "recursive=true") -> Reply:
    return await files.ask("GET", f"{API}/{encoded(path)}?{query}")


async def tree(files: Files, path: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The nodes and the last line."""
    reply = await ask(files, path)
    assert reply.status == 200, reply
    assert reply.header("content-type") == "application/x-ndjson"
    assert reply.header("cache-control") == "no-store"
    assert reply.body.endswith(b"\n")
    *nodes, end = (json.loads(line) for line in reply.body.splitlines())
    return nodes, end


@both
async def test_tree_has_the_node_and_all_live_ones_below(files: Files) -> None:
    """The node itself first, parents before children, and the end with generation and count."""
    await files.put("~/Docs/a/b/c.txt", b"hello")
    await files.make("~/Docs/a b")
    await files.make("~/Docs/ä/deep/er", "file")
    await files.make("~/Docs/gone/too")
    await files.node("DELETE", "~/Docs/gone")
    nodes, end = await tree(files, "~/Docs")
    assert nodes[0]["path"] == "/"
    paths = [node["path"] for node in nodes]
    wanted = {"/", "/a", "/a/b", "/a/b/c.txt", "/a b", "/ä", "/ä/deep", "/ä/deep/er"}
    assert sorted(paths) == sorted(wanted)
    for place, path in enumerate(paths[1:], 1):
        assert (path.rpartition("/")[0] or "/") in paths[:place]
    generation = await files.generation("~/Docs")
    assert end == {"end": True, "generation": generation, "count": len(wanted)}


@both
async def test_lines_are_nodes_with_the_key_of_their_parent(files: Files) -> None:
    """As GET shows them, without `children`, and with `parent_key` (20)."""
    await files.put("~/Docs/a/f", b"hello")
    await files.node("PUT", "~/Docs/a/f", {"is_public": True})
    await files.make("~/Docs/a/empty")
    nodes, _ = await tree(files, "~/Docs")
    keys = {node["path"]: node["key"] for node in nodes}
    for node in nodes:
        parent = node.pop("parent_key")
        above = node["path"].rpartition("/")[0] or "/"
        assert parent == (None if node["path"] == "/" else keys[above])
        assert node == await files.get("~/Docs" + node["path"])


@both
async def test_tree_of_a_directory_is_that_below_it(files: Files) -> None:
    """Its own parent is named too; in the root volume keys are short."""
    await files.make("~/Ubuntu One/a/b/c")
    await files.make("~/Ubuntu One/x")
    nodes, end = await tree(files, "~/Ubuntu One/a")
    assert [node["path"] for node in nodes] == ["/a", "/a/b", "/a/b/c"]
    root = await files.get("~/Ubuntu One")
    assert [node["parent_key"] for node in nodes] == [
        root["key"],
        nodes[0]["key"],
        nodes[1]["key"],
    ]
    assert end == {"end": True, "generation": 4, "count": 3}


async def test_empty_volume_is_its_root(files: Files) -> None:
    """One node, and nothing below."""
    nodes, end = await tree(files, "~/Docs")
    assert [(node["path"], node["parent_key"]) for node in nodes] == [("/", None)]
    assert end == {"end": True, "generation": 0, "count": 1}


async def test_tree_of_a_file_is_refused(files: Files) -> None:
    """403 `no_children`; what is not there is 404."""
    await files.make("~/Docs/f", "file")
    reply = await ask(files, "~/Docs/f")
    assert (reply.status, reply.code) == (403, "no_children")
    assert (await ask(files, "~/Docs/no")).status == 404
    assert (await ask(files, "~/Nowhere")).status == 404


@pytest.mark.parametrize("query", ["recursive=1", "recursive=TRUE&include_children=true"])
async def test_recursive_wins_over_include_children(files: Files, query: str) -> None:
    """16.5; the values of the flag are those of 6."""
    await files.make("~/Docs/a")
    reply = await ask(files, "~/Docs", query)
    assert len(reply.body.splitlines()) == 3
    assert b'"children"' not in reply.body


async def test_recursive_false_is_one_node(files: Files) -> None:
    """As if it were not there."""
    reply = await ask(files, "~/Docs", "recursive=false")
    assert reply.json == await files.get("~/Docs")


async def test_head_has_the_head_only(files: Files) -> None:
    """HEAD works wherever GET does (1)."""
    target = f"{API}/~/Docs?recursive=true"
    reply = await files.ask("HEAD", target)
    assert (reply.status, reply.header("content-type")) == (200, "application/x-ndjson")


async def test_node_answers_carry_no_parent_key_otherwise(files: Files) -> None:
    """Only deltas and recursive listings (20)."""
    await files.make("~/Docs/a")
    assert "parent_key" not in await files.get("~/Docs/a")
    reply = await ask(files, "~/Docs", "include_children=true")
    assert "parent_key" not in reply.json["children"][0]


async def test_other_account_sees_nothing(files: Files, others: Files) -> None:
    """404 like everything that is not there (6)."""
    await files.make("~/Docs/a")
    assert (await ask(others, "~/Docs")).status == 404
    assert (await ask(others, "~/Docs/a")).status == 404


@both
async def test_listing_is_one_snapshot(files: Files) -> None:
    """Nodes and generation agree, whatever is written meanwhile."""
    await fill(files, "~/Docs", 3000)

    async def write() -> None:
        for number in range(40):
            await files.make(f"~/Docs/new{number}")

    writing = asyncio.create_task(write())
    for _ in range(4):
        nodes, end = await tree(files, "~/Docs")
        assert max(node["generation"] for node in nodes) == end["generation"]
        assert len(nodes) == end["count"] == end["generation"] + 1
    await writing


async def test_client_that_leaves_holds_no_snapshot(files: Files) -> None:
    """The connections of the readers come back, read or not."""
    await fill(files, "~/Docs", 20_000)
    target = f"{API}/~/Docs?recursive=true"
    for _ in range(6):  # more than there are readers
        header = files.running.sign(files.credentials, "GET", target)
        connection = await connect(files.running.api.host, files.running.api.port)
        await connection.send(files.running.wire("GET", target, {"Authorization": header}))
        await connection.reader.readexactly(1000)
        connection.writer.transport.abort()
    pool = files.running.cloud.workers.database._engines.reading.pool
    await until(lambda: pool.checkedout() == 0, "all snapshots are free")
    assert (await files.get("~/Docs"))["path"] == "/"


async def test_features_announce_trees(files: Files) -> None:
    """16.1."""
    found = (await files.running.request("GET", "/api/features/")).json["features"]
    assert found["recursive"] == {}


async def begun(files: Files) -> Connection:
    """A long listing that was asked for."""
    target = f"{API}/~/Docs?recursive=true"
    header = files.running.sign(files.credentials, "GET", target)
    connection = await connect(files.running.api.host, files.running.api.port)
    await connection.send(files.running.wire("GET", target, {"Authorization": header}))
    return connection


async def test_long_listing_is_sent_while_it_is_made(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client sees the beginning before the end is made."""
    await fill(files, "~/Docs", 3000)
    go_on = threading.Event()
    made = trees.lines

    def slow(*arguments: Any) -> Iterator[bytes]:
        pieces = list(made(*arguments))
        yield from pieces[:-1]
        assert go_on.wait(15)
        yield pieces[-1]

    monkeypatch.setattr(trees, "lines", slow)
    connection = await begun(files)
    start = await asyncio.wait_for(connection.reader.readuntil(b'"path":"/0000000"'), 15)
    assert b"200 OK" in start
    go_on.set()
    rest = await asyncio.wait_for(connection.reader.read(-1), 60)  # the server closes
    assert rest.endswith(b'{"end":true,"generation":3000,"count":3001}\n\r\n0\r\n\r\n')
    await connection.close()


async def test_long_listing_is_whole(files: Files) -> None:
    """Every piece of it, once."""
    await fill(files, "~/Docs", 3000)
    nodes, end = await tree(files, "~/Docs")
    assert len({node["path"] for node in nodes}) == end["count"] == 3001


async def test_listing_that_cannot_go_on_breaks_off(
    files: Files, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No client takes it for whole: neither the last line nor the last chunk comes."""
    await fill(files, "~/Docs", 3000)
    made = trees.lines

    def broken(*arguments: Any) -> Iterator[bytes]:
        yield from list(made(*arguments))[:-1]
        raise BusyError("the database is gone")

    monkeypatch.setattr(trees, "lines", broken)
    connection = await begun(files)
    with pytest.raises(asyncio.IncompleteReadError):
        await asyncio.wait_for(connection.reply(), 15)
    await connection.close()
    assert "a response broke off" in caplog.text
    assert (await files.get("~/Docs"))["path"] == "/"


async def test_client_that_leaves_ends_the_making(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its snapshot is free soon, however much was still to come."""
    ended = threading.Event()

    def endless(*arguments: Any) -> Iterator[bytes]:
        try:
            while True:
                yield b"{}\n" * 1000
        finally:
            ended.set()

    monkeypatch.setattr(trees, "lines", endless)
    connection = await begun(files)
    await connection.reader.readexactly(100_000)
    connection.writer.transport.abort()
    await until(ended.is_set, "nothing more is made", 15)
    pool = files.running.cloud.workers.database._engines.reading.pool
    await until(lambda: pool.checkedout() == 0, "the snapshot is free")

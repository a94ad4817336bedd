"""Changes, batches and whole trees through the clients, against a real cloud and a broken one."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.rest.scripted import Answer, Scripted
from tests.rest.vectors import SET_A
from tests.server.files.client import Files as RawFiles
from tests.server.rig import Running, running_cloud
from u1tray.rest.asynchronous import cloud as asynchronous
from u1tray.rest.batch import Operation
from u1tray.rest.blocking import cloud as blocking
from u1tray.rest.changes import Bye, GenerationChanged, Hello, VolumeCreated, VolumeDeleted
from u1tray.rest.settings import CloudSettings
from u1tray.vocabulary.errors import (
    BusyError,
    ContractError,
    NotFoundError,
    OfflineError,
    RefusedError,
    SignedOutError,
)

pytestmark = pytest.mark.end2end

FEATURES = {
    "features": {
        "changes": {"url": "/api/file_storage/v1/changes"},
        "batch": {"url": "/api/file_storage/v1/batch"},
        "recursive": {},
    }
}
NODE = {
    "kind": "directory",
    "path": "/",
    "resource_path": "/~/Docs",
    "parent_path": None,
    "volume_path": "/volumes/~/Docs",
    "content_path": "/content/~/Docs",
    "key": "K",
    "when_created": "2012-08-25T15:34:49Z",
    "when_changed": "2012-08-26T08:00:00Z",
    "generation": 0,
    "generation_created": 0,
    "is_live": True,
    "has_children": True,
}


@pytest.fixture
async def running(home: Path) -> AsyncIterator[Running]:
    async with running_cloud(home / "cloud") as cloud:
        yield cloud


@pytest.fixture
async def raw(running: Running) -> RawFiles:
    """The same account, through a client that is not ours."""
    credentials, _ = await running.add_token(await running.add_account())
    files = RawFiles(running, credentials)
    await files.volume("PUT", "~/Docs")
    return files


@pytest.fixture
async def cloud(running: Running, raw: RawFiles) -> AsyncIterator[asynchronous.Cloud]:
    """The asyncio client."""
    settings = CloudSettings.of(f"http://{running.api.authority}")
    async with asynchronous.Cloud(
        settings, raw.credentials, program="test", clock=running.clock.now
    ) as made:
        yield made


@pytest.fixture
def blocked(running: Running, raw: RawFiles):
    """Runs a verb of the blocking client's `files` in a thread."""
    settings = CloudSettings.of(f"http://{running.api.authority}")

    def run(name: str, *values, **options):
        with blocking.Cloud(
            settings, raw.credentials, program="test", clock=running.clock.now
        ) as made:
            return getattr(made.files, name)(*values, **options)

    return lambda *values, **options: asyncio.to_thread(run, *values, **options)


async def test_changes_are_told_as_they_happen(cloud, raw: RawFiles) -> None:
    """16.2: hello, generations, volumes, and bye as the last."""
    async with contextlib.aclosing(cloud.files.changes()) as changes:
        assert await anext(changes) == Hello({"~/Ubuntu One": 0, "~/Docs": 0})
        await raw.make("~/Docs/a")
        assert await anext(changes) == GenerationChanged("~/Docs", 1)
        await raw.volume("PUT", "~/Neu ö")
        assert await anext(changes) == VolumeCreated("~/Neu ö", 0)
        await raw.volume("DELETE", "~/Neu ö")
        assert await anext(changes) == VolumeDeleted("~/Neu ö")
        (token,) = (await raw.ask("GET", "/api/tokens/")).json["tokens"]
        await raw.ask("DELETE", f"/api/tokens/{token['id']}")
        assert await anext(changes) == Bye("token_revoked")
        assert [change async for change in changes] == []
    async with contextlib.aclosing(cloud.files.changes()) as changes:
        with pytest.raises(SignedOutError):
            await anext(changes)


async def test_closed_changes_leave_no_stream_open(cloud, raw: RawFiles) -> None:
    """The server notices at once."""
    from tests.server.rig import until

    async with contextlib.aclosing(cloud.files.changes()) as changes:
        await anext(changes)
        assert raw.running.cloud.hub._open
    await until(lambda: not raw.running.cloud.hub._open, "the stream is closed")


async def test_both_clients_list_whole_trees(cloud, raw: RawFiles, blocked) -> None:
    """16.5: all of it, or an error."""
    await raw.put("~/Docs/a/b.txt", b"hello")
    for tree in (await cloud.files.tree("/~/Docs"), await blocked("tree", "/~/Docs")):
        assert tree.generation == 2
        assert [node.path for node in tree.nodes] == ["/", "/a", "/a/b.txt"]
        keys = [node.key for node in tree.nodes]
        assert [node.parent_key for node in tree.nodes] == [None, *keys[:2]]
    for listing in (cloud.files.tree("/~/Docs/a/b.txt"), blocked("tree", "/~/Docs/a/b.txt")):
        with pytest.raises(RefusedError) as caught:
            await listing
        assert caught.value.code == "no_children"
    with pytest.raises(NotFoundError):
        await cloud.files.tree("/~/Docs/no")


async def test_both_clients_run_batches(cloud, raw: RawFiles, blocked) -> None:
    """16.4."""
    await raw.put("~/Docs/f", b"hello")
    operations = [
        Operation("GET", "/~/Docs/f"),
        Operation("PUT", "/~/Docs/ä %41", {"kind": "directory"}),
        Operation("DELETE", "/~/Docs/no"),
        Operation("GET", "/~/Docs"),
    ]
    for results in (
        await cloud.files.batch(operations),
        await blocked("batch", operations, stop_on_error=True),
    ):
        first, second, third, fourth = results
        assert (first.node.path, first.tag) == ("/f", first.node.tag)
        assert second.node.path == "/ä %41"
        assert isinstance(third.failure, NotFoundError)
        assert fourth.is_skipped or fourth.node.path == "/"


def scripted_client(server: Scripted, kind, **options):
    return kind(CloudSettings.of(server.url), SET_A, program="test", **options)


async def _no_sleep(_seconds: float) -> None:
    pass


async def test_cloud_without_extensions_is_not_asked(server: Scripted) -> None:
    """A client relies on one only if it is announced (16)."""
    server.answers = [Answer.json(404, {})]
    async with scripted_client(server, asynchronous.Cloud) as cloud:
        with pytest.raises(NotFoundError):
            await anext(cloud.files.changes())
        with pytest.raises(NotFoundError):
            await cloud.files.batch([Operation("GET", "/~/Docs")])
    assert len(server.received) == 1


async def test_refused_stream_is_asked_for_again_where_that_helps(server: Scripted) -> None:
    """429 and 503 like any GET (17); then the error that it means."""
    busy = Answer.json(429, {"error": "", "code": "rate_limited"}, ("Retry-After", "7"))
    server.answers = [Answer.json(200, FEATURES), busy, busy]
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with scripted_client(server, asynchronous.Cloud, limit=2, sleep=sleep) as cloud:
        with pytest.raises(BusyError):
            await anext(cloud.files.changes())
    assert slept == [7.0]
    assert all(one.is_signed_by(SET_A) for one in server.received[1:])


async def test_stream_that_ends_without_bye_is_a_lost_connection(server: Scripted) -> None:
    """Whoever listens connects anew."""
    body = b'event: hello\ndata: {"volumes": []}\n\nevent: gen'
    server.answers = [Answer.json(200, FEATURES), Answer(200, body)]
    async with scripted_client(server, asynchronous.Cloud) as cloud:
        changes = cloud.files.changes()
        assert await anext(changes) == Hello({})
        with pytest.raises(OfflineError):
            await anext(changes)


async def test_silent_stream_is_a_dead_connection() -> None:
    """After a time of silence; comments break it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.append(asyncio.current_task())
        request = await reader.readuntil(b"\r\n\r\n")
        if b"/features/" in request:
            body = json.dumps(FEATURES).encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + body)
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
            writer.write(b'event: hello\ndata: {"volumes": []}\n\n: hb\n\n')
            await reader.read()  # until the client gives up
        writer.close()
        await writer.wait_closed()

    handlers: list[asyncio.Task | None] = []
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = CloudSettings.of(f"http://127.0.0.1:{port}")
    async with server:
        async with asynchronous.Cloud(settings, SET_A, program="test") as cloud:
            changes = cloud.files.changes(silence_seconds=2.0)
            assert await anext(changes) == Hello({})
            with pytest.raises(OfflineError) as caught:
                await anext(changes)
        await asyncio.gather(*filter(None, handlers))
    assert caught.value.code == "timed_out"


def lines(*values: object) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


@pytest.mark.parametrize("cut", [0, 1])
async def test_listing_without_its_end_is_discarded(server: Scripted, cut: int) -> None:
    """By both clients, and never given as a whole one (16.5)."""
    whole = lines(NODE, {"end": True, "generation": 1, "count": 1})
    body = lines(NODE) if cut else whole.replace(b'"count": 1', b'"count": 2')
    server.answers = [Answer(200, body), Answer(200, body)]
    async with scripted_client(server, asynchronous.Cloud) as cloud:
        with pytest.raises(ContractError):
            await cloud.files.tree("/~/Docs")
    with scripted_client(server, blocking.Cloud) as client, pytest.raises(ContractError):
        await asyncio.to_thread(client.files.tree, "/~/Docs")


async def test_listing_that_breaks_off_is_not_taken_for_whole(server: Scripted) -> None:
    """The blocking client asks again; the other leaves that to its caller."""
    whole = lines(NODE, {"end": True, "generation": 1, "count": 1})
    length = ("Content-Length", str(len(whole)))
    broken = Answer(200, whole[:-30], (length, ("Connection", "close")))
    server.answers = [broken, Answer(200, whole), broken]
    with scripted_client(server, blocking.Cloud, sleep=lambda _s: None) as client:
        tree = await asyncio.to_thread(client.files.tree, "/~/Docs")
    assert (tree.generation, len(tree.nodes)) == (1, 1)
    async with scripted_client(server, asynchronous.Cloud, sleep=_no_sleep) as cloud:
        with pytest.raises(OfflineError):
            await cloud.files.tree("/~/Docs")

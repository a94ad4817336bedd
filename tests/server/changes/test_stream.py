"""The change stream of a running cloud, clause by clause (REST contract, 16.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.changes.listener import CHANGES, listen, listening
from tests.server.files.client import Files
from tests.server.rig import Running, running_cloud, until
from u1tray.server.accounts.values import AccountState
from u1tray.server.changes.hub import MAX_STREAMS_OF_A_TOKEN, Pace
from u1tray.server.changes.values import Change, Kind
from u1tray.server.storage.metadata import accounts, volumes
from u1tray.server.wire import stream as wire_stream

pytestmark = pytest.mark.end2end


@pytest.fixture
async def files(running: Running) -> AsyncIterator[Files]:
    """The files of an account with a volume ~/Docs, at generation 0."""
    account = await running.add_account()
    credentials, _ = await running.add_token(account)
    made = Files(running, credentials)
    assert (await made.volume("PUT", "~/Docs")).status == 201
    return made


async def files_of(running: Running) -> Files:
    credentials, _ = await running.add_token(await running.add_account())
    return Files(running, credentials)


def streams(running: Running) -> int:
    text = running.cloud.metrics.text().decode()
    return int(float(text.split("\nu1_change_streams ")[1].split("\n")[0]))


async def test_head_of_the_stream_is_that_of_server_sent_events(files: Files) -> None:
    """UTF-8 events that nobody stores or holds back (16.2)."""
    listener = await listen(files.running, files.credentials)
    assert listener.status == 200
    assert listener.headers["content-type"] == "text/event-stream"
    assert listener.headers["cache-control"] == "no-store"
    assert listener.headers["x-accel-buffering"] == "no"
    assert "content-length" not in listener.headers
    assert "date" in listener.headers
    await listener.connection.close()


async def test_stream_starts_with_retry_and_hello(files: Files) -> None:
    """`retry: 5000`, then all volumes with their generations, the root first."""
    await files.make("~/Docs/a")
    await files.volume("PUT", "~/Ä b")
    listener = await listen(files.running, files.credentials)
    assert await listener.block() == "retry: 5000"
    assert await listener.event() == (
        "hello",
        {
            "volumes": [
                {"path": "~/Ubuntu One", "generation": 0},
                {"path": "~/Docs", "generation": 1},
                {"path": "~/Ä b", "generation": 0},
            ]
        },
    )
    await listener.connection.close()


async def test_every_committed_bump_is_told_once(files: Files) -> None:
    """The client's own too, and whatever kind of change it was."""
    async with listening(files.running, files.credentials) as listener:
        await files.put("~/Docs/f", b"hello")  # content
        await files.node("PUT", "~/Docs/f", {"is_public": True})
        await files.node("PUT", "~/Docs/f", {"path": "/g"})
        await files.make("~/Docs/deep/er")  # two nodes, one transaction
        await files.node("DELETE", "~/Docs/g")
        await files.make("~/Ubuntu One/a")
        told = [await listener.event() for _ in range(6)]
    docs = [("generation", {"path": "~/Docs", "generation": n}) for n in (1, 2, 3, 5, 6)]
    assert told == [*docs, ("generation", {"path": "~/Ubuntu One", "generation": 1})]


async def test_what_changes_nothing_or_fails_is_not_told(files: Files) -> None:
    """Events follow commits, and only commits that raise a generation."""
    await files.put("~/Docs/f", b"hello")
    async with listening(files.running, files.credentials) as listener:
        await files.put("~/Docs/f", b"hello")
        await files.node("PUT", "~/Docs/f", {"kind": "file"})
        assert (await files.node("PUT", "~/Docs/f/x", {"kind": "file"})).status == 400
        assert (await files.node("PUT", "~/Docs/f", {"path": "/no/where"})).status == 404
        assert (await files.content("PUT", "~/Docs/f", b"new", If_Match='"x"')).status == 412
        await files.make("~/Docs/last")
        assert await listener.event() == ("generation", {"path": "~/Docs", "generation": 2})


async def test_volumes_made_and_deleted_are_told(files: Files) -> None:
    """`volume` with `created` and generation, or `deleted` without."""
    async with listening(files.running, files.credentials) as listener:
        await files.volume("PUT", "~/New")
        await files.volume("PUT", "~/New")  # is there: no event
        await files.make("~/New/a")
        await files.volume("DELETE", "~/New")
        await files.volume("PUT", "~/New")
        created = ("volume", {"path": "~/New", "change": "created", "generation": 0})
        assert [await listener.event() for _ in range(4)] == [
            created,
            ("generation", {"path": "~/New", "generation": 1}),
            ("volume", {"path": "~/New", "change": "deleted"}),
            created,
        ]


async def test_others_changes_are_not_told(files: Files) -> None:
    """One account never hears of another."""
    account = await files.running.add_account("bob@example.com", "Bob")
    bob = Files(files.running, (await files.running.add_token(account))[0])
    async with listening(files.running, files.credentials) as listener:
        await bob.make("~/Ubuntu One/secret")
        await bob.volume("PUT", "~/Secret")
        await files.make("~/Docs/own")
        assert (await listener.event())[1] == {"path": "~/Docs", "generation": 1}


async def test_head_request_opens_no_stream(files: Files) -> None:
    """HEAD works wherever GET does (1), and ends at once."""
    header = files.running.sign(files.credentials, "HEAD", CHANGES)
    reply = await files.running.request("HEAD", CHANGES, {"Authorization": header})
    assert (reply.status, reply.header("content-type")) == (200, "text/event-stream")
    assert streams(files.running) == 0


async def test_unsigned_stream_is_refused(running: Running) -> None:
    """Signed like a GET."""
    reply = await running.request("GET", CHANGES)
    assert (reply.status, reply.code) == (401, "oauth_missing")


async def test_other_method_is_refused(files: Files) -> None:
    """405 with `Allow` (1)."""
    reply = await files.ask("POST", CHANGES)
    assert (reply.status, reply.header("allow")) == (405, "GET, HEAD")


async def test_sixth_stream_of_a_token_is_refused(files: Files) -> None:
    """429; another token has streams of its own, and a closed one counts no more."""
    opened = [await listen(files.running, files.credentials) for _ in range(MAX_STREAMS_OF_A_TOKEN)]
    reply = await files.ask("GET", CHANGES)
    assert (reply.status, reply.code) == (429, "rate_limited")
    assert int(reply.header("retry-after") or "") > 0
    account = await files.running.add_account("bob@example.com", "Bob")
    bob, _ = await files.running.add_token(account)
    async with listening(files.running, bob):
        assert streams(files.running) == MAX_STREAMS_OF_A_TOKEN + 1
    await opened.pop().connection.close()
    await until(
        lambda: streams(files.running) == MAX_STREAMS_OF_A_TOKEN - 1, "closed streams are forgotten"
    )
    async with listening(files.running, files.credentials):
        pass
    for one in opened:
        await one.connection.close()


async def test_lost_clients_are_noticed_at_once(files: Files) -> None:
    """Not only when the next line cannot be sent; the metric is right."""
    opened = [await listen(files.running, files.credentials) for _ in range(3)]
    assert streams(files.running) == 3
    for one in opened:
        one.connection.writer.transport.abort()
    await until(lambda: streams(files.running) == 0, "lost streams are forgotten")


async def test_revoked_token_ends_its_streams(files: Files) -> None:
    """`bye` at once (16.6), for this token only; then the server closes."""
    account_id = (await files.ask("GET", "/api/account/")).json["id"]
    listed = (await files.ask("GET", "/api/tokens/")).json["tokens"]
    account = await files.running.cloud.workers.read(accounts.by_id, account_id)
    other, _ = await files.running.add_token(account, "other")
    async with (
        listening(files.running, files.credentials) as revoked,
        listening(files.running, other) as kept,
    ):
        await Files(files.running, other).ask("DELETE", f"/api/tokens/{listed[0]['id']}")
        assert await revoked.event() == ("bye", {"reason": "token_revoked"})
        assert await revoked.event() == ("end", None)
        await Files(files.running, other).make("~/Docs/a")
        assert (await kept.event())[0] == "generation"


async def test_disabled_account_ends_its_streams(files: Files) -> None:
    """`bye` at once, for every token."""
    account_id = (await files.ask("GET", "/api/account/")).json["id"]
    account = await files.running.cloud.workers.read(accounts.by_id, account_id)
    async with listening(files.running, files.credentials) as listener:
        await files.running.change_account(account, state=AccountState.SUSPENDED.value)
        assert await listener.event() == ("bye", {"reason": "account_disabled"})
        assert await listener.event() == ("end", None)


async def test_stopping_server_says_bye(data: Path) -> None:
    """`shutdown`, and the stop does not wait for the streams."""
    async with running_cloud(data) as running:
        files = await files_of(running)
        listener = await listen(running, files.credentials)
    assert (await listener.event())[0] == "hello"
    assert await listener.event() == ("bye", {"reason": "shutdown"})
    assert await listener.event() == ("end", None)
    await listener.connection.close()


async def test_stream_ends_with_its_age(data: Path) -> None:
    """`max_age`, after an hour unless a test is in a hurry."""
    assert Pace() == Pace(heartbeat_s=25.0, max_age_s=3600.0)
    async with running_cloud(data, pace=Pace(max_age_s=0.2)) as running:
        files = await files_of(running)
        async with listening(running, files.credentials) as listener:
            assert await listener.event() == ("bye", {"reason": "max_age"})
            assert await listener.event() == ("end", None)


async def test_silent_stream_has_a_heartbeat(data: Path) -> None:
    """A comment line, again and again; events go on between."""
    async with running_cloud(data, pace=Pace(heartbeat_s=0.05)) as running:
        files = await files_of(running)
        async with listening(running, files.credentials) as listener:
            assert [await listener.block() for _ in range(3)] == [": hb"] * 3
            await files.make("~/Ubuntu One/a")
            assert (await listener.event())[0] == "generation"
            assert await listener.block() == ": hb"


async def test_features_announce_the_stream(files: Files) -> None:
    """16.1."""
    found = (await files.running.request("GET", "/api/features/")).json["features"]
    assert found["changes"] == {"url": CHANGES}


async def test_many_changes_at_once_lose_nothing(files: Files) -> None:
    """Whatever the order of arrival, every stream ends at the newest generation."""
    async with (
        listening(files.running, files.credentials) as one,
        listening(files.running, files.credentials) as other,
    ):
        await asyncio.gather(*(files.make(f"~/Docs/{number}") for number in range(40)))
        for listener in (one, other):
            told = [0]
            while told[-1] < 40:
                name, data = await listener.event()
                assert (name, data["path"]) == ("generation", "~/Docs")
                told.append(data["generation"])
            assert told == sorted(set(told))


async def test_client_that_takes_nothing_is_given_up(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection is broken off after a while; nothing piles up for it."""
    monkeypatch.setattr(wire_stream, "STALL_TIMEOUT_S", 0.2)
    listener = await listen(files.running, files.credentials)
    hub = files.running.cloud.hub
    account_id = (await files.ask("GET", "/api/account/")).json["id"]
    volume_id = (await files.running.cloud.workers.read(volumes.of_account, account_id))[1].id
    path = "x" * 500_000
    numbers = iter(range(1, 1_000_000))

    def grow() -> bool:
        hub.deal([Change(Kind.GENERATION, account_id, volume_id, path, next(numbers))])
        return streams(files.running) == 0

    await until(grow, "the stalled stream is closed")
    await listener.connection.close()

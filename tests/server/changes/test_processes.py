"""Changes cross processes, whichever way they share their database (REST contract, 16.2)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.rig.cloud import EMAIL, PASSWORD, start_cloud
from tests.rig.postgres import Cluster
from tests.rig.processes import Processes
from tests.server.changes.listener import Listener, listen, listen_at, listening
from tests.server.databases import both
from tests.server.files.client import Files
from tests.server.rig import Running, running_cloud, until
from u1tray.rest import Cloud as BlockingCloud
from u1tray.rest.settings import CloudSettings
from u1tray.server.accounts.values import AccountState
from u1tray.server.storage.metadata import accounts, volumes
from u1tray.server.storage.metadata.sqlite import SqliteDatabase

pytestmark = pytest.mark.end2end


@pytest.fixture
async def files(running: Running, ana) -> Files:
    """An account's files through the first server."""
    return Files(running, ana)


@pytest.fixture
async def neighbour(
    running: Running, data: Path, database_url: str | None
) -> AsyncIterator[Running]:
    """A second server on the same data."""
    async with running_cloud(data, database_url=database_url) as second:
        yield second


@both
async def test_changes_of_another_server_are_told(files: Files, neighbour: Running) -> None:
    """Generations, volumes made and deleted; each once and in order."""
    other = Files(neighbour, files.credentials)
    async with (
        listening(files.running, files.credentials) as here,
        listening(neighbour, files.credentials) as there,
    ):
        await other.volume("PUT", "~/New")
        await files.make("~/New/a")
        await other.make("~/New/b")
        await files.volume("DELETE", "~/New")
        for listener in (here, there):
            assert [await listener.event() for _ in range(4)] == [
                ("volume", {"path": "~/New", "change": "created", "generation": 0}),
                ("generation", {"path": "~/New", "generation": 1}),
                ("generation", {"path": "~/New", "generation": 2}),
                ("volume", {"path": "~/New", "change": "deleted"}),
            ]


@both
async def test_very_long_path_crosses_too(files: Files, neighbour: Running) -> None:
    """A path that fits into no line between processes is looked up instead."""
    path = "~/" + "/".join(["ä" * 120] * 40)
    async with listening(files.running, files.credentials) as listener:
        assert (await Files(neighbour, files.credentials).volume("PUT", path)).status == 201
        assert await listener.event() == (
            "volume",
            {"path": path, "change": "created", "generation": 0},
        )
        await Files(neighbour, files.credentials).make(path + "/a")
        assert await listener.event() == ("generation", {"path": path, "generation": 1})


@both
async def test_token_revoked_at_another_server_ends_streams(
    files: Files, neighbour: Running
) -> None:
    """At once (16.6)."""
    token_id = (await files.ask("GET", "/api/tokens/")).json["tokens"][0]["id"]
    async with listening(files.running, files.credentials) as listener:
        await Files(neighbour, files.credentials).ask("DELETE", f"/api/tokens/{token_id}")
        assert await listener.event() == ("bye", {"reason": "token_revoked"})
        assert await listener.event() == ("end", None)


@both
async def test_account_disabled_at_another_server_ends_streams(
    files: Files, neighbour: Running
) -> None:
    """At once."""
    account_id = (await files.ask("GET", "/api/account/")).json["id"]
    state = AccountState.DEACTIVATED.value
    async with listening(files.running, files.credentials) as listener:
        await neighbour.cloud.workers.write(accounts.change, account_id, state=state)
        assert await listener.event() == ("bye", {"reason": "account_disabled"})


@both
async def test_concurrent_writers_at_two_servers_lose_nothing(
    files: Files, neighbour: Running
) -> None:
    """Every stream ends at the newest generation, without going back."""
    other = Files(neighbour, files.credentials)
    async with (
        listening(files.running, files.credentials) as here,
        listening(neighbour, files.credentials) as there,
    ):
        writers = (files, other)
        await asyncio.gather(
            *(writers[n % 2].make(f"~/Ubuntu One/{n}") for n in range(40)),
        )
        for listener in (here, there):
            told = [0]
            while told[-1] < 40:
                told.append((await listener.event())[1]["generation"])
            assert told == sorted(set(told))


async def test_reader_that_did_not_come_in_time_looks_itself(
    files: Files, neighbour: Running
) -> None:
    """More changes than a pipe holds, while the other server's loop stands still."""
    database = neighbour.cloud.workers.database
    listener = await listen(files.running, files.credentials)
    assert (await listener.event())[0] == "hello"
    account_id = (await files.ask("GET", "/api/account/")).json["id"]
    # No await from here on: the first server's loop, which is ours, cannot read.
    with database.writing() as connection:
        root = volumes.of_account(connection, account_id)[0]
        for generation in range(1, 4001):
            volumes.set_generation(connection, root.id, generation)
    run = neighbour.cloud.directory / "run"
    assert [name for name in os.listdir(run) if name.endswith(".missed")]
    told = 0
    while told < 4000:
        name, data = await listener.event()
        assert (name, data["path"]) == ("generation", "~/Ubuntu One")
        assert data["generation"] > told
        told = data["generation"]
    assert not [name for name in os.listdir(run) if name.endswith(".missed")]
    await listener.connection.close()


async def test_pipe_of_a_killed_server_is_removed(files: Files) -> None:
    """Found out by the next writer; nobody is disturbed."""
    run = files.running.cloud.directory / "run"
    os.mkfifo(run / "0123.changes")
    (run / "0123.missed").touch()
    (run / "other").touch()
    await files.make("~/Ubuntu One/a")
    await until(lambda: not (run / "0123.changes").exists(), "the stale pipe is removed")
    await until(lambda: not (run / "0123.missed").exists(), "and its mark")
    assert (run / "other").exists()
    assert len(list(run.glob("*.changes"))) == 1


async def test_nonsense_in_a_pipe_is_passed_over(files: Files) -> None:
    """Nothing that a process writes there stops the server."""
    (pipe,) = (files.running.cloud.directory / "run").glob("*.changes")
    async with listening(files.running, files.credentials) as listener:
        descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        for line in (b"\n", b"\xff\n", b"[]\n", b"{}\n", b'["generation",1,[],2,3,4]\n', b"tail"):
            os.write(descriptor, line)
        os.write(descriptor, b"\n")
        os.close(descriptor)
        await files.make("~/Ubuntu One/a")
        assert (await listener.event())[0] == "generation"


async def test_stopped_server_leaves_no_pipe(data: Path) -> None:
    """Nor are there any where nobody serves."""
    async with running_cloud(data) as running:
        assert isinstance(running.cloud.workers.database, SqliteDatabase)
        assert len(list((data / "run").iterdir())) == 1
    assert list((data / "run").iterdir()) == []


async def test_commands_end_streams_of_a_running_server(started: Processes, home: Path) -> None:
    """`token revoke` and `user disable`, processes of their own, at once; others do not."""
    cloud = start_cloud(started, home)
    async with _logged_in_stream(cloud.url) as listener:
        cloud.administer("token", "revoke", EMAIL, "--all")
        assert await listener.event() == ("bye", {"reason": "token_revoked"})
    async with _logged_in_stream(cloud.url) as listener:
        cloud.administer("user", "quota", EMAIL, "1GB")
        cloud.administer("user", "disable", EMAIL)
        assert await listener.event() == ("bye", {"reason": "account_disabled"})


async def test_two_server_processes_share_a_directory(started: Processes, home: Path) -> None:
    """What one process commits the other tells; SIGTERM ends streams with `shutdown`."""
    cloud = start_cloud(started, home)
    other = start_server(started, cloud.data)
    async with _logged_in_stream(cloud.url) as listener:
        with BlockingCloud(CloudSettings.of(other), program="test") as client:
            client.sign_for(client.issue_token(EMAIL, PASSWORD, "second"))
            client.files.create_volume("~/Docs")
            client.files.make("/~/Docs/a", "directory")
        assert (await listener.event())[1]["change"] == "created"
        assert await listener.event() == ("generation", {"path": "~/Docs", "generation": 1})
        cloud.process.signal(signal.SIGTERM)
        assert await listener.event() == ("bye", {"reason": "shutdown"})
        assert await listener.event() == ("end", None)
        assert cloud.process.wait(60) == 0


def start_server(started: Processes, data: Path) -> str:
    """One more server process on a data directory: its URL."""
    process = started.start(
        *("u1server", "serve", "--data", str(data)),
        *("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"),
    )
    return process.wait_for_line("listening on", 60).split()[-1]


@contextlib.asynccontextmanager
async def _logged_in_stream(url: str) -> AsyncIterator[Listener]:
    """A stream that said hello, of a new token."""
    with BlockingCloud(CloudSettings.of(url), program="test") as client:
        credentials = client.issue_token(EMAIL, PASSWORD, "device")
    listener = await listen_at(url, credentials)
    try:
        assert (await listener.event())[0] == "hello"
        yield listener
    finally:
        await listener.connection.close()


async def test_stream_survives_a_restart_of_postgresql(
    cluster: Cluster, data: Path, postgres_url: str
) -> None:
    """What was committed while nobody listened is told afterwards."""
    async with (
        running_cloud(data, database_url=postgres_url) as one,
        running_cloud(data, database_url=postgres_url) as two,
    ):
        credentials, _ = await one.add_token(await one.add_account())
        files = Files(two, credentials)
        async with listening(one, credentials) as listener:
            cluster.stop()
            cluster.start()

            async def written() -> bool:
                reply = await files.node("PUT", "~/Ubuntu One/a", {"kind": "directory"})
                return reply.status in (200, 201)

            async def wait() -> None:
                while not await written():
                    await asyncio.sleep(0.1)

            await asyncio.wait_for(wait(), 60)
            assert await listener.event() == (
                "generation",
                {"path": "~/Ubuntu One", "generation": 1},
            )

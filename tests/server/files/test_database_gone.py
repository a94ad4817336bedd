"""The database goes away and comes back: 503 meanwhile, no hang, and no restart (12, 16.7)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.rig.postgres import Cluster
from tests.server.files.client import Files
from tests.server.raw import Reply
from tests.server.rig import Running, until

pytestmark = pytest.mark.end2end
DIALECTS = ("postgresql",)


@pytest.fixture
def stoppable(cluster: Cluster) -> Iterator[Cluster]:
    """The cluster, which runs again afterwards."""
    yield cluster
    cluster.stop()
    cluster.start()


def administer(cluster: Cluster, statement: str) -> None:
    with cluster.connect() as connection:
        connection.execute(statement)


def break_connections(cluster: Cluster, database: str) -> None:
    administer(
        cluster,
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'",
    )


async def recovered(files: Files) -> None:
    """Once the server answers again."""
    replies: list[Reply] = []

    async def ask() -> None:
        while not replies or replies[-1].status != 200:
            replies.append(await files.ask("GET", "/api/quota/"))
            assert replies[-1].status in (200, 503), replies[-1]
            await asyncio.sleep(0.05)

    await asyncio.wait_for(ask(), 60)


async def test_stopped_database_is_busy_until_it_is_back(
    files: Files, stoppable: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    """503 `busy` with Retry-After, `/readyz` 503, `/healthz` 200; nothing is lost."""
    await files.put("~/Docs/small", b"1")
    await files.put("~/Docs/large", b"2" * 100_000)
    stoppable.stop()
    begun = time.monotonic()
    replies = await asyncio.gather(
        *(files.ask("GET", "/api/quota/") for _ in range(10)),
        *(files.content("PUT", f"~/Docs/{number}", b"3") for number in range(10)),
    )
    assert {(reply.status, reply.code) for reply in replies} == {(503, "busy")}
    assert {reply.header("Retry-After") for reply in replies} == {"2"}
    assert time.monotonic() - begun < 60
    ready = await files.running.ask_admin("GET", "/readyz")
    assert (ready.status, ready.body) == (503, b"database: does not answer\n")
    assert (await files.running.ask_admin("GET", "/healthz")).status == 200
    stoppable.start()
    await recovered(files)
    assert await files.names("~/Docs") == ["/large", "/small"]
    await files.put("~/Docs/later", b"4" * 40_000)
    assert (await files.content("GET", "~/Docs/large")).body == b"2" * 100_000
    assert (await files.running.ask_admin("GET", "/readyz")).status == 200
    text = caplog.text
    assert text.count("does not answer: ") >= 1
    assert "answers again" in text
    assert "pg-top-secret" not in text


async def test_broken_connections_are_made_again_unseen(
    files: Files, stoppable: Cluster, postgres_url: str
) -> None:
    """The one request after a restart of the database does not pay for it."""
    database = urlsplit(postgres_url).path.removeprefix("/")
    for turn in range(3):
        break_connections(stoppable, database)
        assert (await files.ask("GET", "/api/quota/")).status == 200
        break_connections(stoppable, database)
        await files.put("~/Docs/a", b"%d" % turn)
    assert await files.generation("~/Docs") == 3


async def test_read_only_database_is_in_maintenance(
    files: Files, cluster: Cluster, postgres_url: str
) -> None:
    """503 `maintenance`, as on a standby; afterwards all is as before."""
    database = urlsplit(postgres_url).path.removeprefix("/")
    await files.put("~/Docs/a", b"1")
    administer(cluster, f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    break_connections(cluster, database)
    reply = await files.content("PUT", "~/Docs/a", b"2")
    assert (reply.status, reply.code) == (503, "maintenance")
    assert reply.header("Retry-After") is not None
    administer(cluster, f"ALTER DATABASE {database} RESET default_transaction_read_only")
    break_connections(cluster, database)
    await recovered(files)
    assert (await files.content("GET", "~/Docs/a")).body == b"1"


async def test_held_lock_is_busy_in_the_end(
    files: Files, cluster: Cluster, postgres_url: str, running: Running
) -> None:
    """Nobody waits for ever for a row; others are served meanwhile (12)."""
    with psycopg.connect(postgres_url) as holder:
        holder.execute("SELECT 1 FROM volumes WHERE path = '~/Docs' FOR UPDATE")
        waiting = asyncio.ensure_future(files.content("PUT", "~/Docs/a", b"1"))
        await until(lambda: _waiters(cluster) == 1, "the upload to wait")
        assert (await files.content("PUT", "~/Ubuntu One/b", b"1")).status == 201
        reply = await asyncio.wait_for(waiting, 120)
        holder.rollback()
    assert (reply.status, reply.code) == (503, "busy")
    await files.put("~/Docs/a", b"1")


def _waiters(cluster: Cluster) -> int:
    with cluster.connect() as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        ).fetchone()
    assert row is not None
    return int(row[0])

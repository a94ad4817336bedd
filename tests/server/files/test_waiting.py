"""Whoever waited for another transaction counts on what that one committed (PostgreSQL)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, update

from tests.rig.processes import wait_until
from tests.server.files.client import Files
from tests.server.files.test_undo import account_of, delete_volume
from u1tray.server.admin.fsck.edits import Edits
from u1tray.server.files import undo
from u1tray.server.files.lookup import Lookup
from u1tray.server.storage.metadata import volumes as volume_rows
from u1tray.server.storage.metadata.schema import accounts, nodes

pytestmark = pytest.mark.end2end
DIALECTS = ("postgresql",)
WAIT_S = 60.0

_WAITERS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


async def meanwhile(
    files: Files, change: Callable[[Connection], object], waiter: Callable[[], object]
) -> None:
    """Make a change that is committed only when `waiter` waits for it."""
    database = files.running.cloud.workers.database

    def someone_waits() -> bool:
        with database.reading() as connection:
            return connection.exec_driver_sql(_WAITERS).scalar() == 1

    with database.writing() as connection:
        change(connection)
        waiting = asyncio.create_task(asyncio.to_thread(waiter))
        await asyncio.to_thread(wait_until, someone_waits, WAIT_S, "the other one to wait")
    await waiting


async def test_undo_into_a_volume_that_changes_goes_on_from_there(files: Files) -> None:
    """No generation is given twice, and none is taken back (REST contract, 9)."""
    await files.put("~/Docs/f", b"x")
    number = await delete_volume(files, "~/Docs")
    await files.volume("PUT", "~/Docs")

    def change(connection: Connection) -> None:
        volume = volume_rows.by_path(connection, account_of(connection, files), "~/Docs", lock=True)
        assert volume is not None
        volume_rows.set_generation(connection, volume.id, 50)

    def bring_back() -> None:
        with files.running.cloud.workers.database.writing() as connection:
            now = files.running.clock.now()
            undo.restore(connection, account_of(connection, files), number, now)

    await meanwhile(files, change, bring_back)
    assert (await files.delta("~/Docs", 0))["generation"] == 52


async def test_repair_counts_what_was_stored_while_it_waited(files: Files) -> None:
    """`used` is the sum of the sizes (REST contract, 7)."""
    await files.put("~/Docs/f", b"x")
    database = files.running.cloud.workers.database

    def change(connection: Connection) -> None:
        connection.execute(update(nodes).where(nodes.c.name == "f").values(size=1000))
        connection.execute(update(accounts).values(used_bytes=1000))

    def repair() -> None:
        with database.writing() as connection:
            edits = Edits(connection, files.running.clock.now())
            edits.recount(account_of(connection, files))
            edits.finish()

    await meanwhile(files, change, repair)
    assert await files.used() == 1000


async def test_batch_finds_the_volume_that_holds_a_path_by_now(files: Files) -> None:
    """Another may begin higher up since the volumes were listed (REST contract, 5 and 16.8)."""
    await files.volume("PUT", "~/Books/deep")
    names = ("~", "Books", "deep", "f")
    database = files.running.cloud.workers.database
    with database.writing() as connection:
        lookup = Lookup(connection, account_of(connection, files))
        await files.volume("DELETE", "~/Books/deep")
        await files.volume("PUT", "~/Books")
        lookup.lock([names])
        volume, inside, place = lookup.place(names)
    assert (volume.path, inside, place.missing) == ("~/Books", ("deep", "f"), ("deep", "f"))

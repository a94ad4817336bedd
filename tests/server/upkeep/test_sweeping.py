"""Deleted volumes: gone at once however large, and removed some rows at a time."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from tests.server import databases
from tests.server.files.bulk import fill
from tests.server.files.client import API, Files
from tests.server.files.test_undo import account_of, delete_volume, restore
from tests.server.rig import Running
from u1tray.server.admin.fsck.check import Fsck, Options, Outcome, Patient
from u1tray.server.admin.progress import NoProgress
from u1tray.server.files import volumes
from u1tray.server.files.undo import FORGET_S, UNDO_S
from u1tray.server.messages.refusals import Refusal
from u1tray.server.storage.garbage import Collector
from u1tray.server.storage.metadata.schema import nodes
from u1tray.server.storage.metadata.schema import volumes as volume_table
from u1tray.server.storage.metadata.volumes import ROWS_AT_ONCE
from u1tray.server.upkeep import sweeping
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end
DIALECTS = databases.DIALECTS

FILES = 3 * ROWS_AT_ONCE
NEVER_S = 3600.0


@pytest.fixture
async def files(running: Running, ana: Credentials) -> Files:
    """An account with a volume ~/Docs."""
    made = Files(running, ana)
    await made.volume("PUT", "~/Docs")
    return made


@pytest.fixture
def slow_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first portion nothing more is removed for an hour."""
    monkeypatch.setattr(sweeping, "PAUSE_S", NEVER_S)


async def rows_of(running: Running, table: Any) -> int:
    def count(connection: Connection) -> int:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    return await running.cloud.workers.read(count)


async def fewer(running: Running, table: Any, count: int) -> None:
    """Until a table has fewer rows."""
    deadline = time.monotonic() + 60
    while await rows_of(running, table) >= count:
        assert time.monotonic() < deadline, f"{count} rows stay"
        await asyncio.sleep(0.005)


async def test_others_are_answered_while_a_large_volume_is_removed(
    files: Files, slow_sweep: None
) -> None:
    """Between two portions; the volume is gone from the first moment (5, 10, 11)."""
    running = files.running
    await fill(files, "~/Docs", FILES)
    await files.put("~/Docs/public", b"12345")
    public = (await files.node("PUT", "~/Docs/public", {"is_public": True})).json["public_url"]
    used = await files.used()
    assert (await files.volume("DELETE", "~/Docs")).json == {}
    await fewer(running, nodes, FILES)
    account = await running.add_account("bob@example.com", "Bob")
    bob = Files(running, (await running.add_token(account))[0])
    await bob.put("~/Ubuntu One/f", b"x")
    assert await rows_of(running, nodes) > ROWS_AT_ONCE  # all the rest of it
    assert used == 5
    assert await files.used() == 0
    assert (await files.volume("GET", "~/Docs")).status == 404
    assert (await files.node("GET", "~/Docs/0000000")).status == 404
    listed = (await files.ask("GET", f"{API}/volumes")).json
    assert [volume["path"] for volume in listed] == ["~/Ubuntu One"]
    assert (await files.ask("GET", f"{API}/public_files")).json == []
    link = public[public.index("/", len("http://")) :]
    assert (await running.request("GET", link)).status == 404
    assert (await files.volume("PUT", "~/Docs")).status == 201
    assert await files.changed("~/Docs", 0) == []


async def test_fsck_finds_no_damage_in_what_is_being_removed(
    files: Files, slow_sweep: None
) -> None:
    """Nor wrong `used`; gc removes the rest."""
    running = files.running
    await fill(files, "~/Docs", FILES)
    await files.put("~/Docs/a/b/c", b"12345")
    await files.volume("DELETE", "~/Docs")
    await fewer(running, nodes, FILES)
    cloud = running.cloud
    patient = Patient(cloud.workers.database, cloud.contents.blobs, cloud.directory)
    found: list[Any] = []
    fsck = Fsck(patient, running.clock, Options(), NoProgress())
    outcome = await asyncio.to_thread(fsck.check, found.append)
    assert (outcome, found) == (Outcome.CLEAN, [])
    collector = Collector(cloud.workers.database, cloud.contents.blobs, running.clock, grace_s=0)
    await asyncio.to_thread(collector.collect)
    assert await rows_of(running, volume_table) == 1
    assert await rows_of(running, nodes) == 1


async def test_volume_is_removed_to_the_last_row(files: Files) -> None:
    """Soon after it was deleted, by the server itself."""
    running = files.running
    await fill(files, "~/Docs", ROWS_AT_ONCE + 7)
    await files.volume("DELETE", "~/Docs")
    await fewer(running, volume_table, 2)
    assert await rows_of(running, nodes) == 1


async def test_volume_that_can_come_back_stays_for_its_hour(files: Files) -> None:
    """As it was: keys, generation, `used`; its public files stay private (10)."""
    running = files.running
    await files.put("~/Docs/a/f", b"12345")
    await files.node("PUT", "~/Docs/a/f", {"is_public": True})
    before = await files.delta("~/Docs", 0)
    number = await delete_volume(files, "~/Docs")
    running.clock.moment += UNDO_S - 1
    await sweeping.sweep(running.cloud)
    assert await files.used() == 0
    assert await restore(files, number) == ()
    after = await files.delta("~/Docs", 0)
    assert [node["key"] for node in after["delta"]["nodes"]] == [
        node["key"] for node in before["delta"]["nodes"]
    ]
    assert (await files.get("~/Docs/a/f"))["is_public"] is False
    assert after["generation"] == before["generation"] + 1  # that it is private is news (9)
    assert await files.used() == 5
    with pytest.raises(Refusal, match="no longer"):
        await restore(files, number)


async def test_volume_is_removed_when_its_hour_is_over(files: Files) -> None:
    """With the note of its deletion."""
    running = files.running
    await files.put("~/Docs/a/f", b"12345")
    number = await delete_volume(files, "~/Docs")
    running.clock.moment += FORGET_S
    await sweeping.sweep(running.cloud)
    assert await rows_of(running, volume_table) == 1
    with pytest.raises(Refusal, match="no longer"):
        await restore(files, number)


async def test_volume_comes_not_back_around_another(files: Files) -> None:
    """Volumes do not nest (5); it can still come back once the other is gone."""
    await files.put("~/Docs/a/f", b"12345")
    number = await delete_volume(files, "~/Docs")
    await files.volume("PUT", "~/Docs/inner")
    with pytest.raises(Refusal, match="nest"):
        await restore(files, number)
    await files.volume("DELETE", "~/Docs/inner")
    assert await restore(files, number) == ()
    assert await files.used() == 5


async def test_size_that_was_measured_before_a_change_is_measured_again(files: Files) -> None:
    """`used` is exact whatever came between (11)."""
    workers = files.running.cloud.workers
    await files.put("~/Docs/f", b"12345")

    def owner(connection: Connection) -> int:
        return account_of(connection, files)

    account_id = await workers.read(owner)
    measured = await workers.read(volumes.measure, account_id, "~/Docs")
    await files.put("~/Docs/g", b"12")
    await workers.write(volumes.remove, account_id, "~/Docs", measured)
    assert await files.used() == 0


async def test_right_size_is_taken_as_it_was_measured(files: Files) -> None:
    """Nothing is summed up while others wait."""
    workers = files.running.cloud.workers
    await files.put("~/Docs/f", b"12345")
    await files.put("~/Ubuntu One/f", b"123")

    def owner(connection: Connection) -> int:
        return account_of(connection, files)

    account_id = await workers.read(owner)
    found = await workers.read(volumes.measure, account_id, "~/Docs")
    assert found is not None
    assert found.size == 5
    wrong = volumes.Measured(found.volume_id, found.generation, 4)
    await workers.write(volumes.remove, account_id, "~/Docs", wrong)
    assert await files.used() == 8 - 4

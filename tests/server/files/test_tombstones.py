"""Forgetting what was deleted long ago, and who is told of it (REST contract, 9 and 18)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.server.databases import both
from tests.server.files.client import Files
from tests.server.rig import NOW, running_cloud
from u1tray.server.files.tombstones import forget_old
from u1tray.server.settings.options import Settings, load_settings
from u1tray.server.storage.metadata import tombstones
from u1tray.vocabulary.errors import UsageError

pytestmark = pytest.mark.end2end

DAY_S = 86400.0


async def deleted(files: Files, path: str) -> None:
    await files.make(path)
    await files.node("DELETE", path)


async def forget(files: Files, days: int) -> int:
    return await forget_old(files.running.cloud.workers, days, files.running.clock.now())


@both
async def test_old_tombstones_are_forgotten_and_young_ones_are_not(files: Files) -> None:
    """By the age of the deletion; live nodes stay, however old."""
    await files.make("~/Docs/live")
    await deleted(files, "~/Docs/old")
    files.running.clock.moment = NOW + 10 * DAY_S
    await deleted(files, "~/Docs/young")
    files.running.clock.moment = NOW + 31 * DAY_S
    assert await forget(files, 30) == 1
    assert await files.changed("~/Docs", 0) == [("/live", True), ("/young", False)]
    assert await forget(files, 30) == 0


@both
async def test_delta_below_a_forgotten_entry_is_gone(files: Files) -> None:
    """410 `delta_gone` for an N other than 0; from the entry on, and from 0, it works."""
    await files.make("~/Docs/a")  # 1
    await deleted(files, "~/Docs/b")  # 2, then 3
    await files.make("~/Docs/c")  # 4
    files.running.clock.moment = NOW + 2 * DAY_S
    assert await forget(files, 1) == 1
    for since in (1, 2):
        reply = await files.volume("GET", "~/Docs", f"?from_generation={since}")
        assert (reply.status, reply.code) == (410, "delta_gone")
    assert await files.changed("~/Docs", 3) == [("/c", True)]
    assert await files.changed("~/Docs", 0) == [("/a", True), ("/c", True)]
    assert await files.changed("~/Docs", 99) == []


async def test_other_volumes_are_not_concerned(files: Files) -> None:
    """Each remembers for itself."""
    await deleted(files, "~/Docs/b")
    await files.make("~/Ubuntu One/a")
    files.running.clock.moment = NOW + 2 * DAY_S
    assert await forget(files, 1) == 1
    assert await files.changed("~/Ubuntu One", 1) == []


async def test_forgetting_tells_nobody_and_changes_no_generation(files: Files) -> None:
    """It is no change of the volume; `used` is what it was."""
    await files.put("~/Docs/f", b"hello")
    await files.node("DELETE", "~/Docs/f")
    before = await files.generation("~/Docs")
    files.running.clock.moment = NOW + 2 * DAY_S
    await forget(files, 1)
    assert await files.generation("~/Docs") == before
    assert await files.used() == 0


async def test_tree_that_was_deleted_is_forgotten_whole(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit by bit; what is left names no parent that is forgotten."""
    monkeypatch.setattr(tombstones, "_OLD", tombstones._OLD.limit(2))
    monkeypatch.setattr(tombstones, "AT_ONCE", 2)
    await files.make("~/Docs/a/b/c/d/e")
    await files.node("DELETE", "~/Docs/a")
    files.running.clock.moment = NOW + 2 * DAY_S
    assert await forget(files, 1) == 5
    assert await files.changed("~/Docs", 0) == []


async def test_nothing_is_forgotten_by_default(files: Files) -> None:
    """`tombstone_days` 0 keeps all (18)."""
    assert Settings().tombstone_days == 0
    await deleted(files, "~/Docs/b")
    files.running.clock.moment = NOW + 10_000 * DAY_S
    assert await forget(files, 0) == 0
    assert await files.changed("~/Docs", 1) == [("/b", False)]


async def test_running_server_forgets_by_itself(data: Path) -> None:
    """With the option, from its start on."""
    async with running_cloud(data) as running:
        running.clock.moment = NOW - 4 * DAY_S
        credentials, _ = await running.add_token(await running.add_account())
        await deleted(Files(running, credentials), "~/Ubuntu One/b")
    async with running_cloud(data, tombstone_days=5) as running:
        files = Files(running, credentials)
        assert await files.changed("~/Ubuntu One", 0) == [("/b", False)]
    async with running_cloud(data, tombstone_days=3) as running:
        files = Files(running, credentials)
        deadline = asyncio.get_running_loop().time() + 20
        while await files.changed("~/Ubuntu One", 0):
            assert asyncio.get_running_loop().time() < deadline
        reply = await files.volume("GET", "~/Ubuntu One", "?from_generation=1")
        assert reply.code == "delta_gone"


@pytest.mark.parametrize("text", ["-1", "1.5", "many", ""])
def test_wrong_number_of_days_is_refused(text: str) -> None:
    """With what is at fault."""
    with pytest.raises(UsageError, match="tombstone"):
        load_settings(None, {}, {"tombstone_days": text})

"""A volume that is deleted, brought back, swept and written to, all at once: nothing gets lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.server import databases
from tests.server.api.packed import put, upload
from tests.server.files.client import Files
from tests.server.files.test_undo import account_of, delete
from tests.server.rig import Running
from u1tray.server.admin.fsck.check import Fsck, Options, Outcome, Patient
from u1tray.server.admin.progress import NoProgress
from u1tray.server.files import undo, volumes
from u1tray.server.messages.refusals import Refusal
from u1tray.server.storage.metadata import deletions
from u1tray.server.upkeep import sweeping
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import BusyError

pytestmark = pytest.mark.end2end
DIALECTS = databases.DIALECTS

STEPS = 40
WHOLE = {200, 201, 404, 503}  # a database may end one of two that wait in a circle
Act = Callable[[], Awaitable[Any]]


class Actors:
    """What several programs and pages of one account do to ~/Docs. Refusals are as good."""

    def __init__(self, files: Files, account_id: int) -> None:
        self._files = files
        self._account_id = account_id
        self._cloud = files.running.cloud
        self._chance = random.Random(7)
        self._deleted: list[int] = []

    async def put(self) -> None:
        size = self._chance.choice((0, 10, 50_000))
        reply = await self._files.content("PUT", self._path(), os.urandom(size))
        assert reply.status in WHOLE

    async def put_many(self) -> None:
        items = [put(f"/{self._path()}", os.urandom(20)) for _ in range(20)]
        results = await upload(self._files, *items)
        assert {one["status"] for one in results} <= WHOLE

    async def delete(self) -> None:
        """A directory or the volume on the pages, or the volume by a program."""
        number, workers = self._chance.randrange(3), self._cloud.workers
        if number == 0:
            self._deleted.append(await delete(self._files, f"~/Docs/{self._chance.randrange(2)}"))
        elif number == 1:
            measured = await workers.read(volumes.measure, self._account_id, "~/Docs")
            where = self._account_id, "~/Docs", self._now()
            done = await workers.write(undo.delete_volume, *where, measured)
            self._deleted.append(done.id)
        else:
            await self._files.volume("DELETE", "~/Docs")

    async def make(self) -> None:
        await self._files.volume("PUT", "~/Docs")

    async def restore(self) -> None:
        if self._deleted:
            what = self._account_id, self._chance.choice(self._deleted), self._now()
            while not (await self._cloud.workers.write(undo.restore, *what)).is_done:
                pass

    async def sweep(self) -> None:
        await sweeping.sweep(self._cloud)

    def _now(self) -> float:
        return self._files.running.clock.now()

    def _path(self) -> str:
        return f"~/Docs/{self._chance.randrange(2)}/{self._chance.randrange(20)}"


async def often(act: Act) -> None:
    for _ in range(STEPS):
        with contextlib.suppress(Refusal, BusyError):
            await act()


async def test_volume_that_comes_and_goes_keeps_everything_whole(
    running: Running, ana: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trees, generations, contents, exact `used` (5, 9, 11), whoever came in between."""
    monkeypatch.setattr(deletions, "PLANTED_AT_ONCE", 3)
    monkeypatch.setattr(sweeping, "PAUSE_S", 0.0)
    files, cloud = Files(running, ana), running.cloud

    def owner(connection: Any) -> int:
        return account_of(connection, files)

    actors = Actors(files, await cloud.workers.read(owner))
    acts = (actors.put, actors.put_many, actors.delete, actors.make, actors.restore, actors.sweep)
    await asyncio.gather(*(often(act) for act in (*acts, *acts)))
    patient = Patient(cloud.workers.database, cloud.contents.blobs, cloud.directory)
    found: list[Any] = []
    fsck = Fsck(patient, running.clock, Options(), NoProgress())
    outcome = await asyncio.to_thread(fsck.check, found.append)
    assert (outcome, found) == (Outcome.CLEAN, [])

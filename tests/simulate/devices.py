"""Simulated machines, and the lives of the sync engine on them."""

from __future__ import annotations

import asyncio
import contextlib
import random

from tests.simulate.cloud import SimulatedVolume
from tests.simulate.disk import Disk, Inode, SimulatedFolder
from tests.simulate.ledger import Ledger
from tests.simulate.world import FailedRunError, World
from u1tray.engine.core.holds import Limits
from u1tray.engine.core.values import Side
from u1tray.engine.runner.lanes import Lanes
from u1tray.engine.runner.runner import Watchers
from u1tray.engine.runner.volume import VolumeSync
from u1tray.engine.store.trees import TreeStore


class Device:
    """A machine: its disk and store survive the engine."""

    def __init__(self, world: World, name: str, disk: Disk) -> None:
        self._world = world
        self.name = name
        self.disk = disk
        self.store = TreeStore.open(":memory:")
        with self.store.changing():
            self.store.plant("root")
        self.sync: VolumeSync | None = None
        self.task: asyncio.Task | None = None
        self.folder: SimulatedFolder | None = None
        self.volume: SimulatedVolume | None = None
        self.cut = asyncio.Event()
        self.away: Inode | None = None
        """The folder, while another directory or none stands in its place."""
        self.ledgers: dict[Side, Ledger] = {}
        """What its engine deleted on either side."""
        self._left_behind: list[asyncio.Task] = []
        self._old_stores: list[TreeStore] = []

    def start(self, watchers: Watchers, lanes: Lanes) -> None:
        """An engine begins with what is on the disk and in the store."""
        world, hazards = self._world, self._world.hazards
        chance = random.Random(world.chance.random())
        self.folder = SimulatedFolder(self.disk, chance)
        faults, late = (0.0, 0.0) if world.is_peace else (world.faults, hazards.late)
        self.volume = SimulatedVolume(world.cloud, chance, faults, late)
        self.volume.gathers = hazards.gathers
        self.volume.ghosts = 0.0 if world.is_peace else hazards.ghosts
        limits = Limits() if hazards.few is None else Limits(few=hazards.few, share=0.3)
        self._keep_ledgers(limits)
        self.sync = VolumeSync(
            self.store,
            self.folder,
            self.volume,
            world.clock,
            self.name,
            limits=limits,
            state_changed=self._weigh,
            watchers=watchers,
            chance=chance,
            lanes=lanes,
        )
        self.task = world.loop.create_task(self._live() if hazards.cuts else self.sync.run())
        world.note(f"{self.name} starts")

    async def crash(self) -> None:
        """The engine ends: asked to, or killed."""
        if not self._world.is_peace and self._world.fate.random() < self._world.hazards.kills:
            self.kill()
            return
        self.task.cancel()
        results = await asyncio.gather(self.task, return_exceptions=True)
        if not isinstance(results[0], asyncio.CancelledError):
            raise FailedRunError(f"{self.name} ended by itself") from results[0]
        self.disk.hints = None
        self._world.note(f"{self.name} crashes")

    def kill(self) -> None:
        """End an engine that hears nothing of it: what is left is what was stored."""
        self.folder.is_dead = self.volume.is_dead = True
        self._old_stores.append(self.store)
        self.store = TreeStore.open(":memory:")
        self._old_stores[-1].connection.backup(self.store.connection)
        self.task.cancel()
        self._left_behind.append(self.task)
        self.disk.hints = None
        self._world.note(f"{self.name} is killed")

    def apply_held(self) -> None:
        """A person sees what is held, and means it."""
        holds, now = self.sync.holds, int(self._world.clock.now())
        for side in Side:
            if holds.is_held[side]:
                self.ledgers[side.other].applied(holds.loss(side).files)
        self.sync.apply_held(holds.show(max(now, holds.last_number + 1)))

    def calm(self) -> None:
        """No request fails or is late any more, and the folder is in its place."""
        self.volume.faults = self.volume.late = self.volume.ghosts = 0.0
        if self.away is not None:
            self.return_folder()

    def return_folder(self) -> None:
        """The folder that was away stands in its place again."""
        self.disk.replace_root(self.away)
        self.away = None
        self._world.note(f"{self.name} has its folder again")

    def cancel(self) -> list[asyncio.Task]:
        """End all engines there ever were: their tasks, to wait for."""
        tasks = ([] if self.task is None else [self.task]) + self._left_behind
        for task in tasks:
            task.cancel()
        return tasks

    def close(self) -> None:
        """Close the stores of engines that have ended."""
        for store in (*self._old_stores, self.store):
            store.close()

    def _keep_ledgers(self, limits: Limits) -> None:
        for side in Side:
            self.ledgers.setdefault(side, Ledger(limits, self._world.clock.now))
        self.volume.deleted = self.ledgers[Side.REMOTE].deleted
        self.folder.trashed = self.ledgers[Side.LOCAL].deleted

    def _weigh(self) -> None:
        for ledger in self.ledgers.values():
            ledger.saw(self.store.count_files())

    async def _live(self) -> None:
        """Watch the folder all the time, and the cloud while there is a connection."""
        watch = self._world.loop.create_task(self.sync.watch())
        try:
            while True:
                await self._connect(watch)
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch

    async def _connect(self, watch: asyncio.Task) -> None:
        """One connection, and the time without one that follows."""
        world = self._world
        sync = world.loop.create_task(self.sync.sync())
        cut = world.loop.create_task(self.cut.wait())
        try:
            await asyncio.wait([sync, cut, watch], return_when=asyncio.FIRST_COMPLETED)
            for task in (sync, watch):
                if task.done():
                    task.result()
        finally:
            for task in (sync, cut):
                task.cancel()
            await asyncio.gather(sync, cut, return_exceptions=True)
        world.note(f"{self.name} is offline")
        self.volume.is_offline = True
        await asyncio.sleep(world.fate.choice((0.0, 0.5, 5.0, 40.0)))
        self.volume.is_offline = False
        self.cut.clear()
        world.note(f"{self.name} is online")

"""The course of a simulated run: devices, people who change files, crashes; peace, and a look."""

from __future__ import annotations

import asyncio

from tests.simulate.checks import check_end, until_same
from tests.simulate.contents import SMALL_BYTES
from tests.simulate.devices import Device
from tests.simulate.disk import Disk, content_of
from tests.simulate.hazards import Hazards
from tests.simulate.kept import Kept, contents_in
from tests.simulate.mishaps import Mishaps
from tests.simulate.people import People
from tests.simulate.world import FailedRunError, World
from u1tray.engine.runner.lanes import Lanes
from u1tray.engine.runner.runner import Watchers


class Run:
    """A whole run, decided by its seed; `hazards` are those of the seed unless given."""

    def __init__(self, seed: int, hazards: Hazards | None = None) -> None:
        self.world = World(seed, hazards)
        self.chance, self.fate = self.world.chance, self.world.fate
        self.loop, self.clock = self.world.loop, self.world.clock
        self.cloud, self.trace = self.world.cloud, self.world.trace
        self.devices: list[Device] = []
        self.kept = Kept()
        self.people = People(self.world, self.kept)
        self.mishaps = Mishaps(self.world, self.devices, self.people, self.kept)

    def run(self) -> None:
        """Raises FailedRunError."""
        try:
            self.loop.run_until_complete(self._run())
        finally:
            self.loop.run_until_complete(self._end())
            for device in self.devices:
                device.close()
            self.loop.close()

    def start(self, device: Device) -> None:
        """An engine begins on a device."""
        device.start(self._watchers(device.name), self._lanes())

    async def rest(self) -> None:
        """Until all is the same everywhere, with no faults from now on."""
        self.world.is_peace = True
        for device in self.devices:
            device.calm()
        await until_same(self.world, self.devices)

    async def _run(self) -> None:
        hazards = self.world.hazards
        for _ in range(self.chance.choice((1, 2, 2, 3))):
            self._add_device(Disk(self.world.now_ns, self.fate, hazards.reused))
        self.world.faults = self.chance.choice((0.0, 0.02, 0.1))
        crashes = self.chance.choice((0.0, 0.0, 0.1))
        restores = self.chance.choice((0.0, 0.0, 0.0, 0.05))
        for device in self.devices:
            self.start(device)
        await self._work(crashes, restores)
        await self.rest()
        if hazards.undoes and len(self.devices) > 1:
            await self._undo()
        for device in self.devices:
            await device.crash()
        check_end(self.world, self.devices, self.kept)

    async def _work(self, crashes: float, restores: float) -> None:
        """People work, one change at a time, with chances of a crash or a restoration."""
        backup = self.cloud.backup()
        for _ in range(self.chance.randint(1, 40)):
            if self.chance.random() < restores:
                if self.chance.random() < 0.5:
                    backup = self.cloud.backup()
                else:
                    await self.mishaps.restore(backup)
            await asyncio.sleep(self.chance.choice((0.0, 0.05, 0.3, 3.0, 20.0)))
            self.mishaps.befall()
            await self.mishaps.dwindle()
            device = self.chance.choice(self.devices)
            if self.chance.random() < crashes:
                await device.crash()
                if self.chance.random() < 0.5:
                    self.people.change(device)  # while the engine does not run
                self.start(device)
            else:
                self.people.change(device)

    async def _undo(self) -> None:
        """What the others do from now on is taken back here."""
        here, *others = self.devices
        wanted = set(contents_in(here.disk.picture()))
        await asyncio.sleep(1.0)
        since = self.clock.now()
        for _ in range(self.fate.randint(1, 12)):
            await asyncio.sleep(self.fate.choice((0.0, 0.05, 0.3, 3.0)))
            self.people.change(self.fate.choice(others))
        await self.rest()
        if self.fate.random() < 0.3:
            await here.crash()
            self.start(here)
            await self.rest()
        undone = await here.sync.undoing.undo(since)
        self.world.note(f"{here.name} takes back {[(one.way, one.reason) for one in undone]}")
        await self.rest()
        refused = {one.entry.before for one in undone if one.way is None}
        missing = wanted - set(contents_in(self.cloud.picture()))
        missing -= {data for data in missing if content_of(data) in refused}
        if missing and None not in refused:  # which is a directory, with what was in it
            raise FailedRunError(f"not taken back: {sorted(missing)}: {undone}")

    async def _end(self) -> None:
        self.loop.on_step = None
        tasks = [task for device in self.devices for task in device.cancel()]
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.loop.shutdown_asyncgens()

    def _add_device(self, disk: Disk) -> None:
        self.devices.append(Device(self.world, f"device{len(self.devices)}", disk))

    def _lanes(self) -> Lanes:
        if not self.world.hazards.gathers:
            return Lanes()
        return Lanes(self.fate.randint(1, 4), SMALL_BYTES)

    def _watchers(self, name: str) -> Watchers:
        note = self.world.note
        return Watchers(
            begun=lambda operation: note(f"{name} begins {operation}"),
            done=lambda operation: note(f"{name} did {operation}"),
            failed=lambda operation, error: note(f"{name} {error.text}: {operation}"),
            changed=lambda operation: note(f"{name} is not to do {operation}"),
        )

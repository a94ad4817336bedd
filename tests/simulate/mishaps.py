"""What hazards do to devices and cloud while people work."""

from __future__ import annotations

import asyncio

from tests.simulate.checks import check_memory
from tests.simulate.cloud import CloudBackup
from tests.simulate.devices import Device
from tests.simulate.hazards import happens
from tests.simulate.kept import Kept
from tests.simulate.people import People
from tests.simulate.world import World


class Mishaps:
    """They befall the devices of a run."""

    def __init__(self, world: World, devices: list[Device], people: People, kept: Kept) -> None:
        self._world = world
        self._devices = devices
        self._people = people
        self._kept = kept

    def befall(self) -> None:
        """Connections are cut, folders come and go, and people see to what is held."""
        fate, hazards = self._world.fate, self._world.hazards
        for device in self._devices:
            check_memory(device.store)
            if fate.random() < hazards.cuts:
                device.cut.set()
            if happens(fate, hazards.bursts):
                self._people.burst(device)
            if fate.random() < hazards.roots:
                self._change_root(device)
            if hazards.few is not None and fate.random() < 0.1:
                if fate.choice((True, False)):
                    device.apply_held()
                else:
                    device.sync.restore_held()

    async def dwindle(self) -> None:
        """One of the folders is emptied, file after file."""
        if happens(self._world.fate, self._world.hazards.dwindles):
            await self._people.dwindle(self._world.fate.choice(self._devices))

    async def restore(self, backup: CloudBackup) -> None:
        """The administrator goes back; clients see it before people do anything else.

        A state that only is older, and that another device changed before this one looked, could
        not be told from the newer one by its generation.
        """
        world = self._world
        tells = len(self._devices) > 1 or world.chance.random() < 0.5
        if world.fate.random() < world.hazards.recreations:
            world.cloud.recreate()
            world.note("the volume is made anew")
        else:
            world.cloud.restore(backup, tells=tells)
            world.note("the cloud is restored")
        self._kept.go_back(world.cloud, self._devices)
        for device in self._devices:
            device.cut.set()
        await asyncio.sleep(60.0)

    def _change_root(self, device: Device) -> None:
        if device.away is not None:
            device.return_folder()
            return
        if self._world.fate.random() < 0.5:
            device.away = device.disk.replace_root(None)
            self._world.note(f"{device.name} has no folder")
            return
        old = device.disk.replace_root(device.disk.empty_root())
        self._kept.lose_folder(device, device.disk.picture(old), self._world.cloud)
        self._world.note(f"{device.name} has another folder")

"""Simulated devices without faults, and a scene of a test's own in place of chance."""

from __future__ import annotations

from tests.simulate.cloud import CloudVolume
from tests.simulate.disk import Disk
from tests.simulate.run import Device, Run
from u1tray.engine.store.trees import TreeStore


class Scene(Run):
    """Some devices, and what happens to them: `scene(run)`."""

    def __init__(self, scene, number=2) -> None:
        super().__init__(7)
        self._scene = scene
        self._number = number

    async def _run(self) -> None:
        self._begin_with(self._number)
        await self._scene(self)

    def _begin_with(self, number):
        self.cloud = CloudVolume()
        for index in range(number):
            device = Device(f"device{index}", Disk(self._now_ns), TreeStore.open(":memory:"))
            with device.store.changing():
                device.store.plant("root")
            self.devices.append(device)
            self._start(device)

    async def rest(self):
        """Until all is the same everywhere."""
        await self._peace()

    @property
    def pictures(self):
        return [device.disk.picture() for device in self.devices]

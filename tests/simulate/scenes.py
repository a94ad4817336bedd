"""Simulated devices without faults, and a scene of a test's own in place of chance."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.simulate.disk import Disk
from tests.simulate.hazards import Hazards
from tests.simulate.run import Run


class Scene(Run):
    """Some devices, and what happens to them: `scene(run)`."""

    def __init__(
        self,
        scene: Callable[[Any], Awaitable[None]],
        number: int = 2,
        hazards: Hazards | None = None,
    ) -> None:
        super().__init__(7, hazards)
        self._scene = scene
        self._number = number

    async def _run(self) -> None:
        self._begin_with(self._number)
        await self._scene(self)

    def _begin_with(self, number: int) -> None:
        for _ in range(number):
            self._add_device(Disk(self.world.now_ns))
            self.start(self.devices[-1])

    @property
    def pictures(self) -> list[dict]:
        """What is on each of the disks."""
        return [device.disk.picture() for device in self.devices]

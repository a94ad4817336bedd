"""Volumes that share lanes take turns."""

from __future__ import annotations

import asyncio

import pytest

from tests.simulate.scenes import Scene
from u1tray.engine.runner.lanes import Lanes

pytestmark = pytest.mark.core

MANY = 40


class Narrow(Scene):
    """Two devices with one lane for both."""

    def __init__(self, scene) -> None:
        super().__init__(scene, 2)
        self.one = Lanes(1)

    def _lanes(self):
        return self.one


def test_single_file_does_not_wait_for_all_of_another_volume():
    """Else a document would go up hours after the pictures of another folder."""

    async def scene(two):
        many, few = two.devices
        await two.rest()
        for number in range(MANY):
            many.disk.write((f"{number}",), b"%d of many" % number)
        while not many.sync.runner.running:
            await asyncio.sleep(0.01)
        few.disk.write(("single",), b"one")
        while "single" not in two.cloud.picture():
            await asyncio.sleep(0.01)
        assert len(two.cloud.picture()) < MANY / 2
        await two.rest()

    Narrow(scene).run()

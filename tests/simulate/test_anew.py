"""What is made again where it was just deleted, while the cloud is still asked to delete it: here,
or by another device."""

from __future__ import annotations

import asyncio

import pytest

from tests.simulate.hazards import NONE
from tests.simulate.scenes import Scene
from u1tray.engine.core.values import Kind

pytestmark = pytest.mark.core

NAMES = ("anew",)


def make(disk, kind):
    if kind is Kind.FILE:
        disk.write(NAMES, b"as it was")
    else:
        disk.make_directory(NAMES)


@pytest.mark.parametrize("kind", sorted(Kind, key=str))
@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize("pause_seconds", [0.0, 0.1, 0.5])
def test_what_is_made_again_is_not_lost_to_its_own_deletion(kind, is_late, pause_seconds):
    """The cloud's news of what was deleted before are none of what is there by now."""

    async def scene(one):
        (device,) = one.devices
        make(device.disk, kind)
        await one.rest()
        device.disk.delete(NAMES)
        while one.cloud.find(NAMES) is not None:
            await asyncio.sleep(0.001)
        device.volume.late = float(is_late)  # its answer, and its news
        await asyncio.sleep(pause_seconds)
        make(device.disk, kind)
        made = device.disk.find(NAMES)
        await asyncio.sleep(60.0)
        device.volume.late = 0.0
        await one.rest()
        assert device.disk.find(NAMES) is made
        assert one.cloud.picture() == device.disk.picture()

    Scene(scene, 1, NONE).run()


@pytest.mark.parametrize("kind", sorted(Kind, key=str))
def test_what_another_device_makes_there_is_not_deleted_once_more(kind):
    """A deletion whose answer was lost is asked for again only after the cloud has told what is."""

    async def scene(two):
        first, second = two.devices
        make(first.disk, kind)
        await two.rest()
        first.disk.delete(NAMES)
        while two.cloud.find(NAMES) is not None:
            await asyncio.sleep(0.001)
        first.volume.is_offline = True  # before the answer is there
        while second.disk.find(NAMES) is not None:
            await asyncio.sleep(0.1)
        make(second.disk, kind)
        made = second.disk.find(NAMES)
        while two.cloud.find(NAMES) is None:
            await asyncio.sleep(0.1)
        first.volume.is_offline = False
        await two.rest()
        assert second.disk.find(NAMES) is made
        assert first.disk.picture() == second.disk.picture() == two.cloud.picture() != {}

    Scene(scene, 2, NONE).run()

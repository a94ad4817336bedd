"""What must hold of a run, and how long to wait until all is the same."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tests.simulate.devices import Device
from tests.simulate.kept import Kept, contents_in
from tests.simulate.world import FailedRunError, World
from u1tray.engine.store.reading import TreeReader
from u1tray.engine.store.trees import TreeStore

PEACE_SECONDS = 3600.0
LOOK_EVERY_SECONDS = 1.0
QUIET_LOOKS = 10


async def until_same(world: World, devices: Sequence[Device]) -> None:
    """Wait until all folders are as the cloud, and stay so. Raises FailedRunError."""
    quiet = 0
    end = world.loop.seconds + PEACE_SECONDS
    while quiet < QUIET_LOOKS:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        same = all(_is_done(world, device) for device in devices)
        quiet = quiet + 1 if same else 0
        for device in devices:
            if any(device.sync.is_held.values()):
                device.apply_held()
            if device.task.done():
                raise FailedRunError(f"{device.name} ended") from device.task.exception()
        if world.loop.seconds > end:
            raise FailedRunError(_differences(world, devices))


def check_end(world: World, devices: Sequence[Device], kept: Kept) -> None:
    """Nothing is lost, and everybody knows so. Raises FailedRunError."""
    lost = kept.contents - set(contents_in(world.cloud.picture()))
    if lost:
        raise FailedRunError(f"lost: {sorted(lost)}")
    for device in devices:
        differences = list(device.store.differences())
        if differences:
            raise FailedRunError(f"{device.name} agrees on something else: {differences}")
        check_memory(device.store)


def check_memory(store: TreeStore) -> None:
    """What the store remembers to have read is what is in it. Raises FailedRunError."""
    fresh, remembered = TreeReader(store.connection), store._recent
    for nodes in remembered.nodes.values():
        for number, node in nodes.items():
            if node != fresh.node(node.side, number):
                raise FailedRunError(f"remembers {node} wrongly")
    for number, entry in remembered._entries.items():
        if entry != fresh.entry(number):
            raise FailedRunError(f"remembers {entry} wrongly")
    if (store.count_files(), store.generation) != (fresh.count_files(), fresh.generation):
        raise FailedRunError("remembers a number wrongly")


def _is_done(world: World, device: Device) -> bool:
    if device.disk.picture() != world.cloud.picture():
        return False
    return next(device.store.differences(), None) is None


def _differences(world: World, devices: Sequence[Device]) -> str:
    lines = [f"cloud {world.cloud.picture()}"]
    for device in devices:
        runner = device.sync.runner
        lines += [
            f"{device.name} {device.disk.picture()}",
            f"  differences {list(device.store.differences())}",
            f"  stuck {runner.backlog.stuck} troubles {runner.troubles}",
            f"  {runner.backlog}",
            f"  running {runner.running} quiet {device.sync.local.is_quiet}",
        ]
    return "not the same after an hour of peace:\n" + "\n".join(lines)

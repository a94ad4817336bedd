"""One simulated run: several devices, people who change files, crashes; then peace and a look."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from tests.simulate.cloud import CloudBackup, CloudVolume, SimulatedVolume
from tests.simulate.disk import Disk, SimulatedFolder
from tests.simulate.loop import SimulatedClock, SimulatedLoop
from u1tray.engine.core.values import Kind
from u1tray.engine.ports import Names
from u1tray.engine.runner.volume import VolumeSync
from u1tray.engine.store.trees import TreeStore

NAMES = ("a", "b", "c", "d")
PEACE_SECONDS = 3600.0
LOOK_EVERY_SECONDS = 1.0


class FailedRunError(AssertionError):
    """An invariant does not hold."""


@dataclass
class Device:
    """A machine: its disk and store survive the engine."""

    name: str
    disk: Disk
    store: TreeStore
    sync: VolumeSync | None = None
    task: asyncio.Task | None = None


@dataclass
class Run:
    """A whole run, decided by its seed."""

    seed: int
    trace: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.loop = SimulatedLoop()
        self.clock = SimulatedClock(self.loop)
        self.cloud: CloudVolume
        self.devices: list[Device] = []
        self.faults = 0.0
        self.written = 0
        self.kept: set[bytes] = set()

    def run(self) -> None:
        """Raises FailedRunError."""
        try:
            self.loop.run_until_complete(self._run())
        finally:
            self.loop.run_until_complete(self._end())
            for device in self.devices:
                device.store.close()
            self.loop.close()

    async def _end(self) -> None:
        tasks = [device.task for device in self.devices if device.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.loop.shutdown_asyncgens()

    async def _run(self) -> None:
        self.cloud = CloudVolume()
        for number in range(self.chance.choice((1, 2, 2, 3))):
            device = Device(f"device{number}", Disk(self._now_ns), TreeStore.open(":memory:"))
            with device.store.changing():
                device.store.plant("root")
            self.devices.append(device)
        self.faults = self.chance.choice((0.0, 0.02, 0.1))
        crashes = self.chance.choice((0.0, 0.0, 0.1))
        restores = self.chance.choice((0.0, 0.0, 0.0, 0.05))
        backup = self.cloud.backup()
        for device in self.devices:
            self._start(device)
        for _ in range(self.chance.randint(1, 40)):
            if self.chance.random() < restores:
                if self.chance.random() < 0.5:
                    backup = self.cloud.backup()
                else:
                    await self._restore(backup)
            await asyncio.sleep(self.chance.choice((0.0, 0.05, 0.3, 3.0, 20.0)))
            device = self.chance.choice(self.devices)
            if self.chance.random() < crashes:
                await self._crash(device)
                if self.chance.random() < 0.5:
                    self._change(device)  # while the engine does not run
                self._start(device)
            else:
                self._change(device)
        await self._peace()
        for device in self.devices:
            await self._crash(device)
        self._check()

    def _now_ns(self) -> int:
        return int(self.clock.now() * 1e9)

    # The engine

    def _start(self, device: Device) -> None:
        chance = random.Random(self.chance.random())
        device.sync = VolumeSync(
            device.store,
            SimulatedFolder(device.disk, chance),
            SimulatedVolume(self.cloud, chance, self.faults),
            self.clock,
            device.name,
            chance=chance,
        )
        device.task = self.loop.create_task(device.sync.run())
        self._note(f"{device.name} starts")

    async def _crash(self, device: Device) -> None:
        device.task.cancel()
        results = await asyncio.gather(device.task, return_exceptions=True)
        if not isinstance(results[0], asyncio.CancelledError):
            raise FailedRunError(f"{device.name} ended by itself") from results[0]
        device.disk.hints = None
        self._note(f"{device.name} crashes")

    async def _restore(self, backup: CloudBackup) -> None:
        """The administrator goes back; clients see it before people do anything else.

        A state that only is older, and that another device changed before this one looked, could
        not be told from the newer one by its generation.
        """
        tells = len(self.devices) > 1 or self.chance.random() < 0.5
        self.cloud.restore(backup, tells=tells)
        self._note("the cloud is restored")
        await asyncio.sleep(60.0)

    # People

    def _change(self, device: Device) -> None:
        disk, chance = device.disk, self.chance
        directories = [(), *disk.walk(Kind.DIRECTORY)]
        parent, name = chance.choice(directories), chance.choice(NAMES)
        names = (*parent, name)
        everything = disk.walk()
        chosen = chance.choice(everything) if everything else None
        action = chance.choice(("write", "write", "save", "directory", "edit", "move", "delete"))
        is_free = disk.find(names) is None
        if action in ("write", "directory") and is_free:
            if action == "write":
                disk.write(names, self._data())
            else:
                disk.make_directory(names)
        elif action in ("edit", "save") and chosen and disk.find(chosen).kind is Kind.FILE:
            self._give_up(device, chosen)
            (disk.write if action == "edit" else disk.save_atomically)(chosen, self._data())
            names = chosen
        elif action == "move" and chosen and is_free and names[: len(chosen)] != chosen:
            disk.move(chosen, names)
        elif action == "delete" and chosen:
            self._give_up(device, chosen)
            disk.remove(chosen)
            names = chosen
        else:
            return
        self._note(f"{device.name}: {action} {'/'.join(chosen or ())} {'/'.join(names)}")

    def _data(self) -> bytes:
        self.written += 1
        data = b"%d " % self.written * self.chance.randint(1, 6)
        self.kept.add(data)
        return data

    def _give_up(self, device: Device, names: Names) -> None:
        """A person replaced or deleted this: it need not be kept."""
        for path in [names, *device.disk.walk()]:
            if path[: len(names)] == names:
                self.kept.discard(device.disk.find(path).data)

    # Peace

    async def _peace(self) -> None:
        for device in self.devices:
            device.sync.volume.faults = 0.0
            device.sync.apply_held()
        quiet = 0
        end = self.loop.seconds + PEACE_SECONDS
        while quiet < 10:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            same = all(self._is_done(device) for device in self.devices)
            quiet = quiet + 1 if same else 0
            for device in self.devices:
                if device.task.done():
                    raise FailedRunError(f"{device.name} ended") from device.task.exception()
            if self.loop.seconds > end:
                raise FailedRunError(self._differences())

    def _is_done(self, device: Device) -> bool:
        if device.disk.picture() != self.cloud.picture():
            return False
        return next(device.store.differences(), None) is None

    def _differences(self) -> str:
        lines = [f"cloud {self.cloud.picture()}"]
        for device in self.devices:
            backlog = device.sync.runner.backlog
            lines += [
                f"{device.name} {device.disk.picture()}",
                f"  differences {list(device.store.differences())}",
                f"  stuck {backlog.stuck} troubles {device.sync.runner.troubles}",
                f"  {backlog}",
                f"  running {device.sync.runner.running} quiet {device.sync.local.is_quiet}",
            ]
        return "not the same after an hour of peace:\n" + "\n".join(lines)

    def _check(self) -> None:
        found = set(_contents(self.cloud.picture()))
        lost = self.kept - found
        if lost:
            raise FailedRunError(f"lost: {sorted(lost)}")
        for device in self.devices:
            differences = list(device.store.differences())
            if differences:
                raise FailedRunError(f"{device.name} agrees on something else: {differences}")

    def _note(self, line: str) -> None:
        self.trace.append(f"{self.loop.seconds:9.3f} {line}")


def _contents(picture: dict) -> list[bytes]:
    found = []
    for value in picture.values():
        found += _contents(value) if isinstance(value, dict) else [value]
    return found

"""One simulated run: several devices, people who change files, crashes; then peace and a look."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass, field

from tests.simulate.cloud import CloudBackup, CloudVolume, SimulatedVolume
from tests.simulate.contents import SMALL_BYTES, happens
from tests.simulate.disk import Disk, Inode, SimulatedFolder, content_of
from tests.simulate.hazards import Hazards
from tests.simulate.ledger import Ledger
from tests.simulate.loop import SimulatedClock, SimulatedLoop
from u1tray.engine.core.holds import Limits
from u1tray.engine.core.values import Kind, Side
from u1tray.engine.ports import Names
from u1tray.engine.runner.lanes import Lanes
from u1tray.engine.runner.runner import Watchers
from u1tray.engine.runner.volume import VolumeSync
from u1tray.engine.store.reading import TreeReader
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
    folder: SimulatedFolder | None = None
    volume: SimulatedVolume | None = None
    cut: asyncio.Event = field(default_factory=asyncio.Event)
    away: Inode | None = None
    """The folder, while another directory or none stands in its place."""
    ledgers: dict[Side, Ledger] = field(default_factory=dict)
    """What its engine deleted on either side."""


@dataclass
class Run:
    """A whole run, decided by its seed; `hazards` are those of the seed unless given."""

    seed: int
    hazards: Hazards | None = None
    trace: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.fate = random.Random(f"fate {self.seed}")
        self.hazards = Hazards.of(self.seed) if self.hazards is None else self.hazards
        self.left_behind: list[asyncio.Task] = []
        self.old_stores: list[TreeStore] = []
        self.in_cloud_only: set[bytes] = set()
        self.is_peace = False
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
            for store in [*self.old_stores, *(device.store for device in self.devices)]:
                store.close()
            self.loop.close()

    async def _end(self) -> None:
        self.loop.on_step = None
        tasks = [device.task for device in self.devices if device.task is not None]
        tasks += self.left_behind
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.loop.shutdown_asyncgens()

    async def _run(self) -> None:
        self.cloud = CloudVolume()
        for number in range(self.chance.choice((1, 2, 2, 3))):
            self._add_device(number)
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
            self._befall()
            await self._dwindle()
            device = self.chance.choice(self.devices)
            if self.chance.random() < crashes:
                await self._crash(device)
                if self.chance.random() < 0.5:
                    self._change(device)  # while the engine does not run
                self._start(device)
            else:
                self._change(device)
        await self._peace()
        if self.hazards.undoes and len(self.devices) > 1:
            await self._undo()
        for device in self.devices:
            await self._crash(device)
        self._check()

    def _add_device(self, number: int) -> None:
        disk = Disk(self._now_ns, self.fate, self.hazards.reused)
        device = Device(f"device{number}", disk, TreeStore.open(":memory:"))
        with device.store.changing():
            device.store.plant("root")
        self.devices.append(device)

    def _now_ns(self) -> int:
        return int(self.clock.now() * 1e9)

    # The engine

    def _start(self, device: Device) -> None:
        chance = random.Random(self.chance.random())
        device.folder = SimulatedFolder(device.disk, chance)
        faults, late = (0.0, 0.0) if self.is_peace else (self.faults, self.hazards.late)
        device.volume = SimulatedVolume(self.cloud, chance, faults, late)
        device.volume.gathers = self.hazards.gathers
        device.volume.ghosts = 0.0 if self.is_peace else self.hazards.ghosts
        limits = self._limits()
        self._keep_ledgers(device, limits)
        device.sync = VolumeSync(
            device.store,
            device.folder,
            device.volume,
            self.clock,
            device.name,
            limits=limits,
            state_changed=lambda: self._look_at(device),
            watchers=self._watchers(device.name),
            chance=chance,
            lanes=self._lanes(),
        )
        life = self._live(device) if self.hazards.cuts else device.sync.run()
        device.task = self.loop.create_task(life)
        self._note(f"{device.name} starts")

    def _limits(self) -> Limits:
        few = self.hazards.few
        return Limits() if few is None else Limits(few=few, share=0.3)

    def _keep_ledgers(self, device: Device, limits: Limits) -> None:
        for side in Side:
            device.ledgers.setdefault(side, Ledger(limits, self.clock.now))
        device.volume.deleted = device.ledgers[Side.REMOTE].deleted
        device.folder.trashed = device.ledgers[Side.LOCAL].deleted

    def _look_at(self, device: Device) -> None:
        for ledger in device.ledgers.values():
            ledger.saw(device.store.count_files())

    def apply_held(self, device: Device) -> None:
        """A person sees what is held, and means it."""
        holds = device.sync.holds
        for side in Side:
            if holds.is_held[side]:
                device.ledgers[side.other].applied(holds.loss(side).files)
        device.sync.apply_held(holds.show(max(int(self.clock.now()), holds.last_number + 1)))

    def _lanes(self) -> Lanes:
        return Lanes(self.fate.randint(1, 4), SMALL_BYTES) if self.hazards.gathers else Lanes()

    def _watchers(self, name: str) -> Watchers:
        return Watchers(
            begun=lambda operation: self._note(f"{name} begins {operation}"),
            done=lambda operation: self._note(f"{name} did {operation}"),
            failed=lambda operation, error: self._note(f"{name} {error.text}: {operation}"),
            changed=lambda operation: self._note(f"{name} is not to do {operation}"),
        )

    async def _live(self, device: Device) -> None:
        """Watch the folder all the time, and the cloud while there is a connection."""
        watch = self.loop.create_task(device.sync.watch())
        try:
            while True:
                await self._connect(device, watch)
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch

    async def _connect(self, device: Device, watch: asyncio.Task) -> None:
        sync = self.loop.create_task(device.sync.sync())
        cut = self.loop.create_task(device.cut.wait())
        try:
            await asyncio.wait([sync, cut, watch], return_when=asyncio.FIRST_COMPLETED)
            for task in (sync, watch):
                if task.done():
                    task.result()
        finally:
            for task in (sync, cut):
                task.cancel()
            await asyncio.gather(sync, cut, return_exceptions=True)
        self._note(f"{device.name} is offline")
        device.volume.is_offline = True
        await asyncio.sleep(self.fate.choice((0.0, 0.5, 5.0, 40.0)))
        device.volume.is_offline = False
        device.cut.clear()
        self._note(f"{device.name} is online")

    async def _crash(self, device: Device) -> None:
        if not self.is_peace and self.fate.random() < self.hazards.kills:
            self.kill(device)
            return
        device.task.cancel()
        results = await asyncio.gather(device.task, return_exceptions=True)
        if not isinstance(results[0], asyncio.CancelledError):
            raise FailedRunError(f"{device.name} ended by itself") from results[0]
        device.disk.hints = None
        self._note(f"{device.name} crashes")

    def kill(self, device: Device) -> None:
        """End an engine that hears nothing of it: what is left is what was stored."""
        device.folder.is_dead = device.volume.is_dead = True
        self.old_stores.append(device.store)
        device.store = TreeStore.open(":memory:")
        self.old_stores[-1].connection.backup(device.store.connection)
        device.task.cancel()
        self.left_behind.append(device.task)
        device.disk.hints = None
        self._note(f"{device.name} is killed")

    async def _restore(self, backup: CloudBackup) -> None:
        """The administrator goes back; clients see it before people do anything else.

        A state that only is older, and that another device changed before this one looked, could
        not be told from the newer one by its generation.
        """
        tells = len(self.devices) > 1 or self.chance.random() < 0.5
        if self.fate.random() < self.hazards.recreations:
            self.cloud.recreate()
            self._note("the volume is made anew")
        else:
            self.cloud.restore(backup, tells=tells)
            self._note("the cloud is restored")
        # What only the cloud had, for a folder was lost, cannot come back.
        self.kept -= self.in_cloud_only - set(self._contents_anywhere())
        for device in self.devices:
            device.cut.set()
        await asyncio.sleep(60.0)

    # Fate

    def _befall(self) -> None:
        """Connections are cut, folders come and go, and people see to what is held."""
        for device in self.devices:
            self._check_memory(device.store)
            if self.fate.random() < self.hazards.cuts:
                device.cut.set()
            if happens(self.fate, self.hazards.bursts):
                self._burst(device)
            if self.fate.random() < self.hazards.roots:
                self._change_root(device)
            if self.hazards.few is not None and self.fate.random() < 0.1:
                if self.fate.choice((True, False)):
                    self.apply_held(device)
                else:
                    device.sync.restore_held()

    def _change_root(self, device: Device) -> None:
        if device.away is not None:
            device.disk.replace_root(device.away)
            device.away = None
            self._note(f"{device.name} has its folder again")
            return
        if self.fate.random() < 0.5:
            device.away = device.disk.replace_root(None)
            self._note(f"{device.name} has no folder")
            return
        old = device.disk.replace_root(device.disk.empty_root())
        in_cloud = set(_contents(self.cloud.picture()))
        gone = set(_contents(device.disk.picture(old)))
        # What was moved there, and is deleted where it was, is on its way to the cloud again.
        query = "SELECT sha1 FROM entries WHERE local IS NULL"
        deleted = {row[0] for row in device.store.connection.execute(query)}
        in_cloud -= {data for data in gone if content_of(data).sha1 in deleted}
        self.kept -= gone - in_cloud
        self.in_cloud_only |= gone
        self._note(f"{device.name} has another folder")

    def _contents_anywhere(self) -> list[bytes]:
        found = _contents(self.cloud.picture())
        for device in self.devices:
            found += _contents(device.disk.picture())
            if device.away is not None:
                found += _contents(device.disk.picture(device.away))
        return found

    # People

    def _change(self, device: Device) -> None:
        disk, chance = device.disk, self.chance
        if disk.root is None:
            return
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
            if action == "save":
                disk.save_atomically(chosen, self._data())
            elif happens(self.fate, self.hazards.sly):
                disk.overwrite(chosen, self._data_like(disk.find(chosen).data))
            else:
                disk.write(chosen, self._data())
            names = chosen
        elif action == "move" and chosen and is_free and names[: len(chosen)] != chosen:
            disk.move(chosen, names)
        elif action == "delete" and chosen:
            self._give_up(device, chosen)
            disk.delete(chosen)
            names = chosen
        else:
            return
        self._note(f"{device.name}: {action} {'/'.join(chosen or ())} {'/'.join(names)}")

    def _burst(self, device: Device) -> None:
        """Many files are written into one directory at once."""
        if device.disk.root is None:
            return
        parent = self.fate.choice([(), *device.disk.walk(Kind.DIRECTORY)])
        for number in range(self.fate.randint(3, 15)):
            names = (*parent, f"{number}")
            found = device.disk.find(names)
            if found is None or found.kind is Kind.FILE:
                if found is not None:
                    self._give_up(device, names)
                device.disk.write(names, self._data(self.fate))
        self._note(f"{device.name}: many files in {'/'.join(parent)}")

    async def _dwindle(self) -> None:
        """Somebody deletes file after file."""
        if not happens(self.fate, self.hazards.dwindles):
            return
        device = self.fate.choice(self.devices)
        for names in device.disk.walk(Kind.FILE) if device.disk.root is not None else ():
            node = device.disk.find(names)
            if node is not None and node.kind is Kind.FILE:
                self._give_up(device, names)
                device.disk.delete(names)
                self._note(f"{device.name}: delete {'/'.join(names)}")
            await asyncio.sleep(self.fate.choice((0.0, 0.6, 2.0, 12.0)))

    def _data(self, chance: random.Random | None = None) -> bytes:
        self.written += 1
        data = b"%d " % self.written * (chance or self.chance).randint(1, 6)
        self.kept.add(data)
        return data

    def _data_like(self, old: bytes) -> bytes:
        """Other bytes, as many as these if that can be."""
        self.written += 1
        data = (b"%d" % self.written).ljust(len(old))
        self.kept.add(data)
        return data

    def _give_up(self, device: Device, names: Names) -> None:
        """A person replaced or deleted this: it need not be kept."""
        for path in [names, *device.disk.walk()]:
            if path[: len(names)] == names:
                self.kept.discard(device.disk.find(path).data)

    async def _undo(self) -> None:
        """What the others do from now on is taken back here."""
        here, *others = self.devices
        wanted = set(_contents(here.disk.picture()))
        await asyncio.sleep(1.0)
        since = self.clock.now()
        for _ in range(self.fate.randint(1, 12)):
            await asyncio.sleep(self.fate.choice((0.0, 0.05, 0.3, 3.0)))
            self._change(self.fate.choice(others))
        await self._peace()
        if self.fate.random() < 0.3:
            await self._crash(here)
            self._start(here)
            await self._peace()
        undone = await here.sync.undoing.undo(since)
        self._note(f"{here.name} takes back {[(one.way, one.reason) for one in undone]}")
        await self._peace()
        refused = {one.entry.before for one in undone if one.way is None}
        missing = wanted - set(_contents(self.cloud.picture()))
        missing -= {data for data in missing if content_of(data) in refused}
        if missing and None not in refused:  # which is a directory, with what was in it
            raise FailedRunError(f"not taken back: {sorted(missing)}: {undone}")

    # Peace

    async def _peace(self) -> None:
        self.is_peace = True
        for device in self.devices:
            device.volume.faults = device.volume.late = device.volume.ghosts = 0.0
            if device.away is not None:
                self._change_root(device)
        quiet = 0
        end = self.loop.seconds + PEACE_SECONDS
        while quiet < 10:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            same = all(self._is_done(device) for device in self.devices)
            quiet = quiet + 1 if same else 0
            for device in self.devices:
                if any(device.sync.is_held.values()):
                    self.apply_held(device)
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
            self._check_memory(device.store)

    @staticmethod
    def _check_memory(store: TreeStore) -> None:
        """What the store remembers to have read is what is in it."""
        fresh = TreeReader(store.connection)
        tables = {Side.LOCAL: "local_nodes", Side.REMOTE: "remote_nodes"}
        for side, table in tables.items():
            for (number,) in store.connection.execute(f"SELECT id FROM {table}").fetchall():
                if store.node(side, number) != fresh.node(side, number):
                    raise FailedRunError(f"remembers {store.node(side, number)} wrongly")
        for (number,) in store.connection.execute("SELECT id FROM entries").fetchall():
            if store.entry(number) != fresh.entry(number):
                raise FailedRunError(f"remembers {store.entry(number)} wrongly")
        if (store.count_files(), store.generation) != (fresh.count_files(), fresh.generation):
            raise FailedRunError("remembers a number wrongly")

    def _note(self, line: str) -> None:
        self.trace.append(f"{self.loop.seconds:9.3f} {line}")


def _contents(picture: dict) -> list[bytes]:
    found = []
    for value in picture.values():
        found += _contents(value) if isinstance(value, dict) else [value]
    return found

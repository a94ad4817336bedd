"""Two real folders and the simulated cloud: what people do on one disk is on the other."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
from pathlib import Path

import pytest

from tests.simulate.cloud import CloudVolume, SimulatedVolume
from u1tray.engine.core.operations import Cause
from u1tray.engine.local.folder import DiskFolder
from u1tray.engine.local.partials import Partials
from u1tray.engine.local.trashes import Places
from u1tray.engine.local.workers import Workers
from u1tray.engine.ports import Changed
from u1tray.engine.runner.volume import VolumeSync
from u1tray.engine.store.trees import TreeStore

pytestmark = pytest.mark.core

SAME_SECONDS = 60.0


class RealClock:
    """The time (ports.Clock)."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class NearVolume(SimulatedVolume):
    """The simulated cloud over a fast network."""

    async def _lag(self) -> None:
        await asyncio.sleep(0)

    async def download(self, names, content, start):
        node = self._cloud.find(names)
        if node is None or node.content != content:
            raise Changed("another content is there")
        for position in range(start, len(node.data), 65536):
            yield node.data[position : position + 65536]

    async def generations(self):
        known = None
        while True:
            if known != self._cloud.generation:
                known = self._cloud.generation
                yield known
            await asyncio.sleep(0.01)


class Device:
    """A home with a folder that is synced."""

    def __init__(self, home: Path, name: str, cloud: CloudVolume) -> None:
        self.root = home / name / "Ubuntu One"
        self.root.mkdir(parents=True)
        self.workers = Workers()
        self.store = TreeStore.open(home / name / "trees.db")
        with self.store.changing():
            self.store.plant("root")
        partials = Partials(home / name / "partials", self.workers)
        places = Places(home / name / "trash", home / name / "share")
        self.folder = DiskFolder(self.root, partials, self.workers, places, (r"\A.*~\Z",))
        self.sync = VolumeSync(
            self.store,
            self.folder,
            NearVolume(cloud, random.Random(1), 0.0),
            RealClock(),
            name,
            chance=random.Random(2),
        )
        self.task = asyncio.get_running_loop().create_task(self.sync.run())

    async def end(self) -> None:
        self.task.cancel()
        results = await asyncio.gather(self.task, return_exceptions=True)
        self.folder.close()
        self.store.close()
        self.workers.close()
        assert isinstance(results[0], asyncio.CancelledError), results[0]

    def picture(self) -> dict:
        """What is in the folder, but for ignored things."""
        return _picture(self.root)


def _picture(path: Path) -> dict:
    return {
        entry.name: _picture(Path(entry.path)) if entry.is_dir() else Path(entry.path).read_bytes()
        for entry in os.scandir(path)
        if not entry.is_symlink() and not entry.name.endswith("~")
    }


@contextlib.asynccontextmanager
async def devices(home: Path):
    """Two devices and their cloud."""
    cloud = CloudVolume()
    pair = [Device(home, name, cloud) for name in ("kiwi", "plum")]
    try:
        yield (*pair, cloud)
    finally:
        for device in pair:
            await device.end()


async def same(one: Device, other: Device, cloud: CloudVolume, expected: dict | None = None):
    """Wait until all three hold the same."""
    end = time.monotonic() + SAME_SECONDS
    while True:
        try:
            pictures = [one.picture(), other.picture(), cloud.picture()]
        except FileNotFoundError:
            pictures = []
        is_idle = expected is not None or (one.sync.is_idle and other.sync.is_idle)
        if pictures and is_idle and all(p == (expected or pictures[0]) for p in pictures):
            return pictures[0]
        for device in (one, other):
            if device.task.done():
                device.task.result()
        if time.monotonic() > end:
            troubles = [device.sync.runner.troubles for device in (one, other)]
            names = [sorted(picture) for picture in pictures]
            pytest.fail(f"not the same: {names} {troubles}"[:2000])
        await asyncio.sleep(0.02)


async def test_tree_of_one_device_comes_to_the_other(home) -> None:
    """Files, directories, empty files and large ones."""
    async with devices(home) as (kiwi, plum, cloud):
        large = random.Random(7).randbytes(3_000_000)
        (kiwi.root / "photos" / "2026").mkdir(parents=True)
        (kiwi.root / "photos" / "2026" / "kiwi.jpg").write_bytes(large)
        (kiwi.root / "empty").touch()
        (kiwi.root / "notes.txt").write_bytes(b"one")
        expected = {
            "photos": {"2026": {"kiwi.jpg": large}},
            "empty": b"",
            "notes.txt": b"one",
        }
        await same(kiwi, plum, cloud, expected)


async def test_changes_on_both_devices_come_across(home) -> None:
    """Renames of full directories, atomic saves, replacements of a file by a directory and back."""
    async with devices(home) as (kiwi, plum, cloud):
        (kiwi.root / "work" / "deep").mkdir(parents=True)
        (kiwi.root / "work" / "deep" / "a").write_bytes(b"a")
        (kiwi.root / "work" / "b").write_bytes(b"b")
        await same(kiwi, plum, cloud, {"work": {"deep": {"a": b"a"}, "b": b"b"}})
        (plum.root / "work").rename(plum.root / "archive")
        (kiwi.root / ".new").write_bytes(b"saved")
        (kiwi.root / ".new").rename(kiwi.root / "saved")
        await same(
            kiwi, plum, cloud, {"archive": {"deep": {"a": b"a"}, "b": b"b"}, "saved": b"saved"}
        )
        (kiwi.root / "archive" / "b").unlink()
        (kiwi.root / "archive" / "b").mkdir()
        (kiwi.root / "archive" / "b" / "c").write_bytes(b"c")
        (plum.root / ".save").write_bytes(b"again")
        (plum.root / ".save").rename(plum.root / "saved")
        expected = {"archive": {"deep": {"a": b"a"}, "b": {"c": b"c"}}, "saved": b"again"}
        await same(kiwi, plum, cloud, expected)
        (plum.root / "archive" / "b" / "c").unlink()
        (plum.root / "archive" / "b").rmdir()
        (plum.root / "archive" / "b").write_bytes(b"file")
        expected["archive"]["b"] = b"file"
        await same(kiwi, plum, cloud, expected)


async def test_name_the_cloud_cannot_hold_stays_here(home) -> None:
    """New, or renamed to it: told, never renamed or deleted; the other device keeps the old."""
    async with devices(home) as (kiwi, plum, cloud):
        (kiwi.root / "cafe").write_bytes(b"x")
        await same(kiwi, plum, cloud, {"cafe": b"x"})
        odd = os.fsdecode(b"caf\xe9")
        (kiwi.root / "cafe").rename(kiwi.root / odd)
        (kiwi.root / "good").write_bytes(b"y")
        while cloud.find(("good",)) is None or not kiwi.sync.is_idle:
            await asyncio.sleep(0.02)
        causes = {stuck.cause for stuck in kiwi.sync.runner.backlog.stuck.values()}
        assert causes == {Cause.UNKNOWN_ENCODING}
        assert cloud.picture() == {"cafe": b"x", "good": b"y"}
        (kiwi.root / odd).rename(kiwi.root / "café")
        await same(kiwi, plum, cloud, {"café": b"x", "good": b"y"})


async def test_file_being_written_comes_whole(home) -> None:
    """A slow writer: what is there in the end is what the other device gets."""
    async with devices(home) as (kiwi, plum, cloud):
        with open(kiwi.root / "log", "wb", buffering=0) as file:
            for number in range(60):
                file.write(b"line %d\n" % number)
                await asyncio.sleep(0.01)
        await same(kiwi, plum, cloud, {"log": (kiwi.root / "log").read_bytes()})


async def test_random_changes_on_both_converge(home) -> None:
    """Many at once, while transfers run; nothing that was written last is lost."""
    chance = random.Random(11)
    async with devices(home) as (kiwi, plum, cloud):
        kept: set[bytes] = set()
        for number in range(120):
            device = chance.choice((kiwi, plum))
            path = device.root / chance.choice("abc") / f"{device.root.parent.name} {number}"
            path.parent.mkdir(exist_ok=True)
            data = chance.randbytes(chance.choice((0, 10, 5000))) + b"%d" % number
            path.write_bytes(data)
            kept.add(data)
            if chance.random() < 0.3:
                path.rename(path.with_name(f"renamed {number}"))
            await asyncio.sleep(chance.choice((0, 0, 0.01)))
        picture = await same(kiwi, plum, cloud)
        files = [data for directory in picture.values() for data in directory.values()]
        assert kept <= set(files)
        assert len(files) == 120

"""What comes in between: operations that may not run for a moment, a cloud that goes back, disks
that refuse, and folders that are gone for a while."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.simulate.disk import Inode
from tests.simulate.scenes import Scene
from u1tray.engine.core.values import NOWHERE, Kind, Side
from u1tray.engine.ports import DiskError, Hint
from u1tray.vocabulary.errors import BusyError, RefusedError, ServerError

pytestmark = pytest.mark.core


class Spared(Scene):
    """One device whose transfers may run, or not."""

    may_run = True

    def __init__(self, scene) -> None:
        super().__init__(scene, 1)
        self.begun = asyncio.Event()

    def _watchers(self, name):
        return replace(
            super()._watchers(name), may_run=lambda _: self.may_run, begun=lambda _: self._begin()
        )

    def _begin(self):
        self.begun.set()
        self.loop.call_soon(self.on_begun)

    def on_begun(self) -> None:
        """Before its first step."""

    def spare(self, may_run):
        self.may_run = may_run
        self.devices[0].sync.runner.reconsider()


def test_transfer_stopped_before_its_first_step_goes_up_later():
    """It holds nothing meanwhile: nobody would ever give that back."""

    async def scene(one):
        def stop():
            one.on_begun = lambda: None
            one.spare(False)

        await one.rest()
        one.on_begun = stop
        one.devices[0].disk.write(("a",), b"spared")
        await one.begun.wait()
        await asyncio.sleep(5.0)
        assert one.devices[0].sync.runner.held
        assert one.cloud.picture() == {}
        one.spare(True)
        await one.rest()
        assert one.cloud.picture() == {"a": b"spared"}

    Spared(scene).run()


def test_transfer_stopped_and_allowed_at_once_goes_up():
    """It is not held for ever because it ended only after it might run again."""

    async def scene(one):
        await one.rest()
        one.devices[0].disk.write(("a",), b"spared")
        await one.begun.wait()
        await asyncio.sleep(0.0)
        one.spare(False)
        one.spare(True)
        await one.rest()
        assert one.cloud.picture() == {"a": b"spared"}

    Spared(scene).run()


def test_what_came_here_while_the_cloud_went_back_stays():
    """An older cloud lacks it: it is new here, not deleted there."""

    async def scene(two):
        here, there = two.devices
        await two.rest()
        backup = two.cloud.backup()

        def interrupt(name):
            make = getattr(there.folder, name)

            async def made_meanwhile(*args):
                made = await make(*args)
                epoch = there.store.epoch
                two.cloud.restore(backup, tells=True)
                while there.store.epoch == epoch:
                    await asyncio.sleep(0.01)
                setattr(there.folder, name, make)
                return made

            setattr(there.folder, name, made_meanwhile)

        for name, write in (
            ("install_new", lambda: here.disk.write(("a",), b"new")),
            ("make_directory", lambda: here.disk.make_directory(("d",))),
        ):
            interrupt(name)
            write()
            await asyncio.sleep(60.0)
            await two.rest()
        assert two.pictures == [{"a": b"new", "d": {}}] * 2
        assert [one.number for one in there.disk.trash] == []
        assert not [one for one in two.trace if "device1 did Delete" in one]

    Scene(scene).run()


def test_disk_without_room_for_what_is_known_is_waited_for():
    """Nothing ends: all is tried again until there is room."""

    async def scene(two):
        here, there = two.devices
        await two.rest()
        for device in two.devices:
            (pages,) = device.store.connection.execute("PRAGMA page_count").fetchone()
            device.store.connection.execute(f"PRAGMA max_page_count={pages}")
        written = {}
        for number in range(200):
            name = f"{number} " + "x" * 200
            written[name] = b"%d" % number
            here.disk.write((name,), written[name])
        await asyncio.sleep(600.0)
        assert [device.task.done() for device in two.devices] == [False, False]
        assert two.cloud.picture() != written
        here.store.connection.execute("PRAGMA max_page_count=100000")
        await asyncio.sleep(600.0)
        assert two.cloud.picture() == written
        assert there.disk.picture() != written
        assert not there.task.done()
        there.store.connection.execute("PRAGMA max_page_count=100000")
        await two.rest()
        assert two.pictures == [written] * 2

    Scene(scene).run()


def test_look_that_was_broken_off_loses_sight_of_nothing():
    """What another file took the place of was not found yet: it is looked for again."""

    async def scene(one):
        (device,) = one.devices
        device.disk.make_directory(("d",))
        device.disk.write(("d", "x"), b"stays")
        device.disk.make_directory(("e",))
        device.disk.write(("e", "y"), b"goes")
        await one.rest()
        root, look, failures = device.store.root(Side.LOCAL).id, device.folder.stat, []

        async def fail_once(names):
            children = device.store.children(Side.LOCAL, root)
            if names == () and not failures and any(c.name.startswith(NOWHERE) for c in children):
                failures.append(names)
                text = "the disk does not answer"
                raise DiskError(text, names)
            return await look(names)

        device.folder.stat = fail_once
        device.disk.move(("d", "x"), ("e", "y"))
        for name in ("d", "e"):  # both in one pass
            device.sync.local.heed(Hint((name,)))
        await one.rest()
        assert failures
        assert one.cloud.picture() == {"d": {}, "e": {"y": b"stays"}}

    Scene(scene, 1).run()


def test_other_disk_of_the_same_numbers_is_another_folder():
    """Fresh disks number their directories alike: what the other one lacks is not deleted."""

    async def scene(one):
        (device,) = one.devices
        device.disk.make_directory(("d",))
        device.disk.write(("d", "x"), b"stays")
        await one.rest()
        old = device.disk.replace_root(None)
        await asyncio.sleep(60.0)
        directory = Inode(old.names["d"].number, Kind.DIRECTORY)
        device.disk.replace_root(Inode(old.number, Kind.DIRECTORY, names={"d": directory}))
        await one.rest()
        assert one.cloud.picture() == {"d": {"x": b"stays"}}

    Scene(scene, 1).run()


def test_folder_that_was_gone_is_known_again_by_files_deep_in_it():
    """What was deleted in it meanwhile is deleted."""

    async def scene(one):
        (device,) = one.devices
        device.disk.make_directory(("d",))
        for name in "xyz":
            device.disk.write(("d", name), name.encode())
        await one.rest()
        old = device.disk.replace_root(None)
        await asyncio.sleep(60.0)
        del old.names["d"].names["x"]
        device.disk.replace_root(old)
        await one.rest()
        assert one.cloud.picture() == {"d": {"y": b"y", "z": b"z"}}

    Scene(scene, 1).run()


@pytest.mark.parametrize(
    ("error", "most"),
    [
        (BusyError("busy", retry_after=60.0), 3),
        (ServerError("no way"), 12),
        (RefusedError("no"), 1),
    ],
    ids=["busy", "broken", "refused"],
)
def test_deletion_that_fails_is_not_asked_for_without_a_pause(error, most):
    """Also where the cloud answers everything else meanwhile, and so tells what is (12, 503)."""

    async def scene(one):
        (device,) = one.devices
        device.disk.write(("a",), b"stays in the cloud")
        await one.rest()
        asked = []

        async def refuse(names, _content):
            asked.append(names)
            await asyncio.sleep(0.05)
            raise error

        device.volume.delete = refuse
        device.disk.delete(("a",))
        await asyncio.sleep(120.0)
        assert 1 <= len(asked) <= most
        del device.volume.delete
        device.sync.runner.try_again()
        await one.rest()
        assert one.cloud.picture() == {}

    Scene(scene, 1).run()

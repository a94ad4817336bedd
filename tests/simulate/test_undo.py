"""Undo in the simulation: what another device did here is taken back, and reaches the others."""

from __future__ import annotations

import asyncio

import pytest

from tests.simulate.disk import LAG_SECONDS, content_of
from tests.simulate.scenes import Scene
from u1tray.engine.core.deeds import Deed
from u1tray.engine.core.undo import Reason, Way
from u1tray.engine.core.values import Kind
from u1tray.vocabulary.errors import NotFoundError

pytestmark = pytest.mark.core

MOMENTS = 60


class Two(Scene):
    """One changes what the other takes back."""

    async def _run(self) -> None:
        self._begin_with(2)
        self.here, self.there = self.devices
        self.here.disk.write(("old",), b"before")
        await self.rest()
        self.since = self.clock.now() - 0.5
        await self._scene(self)

    async def undo(self, below=(), *, is_dry=False):
        return await self.there.sync.undoing.undo(self.since, below, is_dry=is_dry)


def play(scene):
    Two(scene).run()


def test_deleted_directory_comes_back_everywhere():
    """A directory that another device deleted is whole again, on all devices."""

    async def scene(two):
        two.here.disk.make_directory(("d",))
        two.here.disk.write(("d", "a"), b"one")
        two.here.disk.write(("d", "b"), b"two")
        await two.rest()
        two.since = two.clock.now()
        two.here.disk.remove(("d",))
        await two.rest()
        assert two.pictures == [{"old": b"before"}] * 2
        planned = await two.undo(is_dry=True)
        assert {(one.way, one.entry.deed) for one in planned} == {(Way.BRING_BACK, Deed.DELETED)}
        assert two.pictures == [{"old": b"before"}] * 2
        assert await two.undo() == planned
        await two.rest()
        assert two.pictures == [{"old": b"before", "d": {"a": b"one", "b": b"two"}}] * 2
        assert await two.undo() == []

    play(scene)


def test_replaced_file_is_put_back_and_the_later_one_kept_aside():
    """Only the version before the time, and a copy of the present one: none of those between."""

    async def scene(two):
        for version in (b"first", b"second", b"third"):
            two.here.disk.write(("old",), version)
            await two.rest()
        done = await two.undo()
        assert [(one.way, one.entry.before) for one in done] == [
            (Way.PUT_BACK, content_of(b"before")),
            (Way.PUT_BACK, content_of(b"second")),
            (Way.PUT_BACK, content_of(b"first")),
        ]
        await two.rest()
        picture = two.pictures[0]
        assert two.pictures == [picture] * 2
        assert picture.pop("old") == b"before"
        assert list(picture.values()) == [b"third"]
        assert "(conflict device1 " in next(iter(picture))

    play(scene)


def test_moved_and_changed_things_in_a_moved_directory_are_taken_back():
    """Newest first: what was deleted from a directory after its move is back in it, then it."""

    async def scene(two):
        two.here.disk.make_directory(("d",))
        two.here.disk.write(("d", "a"), b"one")
        two.here.disk.write(("d", "b"), b"two")
        await two.rest()
        two.since = two.clock.now()
        two.here.disk.move(("d",), ("e",))
        await two.rest()
        two.here.disk.remove(("e", "a"))
        two.here.disk.write(("e", "b"), b"three")
        await two.rest()
        await two.undo()
        await two.rest()
        picture = two.pictures[0]
        assert two.pictures == [picture] * 2
        assert (picture["d"].pop("a"), picture["d"].pop("b")) == (b"one", b"two")
        assert list(picture["d"].values()) == [b"three"]
        assert sorted(picture) == ["d", "old"]

    play(scene)


def test_replaced_in_a_directory_that_was_deleted_is_back_in_its_earlier_version():
    """What can only be seen once its directory is back is taken back after that."""

    async def scene(two):
        two.here.disk.make_directory(("d",))
        two.here.disk.write(("d", "a"), b"one")
        await two.rest()
        two.since = two.clock.now()
        two.here.disk.write(("d", "a"), b"two")
        await two.rest()
        two.here.disk.remove(("d",))
        await two.rest()
        await two.undo()
        await two.rest()
        assert two.pictures[0]["d"].pop("a") == b"one"

    play(scene)


def test_what_changed_since_is_left_alone_and_said():
    """Nothing that changed meanwhile is touched; the trash may be empty."""

    async def scene(two):
        two.here.disk.write(("gone",), b"g")
        two.here.disk.write(("moved",), b"m")
        two.here.disk.write(("taken",), b"t")
        await two.rest()
        two.since = two.clock.now()
        two.here.disk.write(("old",), b"after")
        two.here.disk.remove(("gone",))
        two.here.disk.move(("moved",), ("elsewhere",))
        two.here.disk.remove(("taken",))
        await two.rest()
        two.there.disk.write(("old",), b"edited")
        two.there.disk.remove(("elsewhere",))
        two.there.disk.write(("taken",), b"new")
        two.there.disk.trash[:] = [one for one in two.there.disk.trash if one.data != b"g"]
        await two.rest()
        before = two.pictures
        found = {one.entry.names[0]: one.reason for one in await two.undo()}
        assert found == {
            "old": Reason.CHANGED,
            "gone": Reason.NOT_IN_TRASH,
            "moved": Reason.GONE,
            "taken": Reason.TAKEN,
        }
        await two.rest()
        assert two.pictures == before

    play(scene)


def test_undo_of_a_path_leaves_the_rest():
    """Only what is at or below the path."""

    async def scene(two):
        two.here.disk.write(("other",), b"o")
        await two.rest()
        two.since = two.clock.now()
        two.here.disk.remove(("other",))
        two.here.disk.remove(("old",))
        await two.rest()
        assert len(await two.undo(("old",))) == 1
        await two.rest()
        assert two.pictures == [{"old": b"before"}] * 2

    play(scene)


def test_crash_between_a_deletion_and_its_note_leaves_it_in_the_journal():
    """What may have been done is found in the trash, and comes back."""

    async def scene(two):
        two.here.disk.remove(("old",))
        while two.there.disk.find(("old",)) is not None:
            await asyncio.sleep(0.001)
        await two.there.crash()
        (entry,) = two.there.sync.journal.to_undo(two.since)
        assert not entry.is_done
        two.start(two.there)
        await two.rest()
        assert two.there.sync.journal.last(10)[-1].deed is Deed.MADE
        (done,) = await two.undo()
        assert done.way is Way.BRING_BACK
        await two.rest()
        assert two.pictures == [{"old": b"before"}] * 2

    play(scene)


SEEDS = range(25)


@pytest.mark.parametrize("seed", SEEDS)
def test_folder_is_as_it_was_after_random_changes_elsewhere(seed):
    """Every file is back at its path in its version, but those that are refused; none is lost."""

    async def scene(two):
        for _ in range(two.chance.randint(3, 12)):
            two.people.change(two.here)
        await two.rest()
        before = files(two.there.disk)
        two.since = two.clock.now()
        for _ in range(two.chance.randint(1, 12)):
            two.people.change(two.here)
            if two.chance.random() < 0.5:
                await asyncio.sleep(two.chance.choice((0.1, 1.0, 10.0)))
        await two.rest()
        changed = files(two.there.disk)
        results = await two.undo()
        refused = {one.entry.names for one in results if one.reason is not None}
        await two.rest()
        after = files(two.there.disk)
        assert set(changed.values()) <= set(after.values()), "something is lost"
        missing = {
            names: data
            for names, data in before.items()
            if after.get(names) != data and not any(names[: len(one)] == one for one in refused)
        }
        assert missing == {}, (results, changed, after, two.trace)

    run = Two(scene)
    run.chance.seed(seed)
    run.run()


def files(disk):
    """All files, by their path."""
    return {names: disk.find(names).data for names in disk.walk(Kind.FILE)}


@pytest.mark.parametrize("closes", [False, True])
def test_undo_that_is_ended_leaves_no_half_of_a_step(closes):
    """At whatever moment: a name that was there is there, and the rest can be taken back later."""
    told = set()

    async def scene(two):
        two.here.disk.write(("old",), b"after")
        await two.rest()
        undoing = two.there.sync.undoing
        running = asyncio.ensure_future(two.undo())
        await asyncio.sleep(seconds)
        if closes:
            await undoing.close()
            told.add(type((await asyncio.gather(running, return_exceptions=True))[0]))
            with pytest.raises(NotFoundError):
                await two.undo()
        else:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        picture = two.there.disk.picture()
        whole = {"old": b"before"} if len(picture) == 2 else {"old": b"after"}
        assert picture["old"] == whole["old"]
        assert sorted(picture.values()) == [b"after", b"before"][: len(picture)]
        if not closes:
            await two.undo()
            await two.rest()
            assert two.pictures[0] == two.pictures[1]
            assert two.pictures[0]["old"] == b"before"
            assert sorted(two.pictures[0].values()) == [b"after", b"before"]

    for number in range(MOMENTS):
        seconds = number * LAG_SECONDS / 4
        play(scene)
    if closes:
        assert told == {NotFoundError, list}


def test_disk_that_refuses_after_an_undo_takes_nothing_from_what_is_told():
    """What was done is done and told; what it changed is found once the disk lets us."""

    async def scene(two):
        two.here.disk.write(("old",), b"after")
        await two.rest()
        trees = two.there.store
        trees.connection.execute("PRAGMA query_only = 1")
        (done,) = await two.undo()
        trees.connection.execute("PRAGMA query_only = 0")
        assert done.way is Way.PUT_BACK
        await two.rest()
        assert two.pictures[0] == two.pictures[1]
        assert two.pictures[0].pop("old") == b"before"
        assert b"after" in two.pictures[0].values()

    play(scene)

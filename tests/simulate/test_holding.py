"""Mass deletions that take their time, and what a person means who saw only a part of them."""

from __future__ import annotations

import asyncio

import pytest

from tests.simulate.hazards import NONE
from tests.simulate.ledger import Ledger, TooManyDeletedError
from tests.simulate.scenes import Scene
from u1tray.engine.core.holds import Limits
from u1tray.engine.core.values import Side

pytestmark = pytest.mark.core

FILES = 100
HALF = FILES // 2
NAMES = [f"{number:03}" for number in range(FILES)]


def held_scene(scene):
    """One device with many files that are in sync; then the scene."""

    async def play(one):
        (device,) = one.devices
        for name in NAMES:
            device.disk.write((name,), name.encode())
        await one.rest()
        await scene(one, device)

    return calm_scene(play)


def calm_scene(scene):
    """One device with the limits of every folder."""
    return Scene(scene, 1, NONE)


async def delete(device, names, pause_seconds):
    for name in names:
        device.disk.delete((name,))
        await asyncio.sleep(pause_seconds)


def is_held(device):
    return device.sync.is_held[Side.LOCAL]


@pytest.mark.parametrize("pause_seconds", [0.0, 0.6, 1.0, 11.0])
def test_half_of_a_folder_goes_and_no_more_however_slowly_it_is_deleted(pause_seconds):
    """A script that removes a file a second deletes no folder in the cloud bit by bit."""

    async def scene(one, device):
        await delete(device, NAMES, pause_seconds)
        await asyncio.sleep(60.0)
        gone = FILES - len(one.cloud.picture())
        assert gone == (HALF if pause_seconds else 0)
        assert is_held(device)
        device.apply_held()
        await one.rest()
        assert one.cloud.picture() == {}

    held_scene(scene).run()


@pytest.mark.parametrize("rest_seconds", [0.0, 3600.0])
def test_what_is_held_stays_held_through_a_restart_and_a_long_time(rest_seconds):
    """The count is kept, and does not age before a person has said something."""

    async def scene(one, device):
        await delete(device, NAMES[: HALF + 5], 1.0)
        assert is_held(device)
        await device.crash()
        await asyncio.sleep(rest_seconds)
        one.start(device)
        await asyncio.sleep(rest_seconds + 60.0)
        assert is_held(device)
        assert len(one.cloud.picture()) == HALF
        device.sync.restore_held()
        await one.rest()
        assert len(one.cloud.picture()) == HALF

    held_scene(scene).run()


def test_restart_in_the_middle_lets_no_more_through():
    """Nobody gets a second half by it."""

    async def scene(one, device):
        await delete(device, NAMES[:40], 1.0)
        await device.crash()
        one.start(device)
        await delete(device, NAMES[40:], 1.0)
        await asyncio.sleep(60.0)
        assert len(one.cloud.picture()) == HALF

    held_scene(scene).run()


def test_many_deletions_over_an_hour_are_nobodys_accident():
    """A person tidies up: nothing is held."""

    async def scene(one, device):
        for begin in range(0, 80, 10):
            await delete(device, NAMES[begin : begin + 10], 1.0)
            assert not is_held(device)
            await asyncio.sleep(600.0)
        await one.rest()
        assert len(one.cloud.picture()) == FILES - 80

    held_scene(scene).run()


def test_count_starts_anew_with_what_is_applied():
    """What a person has meant is no sign of an accident."""

    async def scene(one, device):
        await delete(device, NAMES[:60], 0.0)
        await asyncio.sleep(5.0)
        device.apply_held()
        await one.rest()
        assert len(one.cloud.picture()) == 40
        await delete(device, NAMES[60:80], 1.0)
        assert not is_held(device)
        await one.rest()
        assert len(one.cloud.picture()) == 20

    held_scene(scene).run()


def test_what_was_lost_after_it_was_shown_stays_held():
    """Who saw 60 has meant 60."""

    async def scene(one, device):
        await delete(device, NAMES[:60], 0.0)
        await asyncio.sleep(5.0)
        shown = device.sync.holds.show(7)
        await delete(device, NAMES[60:90], 0.0)
        await asyncio.sleep(5.0)
        assert device.sync.holds.loss(Side.LOCAL).files == 90
        device.ledgers[Side.REMOTE].applied(60)
        device.sync.apply_held(shown)
        await asyncio.sleep(60.0)
        assert sorted(one.cloud.picture()) == NAMES[60:]
        assert is_held(device)
        assert device.sync.holds.loss(Side.LOCAL).files == 30
        device.sync.apply_held(shown)  # once more: it says nothing new
        await asyncio.sleep(60.0)
        assert sorted(one.cloud.picture()) == NAMES[60:]
        assert device.sync.holds.show(8) == 8

    held_scene(scene).run()


def test_few_that_were_lost_after_it_was_shown_stay_held_too():
    """They would go through alone; but nobody has seen them, and they were held."""

    async def scene(one, device):
        await delete(device, NAMES[:60], 0.0)
        await asyncio.sleep(5.0)
        shown = device.sync.holds.show(7)
        await delete(device, NAMES[60:75], 0.0)
        await asyncio.sleep(5.0)
        device.ledgers[Side.REMOTE].applied(60)
        device.sync.apply_held(shown)
        await asyncio.sleep(60.0)
        assert sorted(one.cloud.picture()) == NAMES[60:]
        assert is_held(device)
        device.apply_held()
        await one.rest()
        assert sorted(one.cloud.picture()) == NAMES[75:]

    held_scene(scene).run()


@pytest.mark.parametrize("restarts", [False, True])
def test_what_is_held_stays_held_when_the_folder_grows(restarts):
    """New files say nothing of those that are gone, though these are no half of all then."""

    async def scene(one, device):
        await delete(device, NAMES[:60], 0.0)
        await asyncio.sleep(5.0)
        for name in NAMES[:40]:
            device.disk.write((f"new {name}",), name.encode())
        await asyncio.sleep(60.0)
        if restarts:
            await device.crash()
            one.start(device)
            await asyncio.sleep(60.0)
        assert is_held(device)
        assert len(one.cloud.picture()) == FILES + 40
        device.sync.restore_held()
        await one.rest()
        assert len(device.disk.picture()) == FILES + 40
        assert not is_held(device)

    held_scene(scene).run()


@pytest.mark.parametrize("content", [b"other", NAMES[0].encode()])
def test_what_is_made_anew_where_something_is_held_is_a_change(content):
    """It waits for no answer, and the rest stays held."""

    async def scene(one, device):
        await delete(device, NAMES[:60], 0.0)
        await asyncio.sleep(5.0)
        device.disk.write((NAMES[0],), content)
        await asyncio.sleep(60.0)
        assert is_held(device)
        assert one.cloud.picture()[NAMES[0]] == content
        assert len(one.cloud.picture()) == FILES
        assert device.sync.holds.loss(Side.LOCAL).files == 59
        device.apply_held()
        await one.rest()
        assert sorted(one.cloud.picture()) == [NAMES[0], *NAMES[60:]]

    held_scene(scene).run()


def test_directory_that_is_made_anew_where_one_is_held_takes_new_files():
    """What was in the old one stays held."""

    async def scene(one):
        (device,) = one.devices
        device.disk.make_directory(("d",))
        for name in NAMES:
            device.disk.write(("d", name), name.encode())
        await one.rest()
        device.disk.delete(("d",))
        await asyncio.sleep(5.0)
        assert is_held(device)
        device.disk.make_directory(("d",))
        device.disk.write(("d", "new"), b"new")
        await asyncio.sleep(60.0)
        assert is_held(device)
        assert one.cloud.picture()["d"]["new"] == b"new"
        assert len(one.cloud.picture()["d"]) == FILES + 1
        device.sync.restore_held()
        await one.rest()
        assert len(device.disk.picture()["d"]) == FILES + 1

    calm_scene(scene).run()


def test_what_is_held_stays_held_when_the_clock_is_set_back():
    """And what was deleted before is still told."""

    async def scene(one, device):
        await delete(device, NAMES[: HALF + 5], 1.0)
        assert is_held(device)
        one.clock.set_back(86400.0)
        device.disk.write(("new",), b"new")
        await asyncio.sleep(60.0)
        assert is_held(device)
        assert device.sync.holds.loss(Side.LOCAL).deleted == HALF
        assert len(one.cloud.picture()) == HALF + 1

    held_scene(scene).run()


@pytest.mark.parametrize(
    ("back_seconds", "restarts"),
    [(86400.0, False), (-86400.0, False), (86400.0, True), (900.0, True)],
)
def test_what_was_deleted_a_moment_ago_counts_when_the_clock_is_set(back_seconds, restarts):
    """Back or forward. Set forward while nothing runs, it cannot be told from time that went by."""

    async def scene(one, device):
        await delete(device, NAMES[: HALF - 5], 1.0)
        await one.rest()
        assert not is_held(device)
        if restarts:
            await device.crash()
        one.clock.set_back(back_seconds)
        if restarts:
            one.start(device)
        await delete(device, NAMES[HALF - 5 :], 1.0)
        await asyncio.sleep(60.0)
        assert is_held(device)
        assert len(one.cloud.picture()) == HALF

    held_scene(scene).run()


def test_what_was_deleted_before_the_clock_was_set_back_is_forgotten_in_time():
    """It counts as long as it would have without that."""

    async def scene(one, device):
        await delete(device, NAMES[: HALF - 5], 1.0)
        await one.rest()
        one.clock.set_back(86400.0)
        await asyncio.sleep(700.0)
        await delete(device, NAMES[HALF - 5 : HALF + 15], 1.0)
        await one.rest()
        assert not is_held(device)
        assert len(one.cloud.picture()) == FILES - HALF - 15

    held_scene(scene).run()


def test_what_is_meant_is_meant_after_a_restart():
    """The yes is kept with what it is about."""

    async def scene(one, device):
        await delete(device, NAMES[:60], 0.0)
        await asyncio.sleep(5.0)
        device.volume.is_offline = True
        device.apply_held()
        await device.crash()
        one.start(device)
        await asyncio.sleep(60.0)
        assert sorted(one.cloud.picture()) == NAMES[60:]

    held_scene(scene).run()


def test_what_came_back_and_was_lost_again_was_not_meant():
    """The second loss is another one."""

    async def scene(one, device):
        await delete(device, NAMES[:60], 0.0)
        await asyncio.sleep(5.0)
        shown = device.sync.holds.show(7)
        device.sync.restore_held()
        await one.rest()
        assert not is_held(device)
        await delete(device, NAMES[:60], 0.0)
        await asyncio.sleep(5.0)
        device.sync.apply_held(shown)
        await asyncio.sleep(60.0)
        assert is_held(device)
        assert len(one.cloud.picture()) == FILES

    held_scene(scene).run()


@pytest.mark.parametrize("pause_seconds", [0.0, 1.0])
def test_half_of_a_folder_goes_to_the_trash_and_no_more(pause_seconds):
    """The other direction: what a person deletes in the cloud bit by bit."""

    async def scene(one, device):
        for name in NAMES:
            one.cloud.delete(one.cloud.find((name,)))
            await asyncio.sleep(pause_seconds)
        await asyncio.sleep(60.0)
        gone = FILES - len(device.disk.picture())
        assert gone == (HALF if pause_seconds else 0)
        assert device.sync.is_held[Side.REMOTE]
        device.apply_held()
        await one.rest()
        assert device.disk.picture() == {}

    held_scene(scene).run()


def test_directories_count_by_the_files_in_them():
    """Each goes to the trash as a whole, and is more than one deletion."""

    async def scene(one):
        (device,) = one.devices
        for number in range(10):
            device.disk.make_directory((f"d{number}",))
            for name in range(10):
                device.disk.write((f"d{number}", f"{name}"), b"%d %d" % (number, name))
        await one.rest()
        for number in range(10):
            one.cloud.delete(one.cloud.find((f"d{number}",)))
            await asyncio.sleep(20.0)
        assert device.sync.is_held[Side.REMOTE]
        assert len(device.disk.picture()) == 5

    calm_scene(scene).run()


def test_ledger_sees_what_an_engine_without_a_memory_lets_through():
    """The invariant of all runs can fail."""
    now = [0.0]
    ledger = Ledger(Limits(), lambda: now[0])
    for left in range(FILES, HALF, -1):
        ledger.saw(left)
        ledger.deleted(1)
        now[0] += 10.0
    now[0] += 90.0
    ledger.saw(HALF)
    with pytest.raises(TooManyDeletedError):
        ledger.deleted(30)
    ledger.applied(30)
    ledger.deleted(30)

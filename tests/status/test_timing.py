"""The timing rules of 8.2 (D-Bus contract) under a fake clock."""

from __future__ import annotations

import pytest

from tests.status.desk import (
    NOT_USER,
    ONLINE,
    ONLINE_WORKING,
    OWNER,
    WITH_USER,
    Desk,
    state,
)
from u1tray.status import events
from u1tray.status.commands import AskFreeSpace, AskStatus, AskTransfers, AskWaiting
from u1tray.status.settling import AT_ONCE
from u1tray.status.values import Action, Direction, Indicator, Sentence
from u1tray.vocabulary.states import DaemonState, StateName

pytestmark = pytest.mark.core

UP = Direction.UPLOAD
FILE = "/home/user/a.txt"
FULL = events.QuotaExceeded({"volume_id": "", "type": "Root"})
WAITING_UPLOAD = (("Upload", "1", {"share_id": "", "size": "100", "running": ""}),)
STARTED = events.TransferStarted(UP, FILE)
FINISHED = events.TransferFinished(UP, FILE)


def changed(found: DaemonState) -> events.StatusChanged:
    return events.StatusChanged(found)


@pytest.fixture
def desk() -> Desk:
    return Desk().daemon()


# --- busy ------------------------------------------------------------------------------------


def test_a_running_transfer_is_busy_at_once(desk):
    """8.2: on at once when a transfer runs; syncing is shown at once."""
    desk.feed(STARTED)
    assert desk.sentence is Sentence.SYNCING_FILE


def test_work_is_busy_after_half_a_second(desk):
    """8.2: unbroken online queues other than IDLE."""
    desk.feed(changed(ONLINE_WORKING))
    desk.wait(0.49)
    assert desk.indicator is Indicator.UP_TO_DATE
    desk.wait(0.01)
    assert (desk.indicator, desk.sentence) == (Indicator.SYNCING, Sentence.SYNCING_CHANGES)


def test_broken_work_begins_anew(desk):
    """8.2: "unbroken"."""
    for _ in range(20):
        desk.feed(changed(ONLINE_WORKING))
        desk.wait(0.3)
        desk.feed(changed(ONLINE))
        desk.wait(0.01)
    assert Indicator.SYNCING not in desk.indicators


def test_busy_ends_after_a_second_of_rest_and_then_settles(desk):
    """8.2: 1 s of unbroken IDLE without transfers, and up-to-date waits half a second more."""
    desk.feed(changed(ONLINE_WORKING), STARTED, FINISHED, changed(ONLINE))
    desk.wait(1.49)
    assert desk.indicator is Indicator.SYNCING
    desk.wait(0.01)
    assert desk.indicator is Indicator.UP_TO_DATE


def test_two_bursts_of_one_small_file_are_one_syncing(desk):
    """T12: MakeFile, then half a second later Upload."""
    for _ in range(2):
        desk.feed(changed(ONLINE_WORKING), STARTED)
        desk.wait(0.1)
        desk.feed(FINISHED, changed(ONLINE))
        desk.wait(0.5)
    desk.wait(2)
    assert desk.indicators[-3:] == [Indicator.UP_TO_DATE, Indicator.SYNCING, Indicator.UP_TO_DATE]


def test_busy_ends_at_once_when_not_online(desk):
    """8.2: and work that goes on offline does not count when online comes back."""
    desk.feed(changed(ONLINE_WORKING))
    desk.wait(5)
    desk.feed(changed(state(StateName.WAITING, WITH_USER, "WORKING")))
    desk.wait(1)
    assert desk.indicator is Indicator.CONNECTING
    desk.feed(changed(ONLINE_WORKING))
    desk.wait(0.45)
    assert desk.indicator is Indicator.CONNECTING


def test_time_over_quota_does_not_count_towards_work(desk):
    """8.2: while `quota` is set and no transfer runs busy is off."""
    desk.feed(changed(ONLINE_WORKING), FULL)
    desk.wait(30)
    assert desk.indicator is Indicator.OVER_QUOTA
    desk.reply(AskWaiting(OWNER), ())
    desk.feed(events.VolumesChanged(()), events.QueueRemoved("Upload", {"share_id": ""}))
    desk.reply(AskWaiting(OWNER), ())
    desk.wait(0.49)
    assert desk.indicator is Indicator.OVER_QUOTA
    desk.wait(0.01)
    assert desk.indicator is Indicator.SYNCING


def test_a_transfer_over_quota_is_counted(desk):
    """Row 14: storage full, and N files still syncing."""
    desk.feed(changed(ONLINE_WORKING), FULL, STARTED)
    desk.wait(0.5)
    assert (desk.indicator, desk.sentence) == (Indicator.OVER_QUOTA, Sentence.STORAGE_FULL_SYNCING)
    assert desk.view.count == 1


# --- settling --------------------------------------------------------------------------------


def test_at_once_is_the_list_of_the_contract():
    """8.2: stopped, error, needs-login, over-quota and syncing."""
    assert {indicator.value for indicator in AT_ONCE} == {
        "stopped", "error", "needs-login", "over-quota", "syncing",
    }  # fmt: skip


def test_a_new_indicator_is_shown_after_half_a_second(desk):
    """8.2: unbroken."""
    desk.feed(changed(state(StateName.READY, NOT_USER)))
    desk.wait(0.49)
    assert (desk.indicator, desk.sentence) == (Indicator.UP_TO_DATE, Sentence.UP_TO_DATE)
    desk.wait(0.01)
    assert (desk.indicator, desk.sentence) == (Indicator.DISCONNECTED, Sentence.DISCONNECTED)


def test_a_picture_keeps_its_own_actions_until_the_next_one(desk):
    """Indicator, sentence and actions always belong together."""
    desk.feed(changed(state(StateName.READY, NOT_USER)))
    assert Action.DISCONNECT in desk.actions
    desk.wait(0.5)
    assert Action.CONNECT in desk.actions


def test_a_short_lapse_is_not_seen(desk):
    """8.2: back before half a second."""
    desk.feed(changed(state(StateName.STANDOFF)))
    desk.wait(0.4)
    desk.feed(changed(ONLINE))
    desk.wait(5)
    assert desk.indicators[-1] is Indicator.UP_TO_DATE
    assert Indicator.CONNECTING not in desk.indicators


@pytest.mark.parametrize(
    ("name", "indicator"),
    [
        (StateName.AUTH_FAILED, Indicator.NEEDS_LOGIN),
        (StateName.ROOT_MISMATCH, Indicator.ERROR),
        (StateName.SHUTDOWN, Indicator.STOPPED),
    ],
)
def test_what_matters_is_shown_at_once(desk, name, indicator):
    """8.2."""
    desk.feed(changed(state(name)))
    assert desk.indicator is indicator


def test_a_flood_of_grave_states_does_not_flood_the_panel(desk):
    """11.3: a thousand StatusChanged a second; the last one is right within five."""
    before = len(desk.indicators)
    for number in range(5000):
        grave = StateName.AUTH_FAILED if number % 2 else StateName.ROOT_MISMATCH
        desk.feed(changed(state(grave)))
        desk.wait(0.001)
    assert len(desk.indicators) - before < 70
    desk.wait(1)
    assert desk.indicator is Indicator.NEEDS_LOGIN


def test_numbers_change_twice_a_second_at_most(desk):
    """8.2: a sentence changes with its numbers at most twice a second, and ends up right."""
    desk.feed(STARTED)
    seen = [desk.view]
    for written in range(1, 1001):
        desk.feed(events.TransferProgress(UP, FILE, written, 1000))
        if desk.view != seen[-1]:
            seen.append(desk.view)
        desk.wait(0.01)
    assert 15 <= len(seen) <= 22
    desk.wait(0.5)
    assert desk.view.percent == 99


def test_nothing_is_pending_when_all_is_settled(desk):
    """The idle budget is no wake-up at all."""
    desk.feed(STARTED, FINISHED)
    for command in (AskTransfers(OWNER), AskWaiting(OWNER)):
        desk.reply(command, ())
    desk.wait(30)
    for at, command in desk.history:
        if isinstance(command, AskWaiting) and at > 1000:
            desk.reply(command, ())
    desk.wait(60)
    assert desk.wake is None


# --- quota test ------------------------------------------------------------------------------


def test_quota_is_tested_every_minute_while_set(desk):
    """8.2: and true keeps it."""
    desk.reply(AskWaiting(OWNER), ())
    desk.feed(changed(ONLINE_WORKING), FULL)
    start = desk.now
    for _ in range(3):
        desk.wait(60)
        desk.reply(AskWaiting(OWNER), WAITING_UPLOAD)
        desk.reply(AskFreeSpace(OWNER, ""), 10)
    assert desk.indicator is Indicator.OVER_QUOTA
    assert [at - start for at in desk.times_of(AskWaiting) if at > start] == [60, 120, 180]


def test_quota_is_cleared_when_nothing_waits_for_room(desk):
    """8.2: false clears V, and then nothing is asked any more."""
    desk.reply(AskWaiting(OWNER), ())
    desk.feed(FULL)
    desk.wait(60)
    desk.reply(AskWaiting(OWNER), ())
    desk.wait(0.5)
    assert desk.indicator is Indicator.UP_TO_DATE
    desk.taken()
    desk.wait(3600)
    assert AskWaiting(OWNER) not in desk.taken()


def test_quota_is_cleared_when_there_is_room(desk):
    """8.2: `size` exceeds free_space no longer."""
    desk.reply(AskWaiting(OWNER), ())
    desk.feed(FULL)
    desk.wait(60)
    desk.reply(AskWaiting(OWNER), WAITING_UPLOAD)
    assert desk.indicator is Indicator.OVER_QUOTA
    desk.reply(AskFreeSpace(OWNER, ""), 100)
    desk.wait(0.5)
    assert desk.indicator is Indicator.UP_TO_DATE


def test_a_running_upload_is_no_proof(desk):
    """8.2: "not `running`"."""
    running = (("Upload", "1", {"share_id": "", "size": "100", "running": "True"}),)
    assert desk.reply(AskWaiting(OWNER), running) == ()


def test_the_largest_waiting_upload_decides(desk):
    """8.2: one upload that does not fit is enough."""
    waiting = tuple(("Upload", size, {"share_id": "", "size": size}) for size in ("5", "50", "9"))
    desk.reply(AskWaiting(OWNER), waiting)
    desk.reply(AskFreeSpace(OWNER, ""), 49)
    assert desk.indicator is Indicator.OVER_QUOTA


def test_quota_exceeded_during_a_test_survives_its_answer(desk):
    """The queue that was read may be older than the signal."""
    desk.feed(FULL)
    desk.reply(AskWaiting(OWNER), ())
    desk.wait(1)
    assert desk.indicator is Indicator.OVER_QUOTA


def test_stuck_work_is_tested_after_ten_seconds_and_once(desk):
    """8.2: 10 s online with `queues` busy and no transfer."""
    desk.reply(AskWaiting(OWNER), ())
    start = desk.now
    desk.feed(changed(ONLINE_WORKING))
    desk.wait(10)
    desk.reply(AskWaiting(OWNER), ())
    desk.wait(600)
    assert [at - start for at in desk.times_of(AskWaiting) if at > start] == [10]


def test_a_removed_upload_is_a_reason_to_test(desk):
    """8.2: and no other command is."""
    desk.reply(AskWaiting(OWNER), ())
    desk.wait(60)
    desk.taken()
    desk.feed(events.QueueRemoved("ListShares", {}))
    assert desk.taken() == []
    desk.feed(events.QueueRemoved("Upload", {"share_id": ""}))
    assert desk.taken() == [AskWaiting(OWNER)]


def test_another_persons_share_does_not_fill_our_storage(desk):
    """8.1: type `Share` gives a notice only."""
    desk.feed(events.QuotaExceeded({"volume_id": "s", "type": "Share", "name": "Music"}))
    assert desk.indicator is Indicator.UP_TO_DATE


def test_a_volume_that_is_gone_is_not_over_quota(desk):
    """A folder that was deleted cannot be full."""
    desk.feed(events.VolumesChanged(({"volume_id": "udf", "type": "UDF"},)))
    desk.feed(events.QuotaExceeded({"volume_id": "udf", "type": "UDF"}))
    assert desk.indicator is Indicator.OVER_QUOTA
    desk.feed(events.VolumesChanged(({"volume_id": "", "type": "Root"},)))
    desk.wait(0.5)
    assert desk.indicator is Indicator.UP_TO_DATE


# --- wake-ups --------------------------------------------------------------------------------


def test_asked_status_that_fails_leaves_the_picture(desk):
    """One lost answer is no news."""
    desk.feed(events.Failed(AskStatus(OWNER), "org.freedesktop.DBus.Error.NoReply"))
    desk.wait(5)
    assert desk.indicator is Indicator.UP_TO_DATE

"""Notifications: what is told, how often, and what is taken back."""

from __future__ import annotations

import pytest

from tests.status.desk import ONLINE, ONLINE_WORKING, OWNER, READY_NOT_USER, Desk, state
from u1tray.status import events
from u1tray.status.commands import AskWaiting, Notice, Notify, Withdraw
from u1tray.status.values import Action, Direction
from u1tray.vocabulary.states import StateName

pytestmark = pytest.mark.core

UP = Direction.UPLOAD
FULL = events.QuotaExceeded({"volume_id": "", "type": "Root"})
AUTH_FAILED = events.StatusChanged(state(StateName.AUTH_FAILED))
FAILED = events.StatusChanged(state(StateName.UNKNOWN_ERROR))
FINE = events.StatusChanged(ONLINE)


@pytest.fixture
def desk() -> Desk:
    desk = Desk().daemon(ONLINE)
    desk.reply(AskWaiting(OWNER), ())
    desk.taken()
    return desk


def told(desk: Desk) -> list[Notify | Withdraw]:
    return [command for command in desk.taken() if isinstance(command, Notify | Withdraw)]


def broken(name: str) -> events.TransferFinished:
    return events.TransferFinished(UP, f"/home/user/{name}", "FAILED")


@pytest.mark.parametrize(
    ("event", "notice"),
    [(AUTH_FAILED, Notice.NEEDS_LOGIN), (FAILED, Notice.SYNC_ERROR), (FULL, Notice.STORAGE_FULL)],
)
def test_a_condition_is_told_once(desk, event, notice):
    """Once per episode, however long it lasts."""
    desk.feed(event)
    assert told(desk) == [Notify(notice)]
    desk.feed(event)
    desk.wait(86_400)
    assert told(desk) == []


@pytest.mark.parametrize(
    ("event", "notice"), [(AUTH_FAILED, Notice.NEEDS_LOGIN), (FAILED, Notice.SYNC_ERROR)]
)
def test_a_condition_that_is_gone_is_taken_back(desk, event, notice):
    """The reason is gone, and so is the bubble."""
    desk.feed(event)
    desk.taken()
    desk.feed(FINE)
    desk.wait(0.5)
    assert told(desk) == [Withdraw(notice)]


def test_a_condition_that_returns_waits_for_its_turn(desk):
    """Never more than one of a kind in five minutes; told then, if it still holds."""
    desk.feed(FAILED)
    start = desk.now
    desk.wait(10)
    desk.feed(FINE)
    desk.wait(10)
    desk.feed(FAILED)
    desk.taken()
    desk.wait(1000)
    assert told(desk) == [Notify(Notice.SYNC_ERROR)]
    assert desk.times_of(Notify) == [start, start + 300]


def test_a_condition_that_came_and_went_within_its_wait_is_not_told(desk):
    """Nothing is told of what is over, and nothing is waited for."""
    for event in (FAILED, FINE, FAILED, FINE):
        desk.feed(event)
        desk.wait(10)
    desk.taken()
    desk.wait(1000)
    assert told(desk) == []


def test_storage_full_is_told_once_per_episode(desk):
    """QuotaExceeded may repeat; the episode ends with the quota test."""
    desk.feed(FULL, FULL)
    desk.wait(30)
    desk.feed(FULL)
    assert told(desk) == [Notify(Notice.STORAGE_FULL)]
    desk.wait(30)
    desk.reply(AskWaiting(OWNER), ())
    assert told(desk) == [Withdraw(Notice.STORAGE_FULL)]
    desk.wait(300)
    desk.feed(FULL)
    assert told(desk) == [Notify(Notice.STORAGE_FULL)]


def test_a_full_share_is_told_with_its_name_and_once(desk):
    """8.1: type `Share` gives a notice only."""
    share = events.QuotaExceeded({"volume_id": "s", "type": "Share", "name": "Music"})
    desk.feed(share, share)
    desk.wait(600)
    desk.feed(share)
    assert told(desk) == [Notify(Notice.STORAGE_FULL, "Music")]


def test_a_file_that_could_not_be_synced_is_told_by_name(desk):
    """One in five minutes, not five thousand."""
    for number in range(5000):
        desk.feed(broken(f"{number}.txt"))
    assert told(desk) == [Notify(Notice.FILE_NOT_SYNCED, "0.txt")]
    desk.wait(300)
    desk.feed(broken("later.txt"))
    assert told(desk) == [Notify(Notice.FILE_NOT_SYNCED, "later.txt")]


def test_a_name_that_cannot_be_synced_is_told(desk):
    """InvalidName."""
    desk.feed(events.InvalidName("/home/user", "bad\udcff"))
    assert told(desk) == [Notify(Notice.FILE_NOT_SYNCED, "bad\udcff")]


def test_a_file_that_was_synced_after_all_is_taken_back(desk):
    """Only that file's own success counts."""
    desk.feed(broken("a"), events.TransferFinished(UP, "/home/user/b"))
    assert told(desk) == [Notify(Notice.FILE_NOT_SYNCED, "a")]
    desk.feed(events.TransferFinished(UP, "/home/user/a"))
    assert told(desk) == [Withdraw(Notice.FILE_NOT_SYNCED)]


def test_an_upload_that_does_not_fit_is_told_as_full_storage(desk):
    """One message for one reason."""
    desk.feed(events.StatusChanged(ONLINE_WORKING), FULL, broken("big"))
    assert told(desk) == [Notify(Notice.STORAGE_FULL)]


def test_transfers_that_end_with_the_connection_are_not_told(desk):
    """They will be tried again."""
    desk.feed(events.StatusChanged(state(StateName.STANDOFF)), broken("a"))
    assert told(desk) == []


def test_what_the_person_did_himself_is_not_told():
    """He disconnected here; that there are no credentials is no news to him."""
    desk = Desk().daemon(ONLINE)
    desk.feed(events.ActionChosen(Action.DISCONNECT), events.StatusChanged(READY_NOT_USER))
    desk.feed(events.CredentialsNotFound())
    desk.wait(600)
    assert told(desk) == []


def test_a_log_in_of_the_persons_own_is_not_told_as_needed(desk):
    """He is at it: clearing makes it "none" for a while."""
    desk.feed(events.StatusChanged(READY_NOT_USER), events.ActionChosen(Action.LOG_IN))
    desk.feed(events.CredentialsNotFound())
    desk.wait(600)
    assert told(desk) == []


def test_failed_log_ins_are_answered_every_time(desk):
    """The answer to a request of the person is no flood; a new attempt takes it back."""
    desk.feed(events.StatusChanged(READY_NOT_USER))
    for _ in range(2):
        desk.feed(events.ActionChosen(Action.LOG_IN), events.CredentialsError("NetworkError"))
    failed = Notify(Notice.LOGIN_FAILED, "NetworkError")
    assert told(desk) == [failed, Withdraw(Notice.LOGIN_FAILED), failed]


def test_a_restart_takes_its_error_back(desk):
    """The daemon is gone, its error too."""
    desk.feed(FAILED, events.ActionChosen(Action.RESTART), events.OwnerChanged(""))
    desk.wait(1)
    assert told(desk) == [Notify(Notice.SYNC_ERROR), Withdraw(Notice.SYNC_ERROR)]


def test_a_refusal_after_an_old_disconnect_is_told(desk):
    """He disconnected once; that the server refuses him now is news."""
    desk.feed(events.ActionChosen(Action.DISCONNECT), events.StatusChanged(READY_NOT_USER))
    desk.wait(60)
    desk.feed(FINE, AUTH_FAILED)
    assert Notify(Notice.NEEDS_LOGIN) in told(desk)


@pytest.mark.parametrize("action", [Action.DISCONNECT, Action.PAUSE, Action.STOP, Action.RESTART])
def test_a_file_that_the_person_himself_stopped_is_not_told(desk, action):
    """What ends because he stops or disconnects here is his own doing."""
    desk.feed(events.TransferStarted(UP, "/home/user/a"))
    desk.feed(events.ActionChosen(action))
    desk.taken()
    desk.feed(broken("a"))
    assert told(desk) == []


def test_a_second_full_share_is_told_when_it_may(desk):
    """Within the five minutes of another bubble it is kept back, not forgotten."""
    first, second = (
        events.QuotaExceeded({"volume_id": i, "type": "Share", "name": i}) for i in ("s1", "s2")
    )
    desk.feed(first)
    assert len(told(desk)) == 1
    desk.feed(second)
    assert told(desk) == []
    desk.wait(600)
    desk.feed(second)
    assert len(told(desk)) == 1

"""What each action does, in order (D-Bus contract, 8.4)."""

from __future__ import annotations

import pytest

from tests.status.desk import (
    NOT_USER,
    ONLINE,
    ONLINE_WORKING,
    OTHER,
    OWNER,
    READY_NOT_USER,
    WITH_USER,
    Desk,
    state,
)
from u1tray.status import commands, events
from u1tray.status.commands import Connect, Disconnect, LogIn, Notice, Notify, Quit, StartService
from u1tray.status.values import Action, Indicator, Sentence, Startable
from u1tray.vocabulary import names
from u1tray.vocabulary.credentials import CredentialsErrorType
from u1tray.vocabulary.states import StateName

pytestmark = pytest.mark.core

AUTH_FAILED = state(StateName.AUTH_FAILED)
GONE = events.OwnerChanged("")


def chosen(action: Action) -> events.ActionChosen:
    return events.ActionChosen(action)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_start_asks_the_bus_and_nothing_more(desk):
    """8.4: StartServiceByName; a running daemon is not started."""
    assert desk.feed(chosen(Action.START)) == (StartService(),)
    desk.wait(0.5)
    assert desk.indicator is Indicator.STARTING
    desk.daemon()
    assert desk.feed(chosen(Action.START)) == ()


def test_stop_quits(desk):
    """8.4."""
    desk.daemon()
    assert desk.feed(chosen(Action.STOP)) == (Quit(OWNER),)


def test_stop_of_a_daemon_that_is_starting_waits_for_it(desk):
    """Row 6 offers Stop before there is anybody to tell."""
    desk.feed(chosen(Action.START), chosen(Action.STOP))
    desk.taken()
    desk.feed(events.OwnerChanged(OWNER))
    assert Quit(OWNER) in desk.taken()


def test_stop_without_a_daemon_does_nothing(desk):
    """An action of an old picture harms nobody."""
    assert desk.feed(chosen(Action.STOP)) == ()
    desk.feed(events.OwnerChanged(OWNER))
    assert Quit(OWNER) not in desk.taken()


def test_restart_starts_when_the_name_is_gone(desk):
    """8.4: quit, wait for the name to go, StartServiceByName."""
    desk.daemon(AUTH_FAILED)
    assert desk.feed(chosen(Action.RESTART)) == (Quit(OWNER),)
    desk.wait(14)
    assert StartService() in desk.feed(GONE)
    desk.wait(1)
    assert desk.indicator is Indicator.STARTING
    desk.feed(events.OwnerChanged(OTHER), events.StatusChanged(ONLINE))
    desk.wait(1)
    assert desk.indicator is Indicator.UP_TO_DATE
    assert desk.times_of(StartService) == [desk.now - 2]


def test_restart_says_when_the_old_daemon_does_not_go(desk):
    """8.4: 15 s, then say so; a later loss of the name starts nothing any more."""
    desk.daemon(AUTH_FAILED)
    desk.feed(chosen(Action.RESTART))
    desk.wait(14.9)
    assert desk.sentence is Sentence.ACCOUNT_REFUSED
    desk.wait(0.6)
    assert desk.sentence is Sentence.RESTART_FAILED
    assert Action.RESTART in desk.actions
    desk.feed(GONE)
    desk.wait(5)
    assert desk.sentence is Sentence.NOT_RUNNING
    assert desk.times_of(StartService) == []


def test_restart_failed_is_forgotten_with_the_next_action(desk):
    """The person tries again."""
    desk.daemon(AUTH_FAILED)
    desk.feed(chosen(Action.RESTART))
    desk.wait(16)
    desk.feed(chosen(Action.RESTART))
    desk.wait(0.5)
    assert desk.sentence is not Sentence.RESTART_FAILED


def test_restart_of_a_mute_daemon(desk):
    """Row 5 offers nothing else."""
    desk.feed(events.OwnerChanged(OWNER))
    desk.wait(31)
    assert desk.feed(chosen(Action.RESTART)) == (Quit(OWNER),)
    desk.taken()
    desk.feed(GONE)
    assert StartService() in desk.taken()


def test_turn_on_writes_the_option_and_then_starts(desk):
    """8.4: the files first; a failure starts nothing."""
    desk.feed(events.StartableChanged(Startable.OFF))
    assert desk.feed(chosen(Action.TURN_ON)) == (commands.EnableFilesSync(),)
    assert desk.reply(commands.EnableFilesSync()) == (StartService(),)


def test_turn_on_that_cannot_write_starts_nothing(desk):
    """The files say False still."""
    desk.feed(events.StartableChanged(Startable.OFF), chosen(Action.TURN_ON))
    assert desk.feed(events.Failed(commands.EnableFilesSync(), "read-only")) == ()
    assert desk.sentence is Sentence.TURNED_OFF


def test_connect_and_disconnect(desk):
    """8.4, then T6."""
    desk.daemon(READY_NOT_USER)
    assert desk.feed(chosen(Action.CONNECT)) == (Connect(OWNER),)
    assert desk.feed(chosen(Action.DISCONNECT)) == (Disconnect(OWNER),)
    desk.wait(1)
    assert commands.AskStatus(OWNER) in desk.taken()


@pytest.mark.parametrize("action", [Action.CONNECT, Action.DISCONNECT, Action.PAUSE, Action.RESUME])
def test_without_a_daemon_nothing_is_sent(desk, action):
    """A click may come after the name was lost."""
    desk.daemon()
    desk.feed(GONE)
    desk.taken()
    assert desk.feed(chosen(action)) == ()
    desk.wait(10)
    assert desk.taken() == []


# --- pause -----------------------------------------------------------------------------------


def test_pause_and_resume(desk):
    """8.4: set the flag, disconnect; clear it, connect."""
    desk.daemon()
    assert desk.feed(chosen(Action.PAUSE)) == (Disconnect(OWNER),)
    desk.feed(events.StatusChanged(READY_NOT_USER))
    desk.wait(0.5)
    assert (desk.indicator, desk.sentence) == (Indicator.PAUSED, Sentence.PAUSED)
    assert desk.feed(chosen(Action.RESUME)) == (Connect(OWNER),)
    assert not desk.model.pause.on


def test_pause_with_an_end_resumes_by_itself(desk):
    """8.1: an optional end time."""
    desk.daemon()
    desk.feed(events.ActionChosen(Action.PAUSE, 3600, "17:30"))
    desk.feed(events.StatusChanged(READY_NOT_USER))
    desk.wait(0.5)
    assert (desk.sentence, desk.view.until) == (Sentence.PAUSED_UNTIL, "17:30")
    desk.taken()
    desk.wait(3598)
    assert Connect(OWNER) not in desk.taken()
    desk.wait(2)
    assert Connect(OWNER) in desk.taken()
    assert not desk.model.pause.on


def test_pause_ends_when_somebody_else_connects(desk):
    """8.1: cleared when `connection` says With User without this tray's doing."""
    desk.daemon()
    desk.feed(chosen(Action.PAUSE))
    desk.feed(events.StatusChanged(READY_NOT_USER), events.StatusChanged(state(StateName.READY)))
    assert not desk.model.pause.on
    desk.feed(events.StatusChanged(READY_NOT_USER))
    desk.wait(1)
    assert desk.indicator is Indicator.DISCONNECTED


def test_pause_outlasts_the_states_on_the_way(desk):
    """With User is still said until the daemon has obeyed."""
    desk.daemon()
    desk.feed(chosen(Action.PAUSE))
    desk.feed(events.StatusChanged(ONLINE_WORKING), events.StatusChanged(ONLINE))
    assert desk.model.pause.on


def test_pause_that_the_daemon_did_not_hear_is_none(desk):
    """disconnect failed."""
    desk.daemon()
    desk.feed(chosen(Action.PAUSE), events.Failed(Disconnect(OWNER), names.NO_REPLY))
    assert not desk.model.pause.on


def test_pause_outlives_the_tray():
    """A tray that starts anew knows of its pause, until the daemon connects by itself."""
    desk = Desk(paused=True, pause_seconds=100, until="17:30").daemon(READY_NOT_USER)
    assert desk.sentence is Sentence.PAUSED_UNTIL
    desk.feed(events.StatusChanged(state(StateName.READY)))
    assert not desk.model.pause.on


def test_pause_whose_end_passed_meanwhile_resumes_at_once():
    """The tray was not running at the end."""
    desk = Desk(paused=True, pause_seconds=-5)
    desk.feed(events.OwnerChanged(OWNER), events.StatusChanged(READY_NOT_USER))
    desk.wait(1)
    assert not desk.model.pause.on


# --- log in ----------------------------------------------------------------------------------


def test_log_in_connects_when_found(desk):
    """8.4, row 22: login, and connect if Not User."""
    desk.daemon(READY_NOT_USER)
    desk.feed(events.CredentialsAvailable(True), events.CredentialsNotFound())
    desk.taken()
    assert LogIn() in desk.feed(chosen(Action.LOG_IN))
    desk.taken()
    desk.feed(events.CredentialsFound())
    assert Connect(OWNER) in desk.taken()


def test_log_in_after_a_refusal_restarts_when_found(desk):
    """8.4, rows 9 and 10: clear, wait for Cleared, login; then Restart."""
    desk.feed(events.CredentialsAvailable(True))
    desk.daemon(AUTH_FAILED)
    assert desk.feed(chosen(Action.LOG_IN)) == (commands.ClearCredentials(),)
    desk.feed(events.CredentialsFound())
    assert not desk.times_of(LogIn)
    desk.feed(events.CredentialsCleared())
    desk.taken()
    desk.feed(events.CredentialsFound())
    assert [c for c in desk.taken() if c != commands.AskStorage()] == [Quit(OWNER)]
    desk.feed(GONE)
    assert StartService() in desk.taken()


def test_log_in_does_nothing_to_a_connected_daemon(desk):
    """It connected by itself meanwhile (10.2)."""
    desk.daemon(READY_NOT_USER)
    desk.feed(chosen(Action.LOG_IN), events.StatusChanged(state(StateName.READY, WITH_USER)))
    desk.taken()
    desk.feed(events.CredentialsFound())
    assert desk.taken() == []


def test_log_in_denied_does_nothing(desk):
    """8.4: AuthorizationDenied ends the request without a word."""
    desk.daemon(READY_NOT_USER)
    desk.feed(chosen(Action.LOG_IN))
    desk.taken()
    desk.feed(events.AuthorizationDenied(), events.CredentialsFound())
    assert desk.taken() == []


@pytest.mark.parametrize(
    ("errtype", "message", "told"),
    [
        ("NetworkError", "no route to host", "NetworkError"),
        ("CredentialsError", "AuthenticationError", "AuthenticationError"),
        ("CredentialsError", "out of cheese", "out of cheese"),
        ("Unheard", "out of cheese", "out of cheese"),
        ("CredentialsError", "", ""),
    ],
)
def test_log_in_that_fails_is_told_with_its_reason(desk, errtype, message, told):
    """9.3: the errtype, the inner errtype that the real service gives as message, or a text."""
    desk.daemon(READY_NOT_USER)
    desk.feed(chosen(Action.LOG_IN))
    desk.taken()
    desk.feed(events.CredentialsError(errtype, message))
    assert desk.taken() == [Notify(Notice.LOGIN_FAILED, told)]


def test_log_in_that_meets_a_locked_keyring_shows_it(desk):
    """9.5: KeyringLocked is a state, not a log-in to repeat."""
    desk.daemon(READY_NOT_USER)
    desk.feed(events.CredentialsAvailable(True), chosen(Action.LOG_IN))
    desk.feed(events.CredentialsError(CredentialsErrorType.KEYRING_LOCKED.value))
    desk.wait(1)
    assert desk.indicator is Indicator.WAITING_FOR_KEYRING


def test_clearing_that_is_never_confirmed_is_given_up(desk):
    """A bounded wait: the person hears of it."""
    desk.feed(events.CredentialsAvailable(True))
    desk.daemon(AUTH_FAILED)
    desk.feed(chosen(Action.LOG_IN))
    desk.reply(commands.ClearCredentials())
    desk.taken()
    desk.wait(61)
    assert desk.taken() == [Notify(Notice.LOGIN_FAILED)]
    desk.feed(events.CredentialsCleared())
    assert LogIn() not in desk.taken()


def test_unlock_keyring_is_log_in(desk):
    """8.4: it unlocks, and opens a window only if nothing is stored."""
    desk.daemon(READY_NOT_USER)
    desk.feed(events.CredentialsAvailable(True))
    desk.wait(5)
    locked = names.CREDENTIALS_ERROR_PREFIX + "KeyringLocked"
    desk.feed(events.Failed(commands.AskCredentials(), locked))
    desk.wait(0.5)
    assert desk.indicator is Indicator.WAITING_FOR_KEYRING
    assert desk.feed(chosen(Action.UNLOCK_KEYRING)) == (LogIn(),)
    desk.taken()
    desk.feed(events.CredentialsFound())
    assert Connect(OWNER) in desk.taken()


@pytest.mark.parametrize(
    ("action", "command"),
    [
        (Action.OPEN_FOLDER, commands.OpenFolder()),
        (Action.FREE_UP_SPACE, commands.OpenCloud()),
        (Action.HELP, commands.OpenManual()),
    ],
)
def test_openers(desk, action, command):
    """8.4: the folder, the server's web page, our manual; with or without a daemon."""
    assert desk.feed(chosen(action)) == (command,)
    desk.daemon(READY_NOT_USER)
    assert desk.feed(chosen(action)) == (command,)


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("connection", [NOT_USER, WITH_USER])
def test_every_action_is_harmless_in_every_state(action, connection):
    """A click may be older than the state it meets."""
    for name in StateName:
        desk = Desk().daemon(state(name, connection))
        assert len(desk.feed(chosen(action))) <= 2


# --- the setting "start file sync with me" ---------------------------------------------------

NOBODY = events.OwnerChanged("")
STARTABLE = events.StartableChanged(Startable.YES)


@pytest.mark.parametrize("order", [(NOBODY, STARTABLE), (STARTABLE, NOBODY)])
def test_t1_the_setting_starts_file_sync_once(order):
    """T1: when it is known that nothing runs and that something could; never again."""
    desk = Desk(start=True)
    assert desk.feed(order[0]) == ()
    assert desk.feed(order[1]) == (StartService(),)
    desk.feed(events.Failed(StartService(), names.TIMED_OUT), *order)
    desk.daemon()
    desk.feed(chosen(Action.STOP), GONE)
    desk.wait(60)
    assert len(desk.times_of(StartService)) == 1


@pytest.mark.parametrize(
    "heard",
    [
        (events.OwnerChanged(OWNER), STARTABLE),
        (NOBODY, events.StartableChanged(Startable.NO)),
        (NOBODY, events.StartableChanged(Startable.OFF)),
        (NOBODY,),
        (STARTABLE,),
    ],
)
def test_t1_the_setting_starts_nothing_that_runs_or_cannot_be_started(heard):
    """A daemon that is there, absent for good, turned off, or not yet known."""
    desk = Desk(start=True)
    desk.feed(*heard)
    desk.wait(60)
    assert desk.times_of(StartService) == []

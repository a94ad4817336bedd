"""Every row of the table of 8.3 (D-Bus contract): indicator, sentence and actions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.status.desk import NOT_USER, OFFLINE, WITH_USER, state
from u1tray.status.presentation import Inputs, look, row_for
from u1tray.status.values import (
    Action,
    Creds,
    Direction,
    Indicator,
    Presence,
    Sentence,
    Startable,
    Transfer,
)
from u1tray.vocabulary.states import Connection, DaemonState, StateName

pytestmark = pytest.mark.core

ABSENT = Inputs(presence=Presence.ABSENT)
PRESENT = Inputs(presence=Presence.PRESENT, state=state())
UPLOAD = Transfer(Direction.UPLOAD, "/home/user/a.txt", 50, 100)
DOWNLOAD = Transfer(Direction.DOWNLOAD, "/home/user/b.txt")
ONLINE_ACTIONS = (Action.OPEN_FOLDER, Action.PAUSE, Action.DISCONNECT)


def at(name, connection=WITH_USER, **changes) -> Inputs:
    return replace(PRESENT, state=state(name, connection), **changes)


def shows(inputs, row, indicator, sentence, *actions):
    view = look(inputs)
    assert row_for(inputs).number == row
    assert (view.indicator, view.sentence, view.actions) == (indicator, sentence, actions)
    return view


def test_row_1_no_bus():
    """Without a bus there is nothing to be done."""
    shows(Inputs(presence=Presence.NO_BUS), 1, Indicator.STOPPED, Sentence.NO_BUS)


def test_row_2_turned_off():
    """Absent, and a user file says files_sync_enabled = False (T4)."""
    inputs = replace(ABSENT, startable=Startable.OFF)
    shows(inputs, 2, Indicator.STOPPED, Sentence.TURNED_OFF, Action.TURN_ON)


def test_row_3_not_installed():
    """Absent and not activatable."""
    inputs = replace(ABSENT, startable=Startable.NO)
    shows(inputs, 3, Indicator.STOPPED, Sentence.NOT_INSTALLED, Action.HELP)


def test_row_4_not_running():
    """Absent and activatable."""
    shows(ABSENT, 4, Indicator.STOPPED, Sentence.NOT_RUNNING, Action.START)


def test_row_5_mute():
    """A daemon that does not answer, whatever it said before."""
    inputs = replace(PRESENT, presence=Presence.MUTE)
    shows(inputs, 5, Indicator.ERROR, Sentence.MUTE, Action.RESTART)


def test_row_6_starting():
    """Start asked for, or an owner without a first answer; also where it is turned off."""
    inputs = Inputs(presence=Presence.STARTING, startable=Startable.OFF)
    shows(inputs, 6, Indicator.STARTING, Sentence.STARTING, Action.STOP)


def test_row_7_shutdown():
    """The daemon's farewell."""
    shows(at(StateName.SHUTDOWN, NOT_USER), 7, Indicator.STOPPED, Sentence.SHUTTING_DOWN)


def test_row_8_auth_failed_without_credentials_service():
    """magicicada takes the account at its start: there is nothing to log in with."""
    shows(
        at(StateName.AUTH_FAILED),
        8,
        Indicator.NEEDS_LOGIN,
        Sentence.ACCOUNT_REFUSED,
        Action.RESTART,
        Action.STOP,
    )


@pytest.mark.parametrize("creds", sorted(set(Creds) - {Creds.UNAVAILABLE}, key=lambda c: c.value))
def test_row_9_auth_failed(creds):
    """With a Credentials service one may log in."""
    shows(
        at(StateName.AUTH_FAILED, creds=creds),
        9,
        Indicator.NEEDS_LOGIN,
        Sentence.LOGIN_REFUSED,
        Action.LOG_IN,
        Action.RESTART,
        Action.STOP,
    )


def test_row_10_root_mismatch():
    """This data belongs to another account."""
    shows(
        at(StateName.ROOT_MISMATCH),
        10,
        Indicator.ERROR,
        Sentence.OTHER_ACCOUNT,
        Action.LOG_IN,
        Action.RESTART,
        Action.STOP,
    )


@pytest.mark.parametrize("name", [StateName.BAD_VERSION, StateName.CAPABILITIES_MISMATCH])
def test_row_11_not_understood(name):
    """The server and the daemon speak different languages."""
    shows(at(name), 11, Indicator.ERROR, Sentence.NOT_UNDERSTOOD, Action.RESTART, Action.STOP)


@pytest.mark.parametrize("name", ["UNKNOWN_ERROR", "TEA_BREAK", "INIT", "QUEUE_MANAGER", "READY"])
def test_row_12_any_other_error(name):
    """T9: the flag is tested before any name; unknown errors are errors (T21)."""
    inputs = replace(PRESENT, state=replace(state(), name=name, is_error=True))
    shows(inputs, 12, Indicator.ERROR, Sentence.FAILED, Action.RESTART, Action.STOP)


@pytest.mark.parametrize("name", [StateName.INIT, StateName.LOCAL_RESCAN])
def test_row_13_looking_at_files(name):
    """The daemon looks at the disk first."""
    shows(at(name, NOT_USER), 13, Indicator.STARTING, Sentence.LOOKING, Action.STOP)


def test_row_14_over_quota():
    """Full, and nothing moves."""
    inputs = replace(PRESENT, over_quota=True)
    actions = (Action.FREE_UP_SPACE, *ONLINE_ACTIONS)
    shows(inputs, 14, Indicator.OVER_QUOTA, Sentence.STORAGE_FULL, *actions)


def test_row_14_over_quota_with_files_still_syncing():
    """Full, and N files still syncing."""
    inputs = replace(PRESENT, over_quota=True, busy=True, transfers=(UPLOAD, DOWNLOAD))
    actions = (Action.FREE_UP_SPACE, *ONLINE_ACTIONS)
    view = shows(inputs, 14, Indicator.OVER_QUOTA, Sentence.STORAGE_FULL_SYNCING, *actions)
    assert view.count == 2


def test_row_15_syncing_one_file():
    """Syncing NAME (P %)."""
    inputs = replace(PRESENT, busy=True, transfers=(UPLOAD,))
    view = shows(inputs, 15, Indicator.SYNCING, Sentence.SYNCING_FILE, *ONLINE_ACTIONS)
    assert (view.name, view.percent) == ("a.txt", 50)


def test_row_15_syncing_a_file_of_unknown_size():
    """T23: no size, no percent."""
    inputs = replace(PRESENT, busy=True, transfers=(DOWNLOAD,))
    view = shows(inputs, 15, Indicator.SYNCING, Sentence.SYNCING_FILE, *ONLINE_ACTIONS)
    assert (view.name, view.percent) == ("b.txt", None)


def test_row_15_syncing_files():
    """Syncing N files."""
    inputs = replace(PRESENT, busy=True, transfers=(UPLOAD, DOWNLOAD))
    view = shows(inputs, 15, Indicator.SYNCING, Sentence.SYNCING_FILES, *ONLINE_ACTIONS)
    assert (view.count, view.transfers) == (2, (UPLOAD, DOWNLOAD))


def test_row_16_syncing_changes():
    """Busy without a transfer."""
    inputs = replace(PRESENT, busy=True)
    shows(inputs, 16, Indicator.SYNCING, Sentence.SYNCING_CHANGES, *ONLINE_ACTIONS)


@pytest.mark.parametrize("name", ["QUEUE_MANAGER", "TEA_BREAK"])
def test_row_17_up_to_date(name):
    """Online and quiet; the flag decides, not the name (T21)."""
    inputs = replace(PRESENT, state=replace(state(), name=name))
    shows(inputs, 17, Indicator.UP_TO_DATE, Sentence.UP_TO_DATE, *ONLINE_ACTIONS)


def test_row_18_asking_for_changes():
    """The log-in was accepted."""
    inputs = at(StateName.SERVER_RESCAN)
    shows(inputs, 18, Indicator.CONNECTING, Sentence.ASKING_CHANGES, Action.DISCONNECT)


@pytest.mark.parametrize("name", ["CHECK_VERSION", "SET_CAPABILITIES", "AUTHENTICATE", "NEW"])
def test_row_19_connecting(name):
    """is_connected decides (T21)."""
    inputs = replace(PRESENT, state=replace(state(StateName.CHECK_VERSION), name=name))
    shows(inputs, 19, Indicator.CONNECTING, Sentence.CONNECTING, Action.DISCONNECT)


@pytest.mark.parametrize("name", [StateName.READY, StateName.WAITING, StateName.STANDOFF])
def test_row_20_paused(name):
    """This tray's own pause, also while STANDOFF still says connected (T7)."""
    shows(at(name, NOT_USER, paused=True), 20, Indicator.PAUSED, Sentence.PAUSED, Action.RESUME)


def test_row_20_paused_until():
    """A pause with an end says so."""
    inputs = at(StateName.READY, NOT_USER, paused=True, until="17:30", creds=Creds.LOCKED)
    view = shows(inputs, 20, Indicator.PAUSED, Sentence.PAUSED_UNTIL, Action.RESUME)
    assert view.until == "17:30"


@pytest.mark.parametrize("creds", [Creds.LOCKED, Creds.PENDING])
def test_row_21_keyring(creds):
    """A locked keyring is not "log in again"."""
    shows(
        at(StateName.READY, NOT_USER, creds=creds),
        21,
        Indicator.WAITING_FOR_KEYRING,
        Sentence.KEYRING,
        Action.UNLOCK_KEYRING,
        Action.CONNECT,
    )


def test_row_22_no_credentials():
    """Nothing is stored."""
    shows(
        at(StateName.WAITING, NOT_USER, creds=Creds.NONE),
        22,
        Indicator.NEEDS_LOGIN,
        Sentence.LOG_IN,
        Action.LOG_IN,
        Action.CONNECT,
    )


@pytest.mark.parametrize("creds", [Creds.UNAVAILABLE, Creds.UNKNOWN, Creds.FOUND, Creds.ERROR])
@pytest.mark.parametrize("connection", [NOT_USER, Connection.NOT_USER_NOT_NETWORK])
def test_row_23_disconnected(creds, connection):
    """T7: `connection` decides, not the name; the network does not matter."""
    shows(
        at(StateName.WAITING, connection, creds=creds),
        23,
        Indicator.DISCONNECTED,
        Sentence.DISCONNECTED,
        Action.CONNECT,
        Action.OPEN_FOLDER,
        Action.STOP,
    )


@pytest.mark.parametrize("name", [StateName.READY, StateName.STANDOFF])
def test_row_24_offline(name):
    """T7: STANDOFF is never up to date."""
    shows(
        at(name, OFFLINE),
        24,
        Indicator.OFFLINE,
        Sentence.OFFLINE,
        Action.DISCONNECT,
        Action.OPEN_FOLDER,
    )


def test_row_25_connecting():
    """T33: without an answer it is connecting, not offline."""
    inputs = at(StateName.WAITING)
    shows(inputs, 25, Indicator.CONNECTING, Sentence.CONNECTING, Action.DISCONNECT)


def test_row_25_unreachable():
    """After 60 s the sentence says more."""
    inputs = at(StateName.READY, unreachable=True)
    shows(inputs, 25, Indicator.CONNECTING, Sentence.UNREACHABLE, Action.DISCONNECT)


@pytest.mark.parametrize(
    ("connection", "indicator"),
    [
        ("With User Some Network", Indicator.CONNECTING),
        ("Not User Some Network", Indicator.DISCONNECTED),
        ("", Indicator.DISCONNECTED),
    ],
)
def test_row_26_unknown_connection(connection, indicator):
    """T21: what nobody knows is shown in the daemon's own words."""
    inputs = replace(PRESENT, state=DaemonState("NEW", "on holiday", connection=connection))
    view = shows(inputs, 26, indicator, Sentence.REPORTS, Action.DISCONNECT, Action.CONNECT)
    assert view.description == "on holiday"

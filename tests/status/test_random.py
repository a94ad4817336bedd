"""Deciding is total: whatever comes in whatever order, there is a picture and an end of work."""

from __future__ import annotations

import gettext
import typing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.status.desk import Desk
from u1tray.status import commands, events, texts
from u1tray.status.hearing import HANDLERS
from u1tray.status.presentation import TABLE, Inputs, look, row_for
from u1tray.status.values import (
    NO_CONCERNS,
    Action,
    Concerns,
    Creds,
    Direction,
    Indicator,
    Lost,
    Presence,
    Startable,
    StorageProblem,
    Transfer,
    Trouble,
    View,
)
from u1tray.vocabulary import names
from u1tray.vocabulary.quota import Quota
from u1tray.vocabulary.states import Connection, DaemonState, StateName

pytestmark = pytest.mark.core
TAKES_SECONDS = 30

ENGLISH = gettext.NullTranslations()

paths = st.sampled_from(["/home/user/a", "/home/user/b/c", "", "/", "d", "/x/\udcff\n.txt"])
sizes = st.none() | st.integers(-5, 2**63)
directions = st.sampled_from(Direction)
owners = st.sampled_from(["", ":1.1", ":1.2"])
volume_ids = st.sampled_from(["", "udf", "share", "unknown"])
daemon_states = st.builds(
    DaemonState,
    name=st.sampled_from([*(name.value for name in StateName), "", "TEA_BREAK"]),
    description=st.sampled_from(["", "ready to connect", "{count}\n%s"]),
    is_error=st.booleans(),
    is_connected=st.booleans(),
    is_online=st.booleans(),
    queues=st.sampled_from(["IDLE", "WORKING", "WORKING_ON_BOTH", "", "NAPPING"]),
    connection=st.sampled_from(
        [*(connection.value for connection in Connection), "", "With User Some Network", "Maybe"]
    ),
)
running = st.builds(
    Transfer, direction=directions, path=paths, written=st.integers(-5, 2**63), size=sizes
)
inputs = st.builds(
    Inputs,
    presence=st.sampled_from(Presence),
    startable=st.sampled_from(Startable),
    state=daemon_states,
    transfers=st.lists(running, max_size=3).map(tuple),
    busy=st.booleans(),
    over_quota=st.booleans(),
    creds=st.sampled_from(Creds),
    paused=st.booleans(),
    until=st.sampled_from(["", "17:30"]),
    unreachable=st.booleans(),
)


@given(inputs)
def test_every_combination_of_inputs_has_a_row_with_words(given_inputs):
    """8.3 is total: a picture, a sentence and labels for whatever is offered."""
    view = look(given_inputs)
    assert isinstance(view.indicator, Indicator)
    assert texts.sentence(view, ENGLISH)
    assert all(texts.action(action, ENGLISH) for action in view.actions)
    assert len(set(view.actions)) == len(view.actions)


@given(inputs)
def test_the_first_matching_row_wins(given_inputs):
    """8.3: rows stand in the contract's order and number."""
    assert [row.number for row in TABLE] == list(range(1, 27))
    found = row_for(given_inputs)
    assert not [row for row in TABLE[: found.number - 1] if row.when(given_inputs)]


# --- random sequences of events --------------------------------------------------------------

volumes = st.fixed_dictionaries(
    {"volume_id": volume_ids, "type": st.sampled_from(["Root", "UDF", "Share", "None", ""])},
    optional={"name": st.just("shared"), "free_bytes": st.just("None")},
)
queue_data = st.fixed_dictionaries(
    {},
    optional={
        "share_id": volume_ids,
        "size": st.sampled_from(["10", "None", "", "99999999999"]),
        "running": st.sampled_from(["True", "", "None"]),
    },
)
errors = st.sampled_from(
    [
        names.NO_REPLY,
        names.TIMED_OUT,
        names.UNKNOWN_METHOD,
        names.SERVICE_UNKNOWN,
        names.NAME_HAS_NO_OWNER,
        names.SPAWN_PREFIX + "ChildExited",
        names.CREDENTIALS_ERROR_PREFIX + "KeyringLocked",
        "nonsense",
        "",
    ]
)
spontaneous = st.one_of(
    st.builds(events.BusLost),
    st.builds(events.OwnerChanged, owners),
    st.builds(events.StartableChanged, st.sampled_from(Startable)),
    st.builds(events.CredentialsAvailable, st.booleans()),
    st.builds(events.StatusChanged, daemon_states),
    st.builds(events.TransferStarted, directions, paths),
    st.builds(events.TransferProgress, directions, paths, st.integers(-1, 2**40), sizes),
    st.builds(events.TransferFinished, directions, paths, st.sampled_from(["", "FAILED"])),
    st.builds(events.QueueRemoved, st.sampled_from(["Upload", "ListShares"]), queue_data),
    st.builds(events.QuotaExceeded, volumes),
    st.builds(events.VolumesChanged, st.lists(volumes, max_size=3).map(tuple)),
    st.builds(events.InvalidName, paths, paths),
    st.builds(events.ConcernsChanged),
    st.builds(events.CredentialsFound),
    st.builds(events.CredentialsNotFound),
    st.builds(events.CredentialsCleared),
    st.builds(events.CredentialsStored),
    st.builds(events.AuthorizationDenied),
    st.builds(
        events.CredentialsError,
        st.sampled_from(["", "KeyringLocked", "AuthenticationError", "CredentialsError"]),
        st.sampled_from(["", "KeyringLocked", "said the service"]),
    ),
    st.builds(events.KeyringChanged),
    st.builds(events.NetworkChanged),
    st.builds(events.Resumed),
    st.builds(
        events.ActionChosen,
        st.sampled_from(Action),
        st.none() | st.floats(-10, 10_000),
        st.sampled_from(["", "17:30"]),
    ),
    st.builds(events.MenuShown),
    st.builds(events.WindowShown, st.booleans()),
    st.builds(events.StorageHeard, st.builds(Quota, st.integers(0, 10), st.integers(0, 10))),
    st.builds(
        events.StorageFailed,
        st.sampled_from(StorageProblem),
        st.just("oops"),
        st.none() | st.floats(-10, 10_000),
    ),
    st.builds(events.StorageForgotten),
    st.builds(events.Tick),
)
counts = st.sampled_from([0, 0, 1, 40])
concerns = st.builds(
    Concerns,
    held=counts,
    lost_in=st.sampled_from(Lost),
    conflicts=counts,
    waiting_for_room=counts,
    troubles=counts,
    spared=counts,
    copies=st.lists(paths, max_size=3).map(tuple),
    details=st.lists(st.builds(Trouble, paths), max_size=2).map(tuple),
)
GOOD_VALUES = {
    commands.AskConcerns: concerns,
    commands.AskStatus: daemon_states,
    commands.AskTransfers: st.lists(running, max_size=3).map(tuple),
    commands.AskWaiting: st.lists(
        st.tuples(st.sampled_from(["Upload", "Move"]), st.just("1"), queue_data), max_size=3
    ).map(tuple),
    commands.AskFreeSpace: st.integers(0, 2**40),
    commands.AskRecent: st.lists(paths, max_size=6).map(tuple),
    commands.AskCredentials: st.booleans(),
}
UNANSWERED = (
    commands.AskStorage,
    commands.OpenFolder,
    commands.OpenCloud,
    commands.OpenManual,
    commands.Notify,
    commands.Withdraw,
)


def answer(data: st.DataObject, command: commands.Command) -> events.Event:
    """One of the answers a daemon, or nobody, may give."""
    if data.draw(st.booleans()):
        return events.Failed(command, data.draw(errors))
    value = data.draw(st.none() | GOOD_VALUES.get(type(command), st.none()))
    return events.Replied(command, value)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_sequence_of_events_is_survived(data):
    """No exception, a picture in words at every moment, and few commands for each event."""
    desk = Desk()
    asked: list[commands.Command] = []
    for _ in range(data.draw(st.integers(1, 40))):
        if asked and data.draw(st.booleans()):
            event = answer(data, asked.pop(data.draw(st.integers(0, len(asked) - 1))))
        else:
            event = data.draw(spontaneous)
        given_commands = desk.feed(event)
        assert len(given_commands) <= 12
        asked += [c for c in given_commands if not isinstance(c, UNANSWERED)]
        asked += desk_wait(desk, data.draw(st.sampled_from([0.0, 0.3, 1.0, 7.0, 70.0, 700.0])))
        check(desk.view, desk.now)


def desk_wait(desk: Desk, seconds: float) -> list[commands.Command]:
    """Time passes: every Tick makes progress (`Desk.wait` fails otherwise) and floods nobody."""
    before = desk.now
    given_commands = desk.wait(seconds)
    assert len(given_commands) <= 12 + 3 * (desk.now - before)
    return [c for c in given_commands if not isinstance(c, UNANSWERED)]


def check(view: View, now: float) -> None:
    assert texts.sentence(view, ENGLISH)
    assert texts.storage(view.storage, now, ENGLISH)
    for transfer in view.transfers:
        assert texts.transfer(transfer, ENGLISH)
        assert transfer.percent is None or 0 <= transfer.percent <= 99


@settings(max_examples=60, deadline=None)
@given(st.lists(spontaneous, max_size=30))
def test_after_any_sequence_a_lost_bus_leaves_nothing_to_wait_for(fed):
    """T28: with the bus gone there is no deadline but the end of a pause."""
    desk = Desk()
    desk.feed(*fed, events.BusLost())
    assert desk.indicator is Indicator.STOPPED
    desk.wait(20_000)
    assert desk.view.concerns == NO_CONCERNS
    assert desk.wake is None


def test_every_event_has_a_handler():
    """The list of events is closed, and so is the table."""
    assert set(HANDLERS) == set(typing.get_args(events.Event))

"""The state machine: orders of 4.2, sticky errors, what `connection` says, timers as data."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.syncdaemon.machine import (
    Announce,
    Attempt,
    Elapsed,
    Lost,
    Machine,
    NetworkChanged,
    QueueChanged,
    StartRetryTimer,
    StartTimer,
    Step,
    StopTimer,
    Timer,
)
from u1tray.syncdaemon.transitions import step
from u1tray.vocabulary.states import TRAITS, StateName

pytestmark = pytest.mark.core

HANDSHAKE = [
    Step.CONNECTED,
    Step.VERSION_ACCEPTED,
    Step.CAPABILITIES_ACCEPTED,
    Step.AUTHENTICATED,
]
ERRORS = {name for name, traits in TRAITS.items() if traits.is_error}


@dataclass
class Driven:
    """A machine being driven, and everything it asked for."""

    machine: Machine = field(default_factory=Machine)
    announced: list = field(default_factory=list)
    effects: list = field(default_factory=list)
    timers: dict = field(default_factory=dict)

    def feed(self, *events):
        for event in events:
            self.machine, effects = step(self.machine, event)
            self.effects += effects
            for effect in effects:
                self._note(effect)
        return self

    def _note(self, effect):
        if isinstance(effect, Announce):
            self.announced.append(effect.state)
        elif isinstance(effect, StartTimer):
            self.timers[effect.timer] = effect.seconds
        elif isinstance(effect, StartRetryTimer):
            self.timers[Timer.RETRY] = effect
        elif isinstance(effect, StopTimer):
            self.timers.pop(effect.timer, None)

    def names(self):
        return [state.name for state in self.announced]

    def new_names(self, *events):
        before = len(self.announced)
        self.feed(*events)
        return [state.name for state in self.announced[before:]]


def ready(**wishes):
    return Driven(Machine(network=True, **wishes)).feed(Step.BEGUN, Step.SCANNED)


def online():
    return ready(user=True).feed(*HANDSHAKE, Step.RESCANNED)


def test_start_without_autoconnect_rests_in_ready():
    """4.2: LOCAL_RESCAN, READY; INIT is never signalled."""
    driven = ready()
    assert driven.names() == ["LOCAL_RESCAN", "READY"]
    assert driven.announced[-1].connection == "Not User With Network"
    assert Attempt.START not in driven.effects


def test_start_with_autoconnect_goes_all_the_way_in_order():
    """4.2: the whole way, WORKING while the rescan's command runs, IDLE at the end."""
    driven = ready(user=True)
    driven.feed(*HANDSHAKE, QueueChanged(True), Step.RESCANNED, QueueChanged(False))
    assert driven.names() == [
        "LOCAL_RESCAN",
        "READY",
        "CHECK_VERSION",
        "SET_CAPABILITIES",
        "AUTHENTICATE",
        "SERVER_RESCAN",
        "SERVER_RESCAN",
        "QUEUE_MANAGER",
        "QUEUE_MANAGER",
    ]
    assert [state.queues for state in driven.announced[-4:]] == [
        "IDLE",
        "WORKING",
        "WORKING",
        "IDLE",
    ]
    assert driven.timers == {}


def test_no_network_is_silent_in_ready():
    """4.2: LOCAL_RESCAN, READY with `With User Not Network`, then silence; then it connects."""
    driven = Driven(Machine(user=True)).feed(Step.BEGUN, Step.SCANNED)
    assert driven.announced[-1].connection == "With User Not Network"
    assert Attempt.START not in driven.effects
    driven.feed(NetworkChanged(True))
    assert driven.names() == ["LOCAL_RESCAN", "READY", "READY"]
    assert driven.effects[-1] is Attempt.START


def test_refusing_server_alternates_ready_and_waiting_ever_slower():
    """4.2: READY and WAITING in turn; 10.2: the number of failures sets the delay."""
    driven = ready(user=True)
    failures = []
    for _ in range(4):
        assert driven.new_names(Lost()) == ["WAITING"]
        failures.append(driven.timers[Timer.RETRY].failures)
        assert driven.new_names(Elapsed(Timer.RETRY)) == ["READY"]
        assert driven.effects[-1] is Attempt.START
    assert failures == [1, 2, 3, 4]


def test_server_that_asks_for_patience_gets_it():
    """A Retry-After is at least waited for, whether or not a connection was there."""
    driven = ready(user=True).feed(Lost(retry_after=30))
    assert driven.timers[Timer.RETRY].at_least_seconds == 30
    driven = online().feed(Lost(retry_after=40), Step.ENDED)
    assert driven.timers[Timer.RETRY].at_least_seconds == 40


def test_mute_server_ends_in_standoff_after_the_handshake_timeout():
    """4.2: CHECK_VERSION, after the time-out STANDOFF, WAITING, READY."""
    driven = ready(user=True).feed(Step.CONNECTED)
    assert driven.timers == {Timer.HANDSHAKE: 50.0}
    assert driven.new_names(Elapsed(Timer.HANDSHAKE)) == ["STANDOFF"]
    assert driven.effects[-1] is Attempt.END
    assert driven.new_names(Step.ENDED, Elapsed(Timer.RETRY)) == ["WAITING", "READY"]


def test_handshake_timer_covers_three_states_and_no_more():
    """4.1: CHECK_VERSION, SET_CAPABILITIES, AUTHENTICATE; a late end of it changes nothing."""
    driven = ready(user=True).feed(*HANDSHAKE[:-1])
    assert Timer.HANDSHAKE in driven.timers
    driven.feed(HANDSHAKE[-1])
    assert Timer.HANDSHAKE not in driven.timers
    assert driven.new_names(Elapsed(Timer.HANDSHAKE)) == []


def test_success_forgets_failures():
    """10.2: the delay is reset on QUEUE_MANAGER."""
    driven = ready(user=True).feed(Lost(), Elapsed(Timer.RETRY), Lost(), Elapsed(Timer.RETRY))
    driven.feed(*HANDSHAKE, Step.RESCANNED, Lost(), Step.ENDED)
    assert driven.timers[Timer.RETRY].failures == 1


def test_disconnect_online_stands_off_and_rests():
    """4.2: STANDOFF, WAITING, READY with `Not User With Network`, without waiting (T7)."""
    driven = online()
    assert driven.new_names(Step.DISCONNECT, Step.ENDED) == ["STANDOFF", "WAITING", "READY"]
    assert driven.announced[-1].connection == "Not User With Network"
    assert driven.timers == {}


def test_disconnect_in_waiting_rests_at_once():
    """T7 of old daemons is not repeated by ours: no wait for the timer."""
    driven = ready(user=True).feed(Lost())
    assert driven.new_names(Step.DISCONNECT) == ["READY"]
    assert driven.timers == {}


def test_connect_in_waiting_tries_at_once():
    """10.2: `connect` in WAITING tries at once."""
    driven = ready(user=True).feed(Lost())
    assert driven.new_names(Step.CONNECT) == ["READY"]
    assert driven.effects[-1] is Attempt.START
    assert driven.timers == {}


def test_connection_change_alone_is_announced():
    """10.7: StatusChanged also when only `connection` changes."""
    driven = ready()
    assert driven.new_names(NetworkChanged(False)) == ["READY"]
    assert driven.new_names(NetworkChanged(False)) == []


def test_network_lost_online_stands_off_and_waits_for_it():
    """4.2 with no network: back to READY `With User Not Network`, then online again."""
    driven = online()
    assert driven.new_names(NetworkChanged(False), Step.ENDED) == ["STANDOFF", "WAITING", "READY"]
    assert driven.announced[-1].connection == "With User Not Network"
    driven.feed(NetworkChanged(True))
    assert driven.effects[-1] is Attempt.START


def test_disconnect_before_the_connection_is_made_ends_the_attempt():
    """An attempt in READY is abandoned; what it still reports changes nothing."""
    driven = ready(user=True)
    assert driven.new_names(Step.DISCONNECT) == ["READY"]
    assert driven.effects[-1] is Attempt.END
    assert driven.new_names(Step.CONNECTED, Lost(), Step.ENDED) == []


@pytest.mark.parametrize(
    ("before", "event", "name"),
    [
        (1, Step.VERSION_REFUSED, "BAD_VERSION"),
        (2, Step.CAPABILITIES_MISSING, "CAPABILITIES_MISMATCH"),
        (3, Step.CREDENTIALS_REFUSED, "AUTH_FAILED"),
        (4, Step.ROOT_MISMATCHED, "ROOT_MISMATCH"),
        (4, Step.CREDENTIALS_REFUSED, "AUTH_FAILED"),
        (4, Step.FAILED, "UNKNOWN_ERROR"),
        (0, Step.FAILED, "UNKNOWN_ERROR"),
    ],
)
def test_error_states_are_sticky(before, event, name):
    """4.1: user, network and queue changes are ignored, `connection` is frozen; quit leads out."""
    driven = ready(user=True).feed(*HANDSHAKE[:before])
    assert driven.new_names(event) == [name]
    assert driven.announced[-1].is_error
    assert Attempt.END in driven.effects
    deaf = [Step.CONNECT, Step.DISCONNECT, NetworkChanged(False), QueueChanged(True), Lost()]
    assert driven.new_names(*deaf, Step.ENDED, Elapsed(Timer.RETRY)) == []
    assert driven.new_names(Step.QUIT) == ["SHUTDOWN"]
    assert driven.announced[-1].connection == "With User With Network"


def test_quit_online_stands_off_first():
    """10.1: STANDOFF if connected, SHUTDOWN with `Not User`; nothing after it."""
    driven = online()
    assert driven.new_names(Step.QUIT) == ["STANDOFF", "SHUTDOWN"]
    assert driven.announced[-1].connection == "Not User With Network"
    assert driven.new_names(Step.CONNECT, Step.ENDED, Step.QUIT, NetworkChanged(False)) == []


def test_quit_at_rest_only_shuts_down():
    """10.1: no STANDOFF without a connection."""
    assert ready().new_names(Step.QUIT) == ["SHUTDOWN"]
    assert ready(user=True).feed(Lost()).new_names(Step.QUIT) == ["SHUTDOWN"]


def test_refused_credentials_while_online_are_an_error_too():
    """REST 17: a token revoked during normal work means signed out."""
    assert online().new_names(Step.CREDENTIALS_REFUSED) == ["AUTH_FAILED"]


EVENTS = st.one_of(
    st.sampled_from(list(Step)),
    st.builds(Lost, st.none() | st.floats(0, 100)),
    st.builds(NetworkChanged, st.booleans()),
    st.builds(QueueChanged, st.booleans()),
    st.builds(Elapsed, st.sampled_from(list(Timer))),
)


@given(st.lists(EVENTS, max_size=40))
def test_any_history_keeps_the_rules(events):
    """Total: never INIT, never an equal dict twice, errors sticky, one attempt at a time."""
    driven = Driven().feed(Step.BEGUN, *events)
    assert "INIT" not in driven.names()
    assert all(a != b for a, b in zip(driven.announced, driven.announced[1:], strict=False))
    for name, following in zip(driven.names(), driven.names()[1:], strict=False):
        assert StateName(name) not in ERRORS or following == "SHUTDOWN"
        assert name != "SHUTDOWN"
    running = False
    for effect in driven.effects:
        if effect is Attempt.START:
            assert not running
            running = True
        elif effect is Attempt.END or isinstance(effect, StartRetryTimer):
            running = False
    if driven.machine.name is StateName.WAITING:
        assert Timer.RETRY in driven.timers
        assert driven.machine.wants_connection


@given(st.lists(EVENTS, max_size=40))
def test_any_history_can_still_connect_or_is_an_error(events):
    """From everywhere but the sticky states a wish and a network lead to QUEUE_MANAGER."""
    driven = Driven().feed(Step.BEGUN, *events)
    if driven.machine.is_error or driven.machine.name is StateName.SHUTDOWN:
        return
    driven.feed(Step.DISCONNECT, Step.ENDED, Step.SCANNED, NetworkChanged(True), Step.CONNECT)
    driven.feed(*HANDSHAKE, Step.RESCANNED)
    assert driven.machine.name is StateName.QUEUE_MANAGER

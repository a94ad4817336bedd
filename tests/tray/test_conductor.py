"""Running the mind: in order, bounded, and not at all while nothing happens."""

from __future__ import annotations

import pytest

from u1tray.status.commands import AskStatus
from u1tray.status.events import OwnerChanged, Replied, StartableChanged, StatusChanged
from u1tray.status.mind import initial
from u1tray.status.values import Indicator, Startable
from u1tray.tray import clock
from u1tray.tray.conductor import Conductor
from u1tray.vocabulary.states import IDLE, WORKING, Connection, DaemonState, StateName

pytestmark = pytest.mark.core

OWNER = ":1.7"
ONLINE = DaemonState.of(StateName.QUEUE_MANAGER, IDLE, Connection.WITH_USER_WITH_NETWORK)
READY = DaemonState.of(StateName.READY, IDLE, Connection.NOT_USER_WITH_NETWORK)
FAILED = DaemonState.of(StateName.AUTH_FAILED, IDLE, Connection.WITH_USER_WITH_NETWORK)


class Stage:
    """A conductor whose daemon answers at once, within the command."""

    def __init__(self, state=ONLINE) -> None:
        self.commands, self.views = [], []
        self.state = state
        self.conductor = Conductor(initial(clock.now()), self.execute, self.views.append)

    def execute(self, command):
        self.commands.append(command)
        if isinstance(command, AskStatus):
            self.conductor.feed(Replied(command, self.state))

    @property
    def indicator(self):
        return self.conductor.view.indicator


@pytest.fixture
def stage(application):
    made = Stage()
    yield made
    made.conductor.close()


def test_answer_from_within_a_command_is_heard(stage, wait_for_qt) -> None:
    """A call that fails or answers at once does not recurse into the mind."""
    stage.conductor.feed(OwnerChanged(OWNER))
    wait_for_qt(lambda: stage.indicator is Indicator.UP_TO_DATE)
    assert AskStatus(OWNER) in stage.commands


def test_nothing_is_shown_twice(stage, wait_for_qt) -> None:
    """A view is handed on only when it differs from the last one."""
    stage.conductor.feed(OwnerChanged(OWNER))
    wait_for_qt(lambda: stage.indicator is Indicator.UP_TO_DATE)
    for _number in range(5):
        stage.conductor.feed(StatusChanged(ONLINE))
    stage.conductor.feed(StatusChanged(FAILED))
    wait_for_qt(lambda: stage.indicator is Indicator.NEEDS_LOGIN)
    assert all(one != two for one, two in zip(stage.views, stage.views[1:], strict=False))


def test_at_rest_there_is_no_timer(stage, wait_for_qt) -> None:
    """The idle budget: without a daemon nothing is due, ever."""
    stage.conductor.feed(OwnerChanged(""))
    stage.conductor.feed(StartableChanged(Startable.NO))
    wait_for_qt(lambda: stage.views and stage.views[-1].indicator is Indicator.STOPPED)
    wait_for_qt(lambda: not stage.conductor._turn.isActive())
    assert not stage.conductor._alarm.isActive()


def test_settling_is_ended_by_one_alarm(application, wait_for_qt) -> None:
    """8.2: a new indicator after half a second, without another event."""
    stage = Stage(READY)
    begun = clock.now()
    stage.conductor.feed(OwnerChanged(OWNER))
    wait_for_qt(lambda: stage.indicator is Indicator.DISCONNECTED)
    assert clock.now() - begun >= 0.5
    stage.conductor.close()


def test_storm_of_states_is_few_views_and_ends_right(stage, wait_for_qt) -> None:
    """11.3: thousands of StatusChanged leave the picture right, at a bounded price."""
    stage.conductor.feed(OwnerChanged(OWNER))
    wait_for_qt(lambda: stage.indicator is Indicator.UP_TO_DATE)
    before = len(stage.views)
    busy = DaemonState.of(StateName.QUEUE_MANAGER, WORKING, Connection.WITH_USER_WITH_NETWORK)
    for number in range(20_000):
        stage.conductor.feed(StatusChanged((busy, READY, ONLINE)[number % 3]))
    stage.conductor.feed(StatusChanged(FAILED))
    wait_for_qt(lambda: stage.indicator is Indicator.NEEDS_LOGIN)
    assert len(stage.views) - before < 10


def test_after_close_nothing_happens(stage, wait_for_qt) -> None:
    """What was fed and not dealt with is dropped."""
    stage.conductor.feed(OwnerChanged(OWNER))
    stage.conductor.close()
    done = []
    wait_for_qt(lambda: done.append(1) or len(done) > 3)
    assert stage.commands == []


def test_failure_over_one_event_loses_only_that_event(stage, wait_for_qt, monkeypatch) -> None:
    """An unforeseen exception leaves the rest of the queue and the alarms alive."""
    caught = []
    monkeypatch.setattr("sys.excepthook", lambda *error: caught.append(error))
    stage.conductor.feed("no event at all")
    stage.conductor.feed(OwnerChanged(OWNER))
    wait_for_qt(lambda: stage.indicator is Indicator.UP_TO_DATE)
    assert len(caught) == 1


def test_what_comes_after_the_end_changes_nothing(stage, wait_for_qt) -> None:
    """A loop that is told to end still runs a turn: nothing is shown again, no timer begins."""
    stage.conductor.feed(OwnerChanged(OWNER))
    wait_for_qt(lambda: stage.indicator is Indicator.UP_TO_DATE)
    stage.conductor.feed(StatusChanged(FAILED))
    stage.conductor.close()
    before = list(stage.views)
    stage.conductor.feed(StatusChanged(READY))
    turns = iter(range(20))
    wait_for_qt(lambda: next(turns, None) is None)
    assert stage.views == before

"""A person's desk with a fake clock: feeds events to the mind and ticks exactly when it asks."""

from __future__ import annotations

from typing import Any

from u1tray.status.commands import Command
from u1tray.status.events import Event, OwnerChanged, Replied, StatusChanged, Tick
from u1tray.status.mind import initial, next_wake, present, update
from u1tray.status.values import Action, Indicator, Sentence, View
from u1tray.vocabulary.states import IDLE, WORKING, Connection, DaemonState, StateName

OWNER = ":1.1"
OTHER = ":1.2"
NOT_USER = Connection.NOT_USER_WITH_NETWORK
NOT_USER_OFFLINE = Connection.NOT_USER_NOT_NETWORK
WITH_USER = Connection.WITH_USER_WITH_NETWORK
OFFLINE = Connection.WITH_USER_NOT_NETWORK


def state(
    name: StateName = StateName.QUEUE_MANAGER,
    connection: Connection = WITH_USER,
    queues: str = IDLE,
) -> DaemonState:
    """The dict our daemon sends."""
    return DaemonState.of(name, queues, connection)


ONLINE = state()
ONLINE_WORKING = state(queues=WORKING)
READY_NOT_USER = state(StateName.READY, NOT_USER)


class Desk:
    """Holds a model and a clock. `commands` are those not yet taken, `history` all with times."""

    def __init__(self, now: float = 1000.0, **arguments: Any) -> None:
        self.now = now
        self.model = initial(now, **arguments)
        self.commands: list[Command] = []
        self.history: list[tuple[float, Command]] = []
        self.indicators = [self.view.indicator]

    @property
    def view(self) -> View:
        return present(self.model)

    @property
    def indicator(self) -> Indicator:
        return self.view.indicator

    @property
    def sentence(self) -> Sentence:
        return self.view.sentence

    @property
    def actions(self) -> tuple[Action, ...]:
        return self.view.actions

    @property
    def wake(self) -> float | None:
        return next_wake(self.model)

    def feed(self, *events: Event) -> tuple[Command, ...]:
        """Feed events at this moment; the commands they gave."""
        given: list[Command] = []
        for event in events:
            self.model, commands = update(self.model, event, self.now)
            given.extend(commands)
            self.history.extend((self.now, command) for command in commands)
            if self.indicator is not self.indicators[-1]:
                self.indicators.append(self.indicator)
        self.commands.extend(given)
        return tuple(given)

    def wait(self, seconds: float) -> tuple[Command, ...]:
        """Let time pass, with a Tick at every moment that was asked for."""
        until = self.now + seconds
        given: list[Command] = []
        for _ in range(10_000):
            wake = self.wake
            if wake is None or wake > until:
                self.now = until
                return tuple(given)
            self.now = max(self.now, wake)
            given.extend(self.feed(Tick()))
        raise AssertionError(f"no end of ticks at {self.wake}")

    def taken(self) -> list[Command]:
        """The commands since the last time, and forget them."""
        commands, self.commands = self.commands, []
        return commands

    def reply(self, command: Command, value: Any = None) -> tuple[Command, ...]:
        return self.feed(Replied(command, value))

    def daemon(self, first: DaemonState = ONLINE, owner: str = OWNER) -> Desk:
        """A daemon appears, answers, and its picture settles."""
        self.feed(OwnerChanged(owner), StatusChanged(first))
        self.wait(0.5)
        self.taken()
        return self

    def times_of(self, kind: type[Any]) -> list[float]:
        """When commands of a kind were given."""
        return [at for at, command in self.history if isinstance(command, kind)]

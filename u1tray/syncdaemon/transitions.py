"""The daemon's life as a pure function: `step(machine, event) -> (machine, effects)`.

States, their order and what is sticky are those of the D-Bus contract, 4 and 10.1 to 10.3.
Timers are effects, and their end is an event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from u1tray.syncdaemon.machine import (
    Announce,
    Attempt,
    Effect,
    Elapsed,
    Event,
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
from u1tray.vocabulary.states import StateName

_HANDSHAKE = (StateName.CHECK_VERSION, StateName.SET_CAPABILITIES, StateName.AUTHENTICATE)

# The way to QUEUE_MANAGER, and out of it into the error states (4.1).
_PROGRESS: Mapping[tuple[StateName, Step], StateName] = {
    (StateName.INIT, Step.BEGUN): StateName.LOCAL_RESCAN,
    (StateName.LOCAL_RESCAN, Step.SCANNED): StateName.READY,
    (StateName.READY, Step.CONNECTED): StateName.CHECK_VERSION,
    (StateName.CHECK_VERSION, Step.VERSION_ACCEPTED): StateName.SET_CAPABILITIES,
    (StateName.SET_CAPABILITIES, Step.CAPABILITIES_ACCEPTED): StateName.AUTHENTICATE,
    (StateName.AUTHENTICATE, Step.AUTHENTICATED): StateName.SERVER_RESCAN,
    (StateName.SERVER_RESCAN, Step.RESCANNED): StateName.QUEUE_MANAGER,
}
_PROBLEMS: Mapping[Step, StateName] = {
    Step.VERSION_REFUSED: StateName.BAD_VERSION,
    Step.CAPABILITIES_MISSING: StateName.CAPABILITIES_MISMATCH,
    Step.CREDENTIALS_REFUSED: StateName.AUTH_FAILED,
    Step.ROOT_MISMATCHED: StateName.ROOT_MISMATCH,
    Step.FAILED: StateName.UNKNOWN_ERROR,
}


def step(machine: Machine, event: Event) -> tuple[Machine, tuple[Effect, ...]]:
    """What follows an event: the next machine, and what to do, in order."""
    turn = _Turn(machine)
    if machine.name is StateName.SHUTDOWN:
        return machine, ()
    # Error states are sticky: only quit leads out, and a failure inside them is no news (4.1).
    if machine.is_error and event is not Step.QUIT:
        return machine, ()
    if isinstance(event, Step):
        _on_step(turn, event)
    else:
        _on_news(turn, event)
    return turn.machine, tuple(turn.effects)


class _Turn:
    """One step being worked out."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.effects: list[Effect] = []

    def become(
        self,
        name: StateName | None = None,
        *,
        user: bool | None = None,
        network: bool | None = None,
        busy: bool | None = None,
    ) -> None:
        """Change what the state dict shows, and announce it if it differs."""
        before = self.machine
        self.machine = replace(
            before,
            name=before.name if name is None else name,
            user=before.user if user is None else user,
            network=before.network if network is None else network,
            busy=before.busy if busy is None else busy,
        )
        # INIT is never signalled (4.1); an equal dict is not repeated (10.7).
        if self.machine.state != before.state and self.machine.name is not StateName.INIT:
            self.effects.append(Announce(self.machine.state))

    def do(self, *effects: Effect) -> None:
        self.effects.extend(effects)

    def note_attempt(self, attempting: bool) -> None:
        self.machine = replace(self.machine, attempting=attempting)

    def note_failure(self, retry_after_seconds: float) -> None:
        self.machine = replace(
            self.machine,
            failures=self.machine.failures + 1,
            retry_after_seconds=retry_after_seconds,
        )

    def note_success(self) -> None:
        self.machine = replace(self.machine, failures=0, retry_after_seconds=0.0)


def _on_step(turn: _Turn, event: Step) -> None:
    if event in _PROBLEMS:
        _enter_error(turn, event)
    elif event in _ACTIONS:
        _ACTIONS[event](turn)
    else:
        _progress(turn, event)


def _on_news(turn: _Turn, event: Lost | NetworkChanged | QueueChanged | Elapsed) -> None:
    if isinstance(event, NetworkChanged):
        _on_wish(turn, network=event.network)
    elif isinstance(event, QueueChanged):
        if event.busy is not turn.machine.busy:
            turn.become(busy=event.busy)
    elif isinstance(event, Lost):
        _on_lost(turn, event.retry_after or 0.0)
    elif event.timer is Timer.HANDSHAKE and turn.machine.name in _HANDSHAKE:
        _on_lost(turn, 0.0)
    elif event.timer is Timer.RETRY and turn.machine.name is StateName.WAITING:
        turn.become(StateName.READY)
        _try(turn)


def _progress(turn: _Turn, event: Step) -> None:
    following = _PROGRESS.get((turn.machine.name, event))
    if following is None or (following in _HANDSHAKE and not turn.machine.attempting):
        return
    turn.become(following)
    if following is StateName.CHECK_VERSION:
        turn.do(StartTimer(Timer.HANDSHAKE, turn.machine.handshake_timeout_seconds))
    elif following is StateName.SERVER_RESCAN:
        turn.do(StopTimer(Timer.HANDSHAKE))
    elif following is StateName.QUEUE_MANAGER:
        turn.note_success()
    elif following is StateName.READY:
        _try(turn)


def _on_wish(turn: _Turn, *, user: bool | None = None, network: bool | None = None) -> None:
    """The person's wish or the network changed, or was said again."""
    wanted = replace(
        turn.machine,
        user=turn.machine.user if user is None else user,
        network=turn.machine.network if network is None else network,
    ).wants_connection
    if wanted:
        # `connect` in WAITING tries at once (10.2), and so does a network that came back.
        if turn.machine.name is StateName.WAITING:
            turn.do(StopTimer(Timer.RETRY))
            turn.become(StateName.READY, user=user, network=network)
        else:
            turn.become(user=user, network=network)
        _try(turn)
    elif turn.machine.is_connected and turn.machine.name is not StateName.STANDOFF:
        _stand_off(turn, user=user, network=network)
    elif turn.machine.name is StateName.WAITING:
        turn.do(StopTimer(Timer.RETRY))
        turn.become(StateName.READY, user=user, network=network)
    else:
        turn.become(user=user, network=network)
        _abandon(turn)


def _try(turn: _Turn) -> None:
    machine = turn.machine
    if machine.name is StateName.READY and machine.wants_connection and not machine.attempting:
        turn.note_attempt(True)
        turn.do(Attempt.START)


def _abandon(turn: _Turn) -> None:
    """End an attempt that has no connection yet."""
    if turn.machine.attempting and turn.machine.name is StateName.READY:
        turn.note_attempt(False)
        turn.do(Attempt.END)


def _stand_off(turn: _Turn, *, user: bool | None = None, network: bool | None = None) -> None:
    turn.become(StateName.STANDOFF, user=user, network=network)
    turn.do(StopTimer(Timer.HANDSHAKE), Attempt.END)


def _on_lost(turn: _Turn, retry_after: float) -> None:
    machine = turn.machine
    if machine.name is StateName.READY and machine.attempting:
        turn.note_attempt(False)
        turn.note_failure(retry_after)
        _wait(turn)
    elif machine.is_connected and machine.name is not StateName.STANDOFF:
        turn.note_failure(retry_after)
        _stand_off(turn)


def _wait(turn: _Turn) -> None:
    turn.become(StateName.WAITING)
    if turn.machine.wants_connection:
        failures = max(1, turn.machine.failures)
        turn.do(StartRetryTimer(failures, turn.machine.retry_after_seconds))
    else:
        turn.become(StateName.READY)  # nothing to wait for


def _on_ended(turn: _Turn) -> None:
    if turn.machine.name is StateName.STANDOFF:
        turn.note_attempt(False)
        _wait(turn)


def _enter_error(turn: _Turn, event: Step) -> None:
    if event is not Step.FAILED and not turn.machine.is_connected:
        return  # a late answer of an attempt that was left
    was_attempting = turn.machine.attempting
    turn.note_attempt(False)
    turn.become(_PROBLEMS[event])
    turn.do(StopTimer(Timer.HANDSHAKE), StopTimer(Timer.RETRY))
    if was_attempting:
        turn.do(Attempt.END)


def _quit(turn: _Turn) -> None:
    if turn.machine.is_connected:
        turn.become(StateName.STANDOFF)
    # In an error state `connection` is frozen to the end (10.1).
    turn.become(StateName.SHUTDOWN, user=None if turn.machine.is_error else False)
    turn.do(StopTimer(Timer.HANDSHAKE), StopTimer(Timer.RETRY))
    if turn.machine.attempting:
        turn.note_attempt(False)
        turn.do(Attempt.END)


_ACTIONS: Mapping[Step, Callable[[_Turn], None]] = {
    Step.CONNECT: lambda turn: _on_wish(turn, user=True),
    Step.DISCONNECT: lambda turn: _on_wish(turn, user=False),
    Step.ENDED: _on_ended,
    Step.QUIT: _quit,
}

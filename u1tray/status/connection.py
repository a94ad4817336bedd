"""Hearing of changes that are not signalled (D-Bus contract, T6, T33).

StatusChanged stays away when only `connection` changes; then asking again is the only way, and
this is all the asking there is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from u1tray.status.commands import AskStatus, Command
from u1tray.status.deadlines import due, earliest
from u1tray.vocabulary.states import Connection, DaemonState, StateName

ASK_AFTER_SECONDS = (1.0, 5.0)
"""After each own connect or disconnect and each change of the network."""
POLL_SECONDS = 60.0
UNREACHABLE_SECONDS = 60.0
"""Row 25: so long without reaching the server until the sentence says so."""
_SAME_SECONDS = 0.2  # two questions so close to each other are one: networks change in bursts

_NOT_YET = frozenset(  # busy with something else than the server
    {StateName.INIT.value, StateName.LOCAL_RESCAN.value, StateName.SHUTDOWN.value}
)
_RESTING = frozenset({StateName.READY.value, StateName.WAITING.value})


@dataclass(frozen=True)
class Connecting:
    """`signals`: this owner has once signalled a change of `connection` alone, as ours does."""

    signals: bool = False
    ask_at: tuple[float, ...] = ()
    poll_at: float | None = None
    unreachable_at: float | None = None
    unreachable: bool = False

    @property
    def wakes(self) -> tuple[float | None, ...]:
        return (*self.ask_at[:1], self.poll_at, self.unreachable_at)


def unsettled(connecting: Connecting, now: float) -> Connecting:
    """Something happened that changes `connection` without a signal: ask after 1 s and 5 s."""
    ask_at = connecting.ask_at
    for seconds in ASK_AFTER_SECONDS:
        wanted = now + seconds
        if not any(wanted - _SAME_SECONDS <= at <= wanted for at in ask_at):
            ask_at = (*ask_at, wanted)
    return replace(connecting, ask_at=tuple(sorted(ask_at)))


def signalled(connecting: Connecting, old: DaemonState | None, new: DaemonState) -> Connecting:
    """StatusChanged came: does this owner signal what the real ones do not?"""
    if connecting.signals or old is None or old.connection == new.connection:
        return connecting
    if replace(old, connection=new.connection) != new:
        return connecting
    return replace(connecting, signals=True)


def heard(connecting: Connecting) -> Connecting:
    """A state dict is fresh: the next poll counts from here."""
    return connecting if connecting.poll_at is None else replace(connecting, poll_at=None)


def advance(
    connecting: Connecting, owner: str, state: DaemonState | None, now: float
) -> tuple[Connecting, tuple[Command, ...]]:
    """Ask what is due. `state` None: no daemon that answers."""
    connecting = _reaching(connecting, state, now)
    if not owner:
        return _changed(connecting, ask_at=(), poll_at=None), ()
    ask = due(earliest(connecting.ask_at), now) or due(connecting.poll_at, now)
    left = tuple(at for at in connecting.ask_at if at > now) if ask else connecting.ask_at
    poll_at = None if ask else connecting.poll_at
    silent = state is not None and state.name in _RESTING and not state.is_error
    if not silent or connecting.signals:
        poll_at = None
    elif poll_at is None:
        poll_at = now + POLL_SECONDS
    commands: tuple[Command, ...] = (AskStatus(owner),) if ask else ()
    return _changed(connecting, ask_at=left, poll_at=poll_at), commands


def _reaching(connecting: Connecting, state: DaemonState | None, now: float) -> Connecting:
    if state is None or not _is_trying(state):
        return _changed(connecting, unreachable_at=None, unreachable=False)
    if connecting.unreachable:
        return connecting
    unreachable_at = connecting.unreachable_at
    if unreachable_at is None:
        return replace(connecting, unreachable_at=now + UNREACHABLE_SECONDS)
    if due(unreachable_at, now):
        return replace(connecting, unreachable_at=None, unreachable=True)
    return connecting


def _is_trying(state: DaemonState) -> bool:
    reached = state.is_online or state.name == StateName.SERVER_RESCAN.value
    wanted = state.connection == Connection.WITH_USER_WITH_NETWORK.value
    return wanted and not reached and not state.is_error and state.name not in _NOT_YET


def _changed(connecting: Connecting, **values: object) -> Connecting:
    if all(getattr(connecting, name) == value for name, value in values.items()):
        return connecting
    return replace(connecting, **values)  # type: ignore[arg-type]

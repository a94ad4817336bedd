"""Whether there is a SyncDaemon, and its last state dict (D-Bus contract, T2 to T5, T22, 8.1).

Knows one owner of the bus name at a time and forgets everything about the old one; says nothing
about what the state means.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from u1tray.status.commands import AskStatus, Command
from u1tray.status.deadlines import due
from u1tray.status.values import Presence, Startable
from u1tray.vocabulary import names
from u1tray.vocabulary.states import DaemonState, StateName

GHOST_SECONDS = 3.0
"""T3: how long the old picture stays after the name was lost without a farewell."""
ANSWER_SECONDS = 30.0
"""T5: how long an owner may take to its first answer."""
FIRST_RETRY_SECONDS = 0.5
LONGEST_RETRY_SECONDS = 60.0
TIMEOUTS_UNTIL_MUTE = 3
APPEAR_SECONDS = 5.0
"""A service that the bus says has started must own its name within this time."""

_NO_ANSWER = frozenset({names.NO_REPLY, names.TIMED_OUT, names.TIMEOUT})


@dataclass(frozen=True)
class Daemon:
    """What the bus tells of SyncDaemon. All `..._at` and `..._until` are points of `now`.

    `owner_told`, `startable_told`: whether the bus has said so at all.
    """

    bus: bool = True
    owner: str = ""
    owner_told: bool = False
    startable: Startable = Startable.YES
    startable_told: bool = False
    state: DaemonState | None = None
    mute: bool = False
    timeouts: int = 0
    answer_until: float | None = None
    retries: int = 0
    retry_at: float | None = None
    ghost_until: float | None = None
    starting: bool = False
    appear_until: float | None = None
    quitting: bool = False

    @property
    def presence(self) -> Presence:
        """The input of 8.1."""
        if not self.bus:
            return Presence.NO_BUS
        if not self.owner:
            return Presence.STARTING if self.starting else Presence.ABSENT
        if self.mute:
            return Presence.MUTE
        return Presence.STARTING if self.state is None else Presence.PRESENT

    @property
    def present_state(self) -> DaemonState | None:
        """The state dict of a daemon that is there and answers."""
        return self.state if self.presence is Presence.PRESENT else None

    @property
    def online(self) -> bool:
        """Normal work: transfers, the busy rule and the quota test exist only here."""
        state = self.present_state
        return state is not None and state.is_online and not state.is_error

    @property
    def wakes(self) -> tuple[float | None, ...]:
        """Every pending deadline."""
        return (self.answer_until, self.retry_at, self.ghost_until, self.appear_until)


def bus_lost(daemon: Daemon) -> Daemon:
    """T28: nothing is known and nothing is waited for."""
    return replace(_without_owner(daemon), bus=False)


def owner_changed(daemon: Daemon, owner: str, now: float) -> tuple[Daemon, tuple[Command, ...]]:
    """Another owner of the name, or none: the old dict is void; a ghost may stay (T3)."""
    if daemon.bus and owner == daemon.owner:
        return daemon if daemon.owner_told else replace(daemon, owner_told=True), ()
    new = replace(_without_owner(daemon), owner_told=True, ghost_until=_ghost_after(daemon, now))
    if not owner:
        return replace(new, starting=daemon.starting), ()
    return replace(new, owner=owner, answer_until=now + ANSWER_SECONDS), (AskStatus(owner),)


def _without_owner(daemon: Daemon) -> Daemon:
    return Daemon(startable=daemon.startable, startable_told=daemon.startable_told)


def startable_told(daemon: Daemon, startable: Startable) -> Daemon:
    """What ListActivatableNames and the user's files say (T4)."""
    return replace(daemon, startable=startable, startable_told=True)


def _ghost_after(daemon: Daemon, now: float) -> float | None:
    if not daemon.owner:
        return daemon.ghost_until
    said_farewell = daemon.state is not None and daemon.state.name == StateName.SHUTDOWN.value
    return None if daemon.quitting or said_farewell else now + GHOST_SECONDS


def heard(daemon: Daemon, state: DaemonState) -> Daemon:
    """A state dict came, as a signal or as an answer: the whole truth (T13)."""
    if not daemon.owner:
        return daemon
    return replace(
        daemon,
        state=state,
        mute=False,
        timeouts=0,
        answer_until=None,
        retries=0,
        retry_at=None,
        ghost_until=None,
    )


def answered(daemon: Daemon) -> Daemon:
    """Any call was answered, be it with an error: the daemon is not mute."""
    if not daemon.timeouts and not daemon.mute:
        return daemon
    return replace(daemon, timeouts=0, mute=daemon.mute and daemon.state is None)


def failed(daemon: Daemon, error: str, asked_status: bool, now: float) -> Daemon:
    """A call to this owner failed: count those without an answer, ask for the status again."""
    if error in _NO_ANSWER:
        timeouts = daemon.timeouts + 1
        daemon = replace(
            daemon, timeouts=timeouts, mute=daemon.mute or timeouts >= TIMEOUTS_UNTIL_MUTE
        )
    else:
        daemon = answered(daemon)
    unknown = daemon.mute or daemon.state is None
    if unknown and daemon.retry_at is None and (asked_status or daemon.state is not None):
        return _retry_later(daemon, now)
    return daemon


def _retry_later(daemon: Daemon, now: float) -> Daemon:
    wait = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** min(daemon.retries, 10))
    return replace(daemon, retries=daemon.retries + 1, retry_at=now + wait)


def start_asked(daemon: Daemon) -> Daemon:
    """StartServiceByName is on its way."""
    return replace(daemon, starting=True, appear_until=None)


def start_replied(daemon: Daemon, now: float) -> Daemon:
    """The bus says that it runs: the name must appear soon, if it is not there yet."""
    if not daemon.starting:
        return daemon
    if daemon.owner:
        return replace(daemon, starting=False)
    return replace(daemon, appear_until=now + APPEAR_SECONDS)


def start_failed(daemon: Daemon, error: str) -> Daemon:
    """It did not start (T4)."""
    startable = Startable.NO if error == names.SERVICE_UNKNOWN else daemon.startable
    return replace(daemon, starting=False, appear_until=None, startable=startable)


def advance(daemon: Daemon, now: float) -> tuple[Daemon, tuple[Command, ...]]:
    """Let every deadline that has come take effect."""
    if due(daemon.ghost_until, now):
        daemon = replace(daemon, ghost_until=None)
    if due(daemon.appear_until, now):
        daemon = replace(daemon, appear_until=None, starting=False)
    if due(daemon.answer_until, now):
        daemon = replace(daemon, answer_until=None, mute=True)
    if due(daemon.retry_at, now):
        return replace(daemon, retry_at=None), (AskStatus(daemon.owner),)
    return daemon, ()

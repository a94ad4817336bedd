"""The daemon's state machine as plain values: what it knows, what happens, what is to be done.

The rules are in `transitions`. Holds no clock, no bus and no connection.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from u1tray.vocabulary.states import (
    IDLE,
    TRAITS,
    WORKING,
    Connection,
    DaemonState,
    StateName,
)

HANDSHAKE_TIMEOUT_SECONDS = 50.0
LONGEST_RETRY_DELAY_SECONDS = 120.0


@dataclass(frozen=True)
class Machine:
    """Everything that decides. `attempting`: a connection is being made or is there."""

    name: StateName = StateName.INIT
    user: bool = False
    network: bool = False
    busy: bool = False
    attempting: bool = False
    failures: int = 0  # attempts that failed since QUEUE_MANAGER
    retry_after_seconds: float = 0.0  # what the server asked for when it failed last
    handshake_timeout_seconds: float = HANDSHAKE_TIMEOUT_SECONDS

    @property
    def state(self) -> DaemonState:
        """The state dict of section 4."""
        connection = Connection.of(self.user, self.network)
        return DaemonState.of(self.name, WORKING if self.busy else IDLE, connection)

    @property
    def is_error(self) -> bool:
        """In one of the sticky states (4.1)."""
        return TRAITS[self.name].is_error

    @property
    def is_connected(self) -> bool:
        """A connection is there, or is being left (STANDOFF)."""
        return TRAITS[self.name].is_connected

    @property
    def is_online(self) -> bool:
        """Normal work: QUEUE_MANAGER."""
        return TRAITS[self.name].is_online

    @property
    def wants_connection(self) -> bool:
        """The person wants it and there is a network."""
        return self.user and self.network


# --- events ----------------------------------------------------------------------------------


class Step(Enum):
    """What happens, without further particulars."""

    BEGUN = "begun"  # the name is owned
    SCANNED = "scanned"  # the local folder was looked at
    CONNECT = "connect"  # the person wants to be connected, and there are credentials
    DISCONNECT = "disconnect"
    CONNECTED = "connected"  # a connection to the server was made
    VERSION_ACCEPTED = "version-accepted"
    VERSION_REFUSED = "version-refused"
    CAPABILITIES_ACCEPTED = "capabilities-accepted"
    CAPABILITIES_MISSING = "capabilities-missing"
    AUTHENTICATED = "authenticated"
    CREDENTIALS_REFUSED = "credentials-refused"
    ROOT_MISMATCHED = "root-mismatched"
    RESCANNED = "rescanned"
    ENDED = "ended"  # the connection that EndAttempt asked to end is gone
    FAILED = "failed"  # an internal error
    QUIT = "quit"


@dataclass(frozen=True)
class Lost:
    """The attempt failed or the connection broke; `retry_after` seconds if the server said so."""

    retry_after: float | None = None


@dataclass(frozen=True)
class NetworkChanged:
    """Whether there is a network (10.3)."""

    network: bool


@dataclass(frozen=True)
class QueueChanged:
    """Whether the queue holds commands."""

    busy: bool


class Timer(Enum):
    """The waits of the machine."""

    RETRY = "retry"
    HANDSHAKE = "handshake"


@dataclass(frozen=True)
class Elapsed:
    """A timer ended."""

    timer: Timer


Event = Step | Lost | NetworkChanged | QueueChanged | Elapsed

# --- effects ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Announce:
    """Send StatusChanged."""

    state: DaemonState


class Attempt(Enum):
    """START: connect to the server. END: leave it; answered by Step.ENDED."""

    START = "start"
    END = "end"


@dataclass(frozen=True)
class StartTimer:
    """Start a timer, or start it again."""

    timer: Timer
    seconds: float


@dataclass(frozen=True)
class StartRetryTimer:
    """Wait before the next attempt: after so many failures, at least so many seconds."""

    failures: int
    at_least_seconds: float


@dataclass(frozen=True)
class StopTimer:
    """Stop a timer, if it runs."""

    timer: Timer


Effect = Announce | Attempt | StartTimer | StartRetryTimer | StopTimer

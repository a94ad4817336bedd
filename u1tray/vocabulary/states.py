"""The SyncDaemon's states and the state dict (D-Bus contract, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from u1tray.vocabulary.wire import flag, truth


class StateName(str, Enum):
    """The names of 4.1. A reader meets others too and keeps them as text (T21)."""

    INIT = "INIT"
    LOCAL_RESCAN = "LOCAL_RESCAN"
    READY = "READY"
    WAITING = "WAITING"
    CHECK_VERSION = "CHECK_VERSION"
    BAD_VERSION = "BAD_VERSION"
    SET_CAPABILITIES = "SET_CAPABILITIES"
    CAPABILITIES_MISMATCH = "CAPABILITIES_MISMATCH"
    AUTHENTICATE = "AUTHENTICATE"
    AUTH_FAILED = "AUTH_FAILED"
    SERVER_RESCAN = "SERVER_RESCAN"
    QUEUE_MANAGER = "QUEUE_MANAGER"
    STANDOFF = "STANDOFF"
    ROOT_MISMATCH = "ROOT_MISMATCH"
    UNKNOWN_ERROR = "UNKNOWN_ERROR"
    SHUTDOWN = "SHUTDOWN"


class Connection(str, Enum):
    """Whether the person wants to be connected (user), and whether there is a network."""

    NOT_USER_NOT_NETWORK = "Not User Not Network"
    NOT_USER_WITH_NETWORK = "Not User With Network"
    WITH_USER_NOT_NETWORK = "With User Not Network"
    WITH_USER_WITH_NETWORK = "With User With Network"

    @classmethod
    def of(cls, user: bool, network: bool) -> Connection:
        """The value for a wish and a network."""
        return cls(f"{'With' if user else 'Not'} User {'With' if network else 'Not'} Network")


IDLE = "IDLE"
WORKING = "WORKING"


@dataclass(frozen=True)
class Traits:
    """What 4.1 fixes for one state: its English description and three flags."""

    description: str
    is_error: bool = False
    is_connected: bool = False
    is_online: bool = False


TRAITS: Mapping[StateName, Traits] = {
    StateName.INIT: Traits("just initialized"),
    StateName.LOCAL_RESCAN: Traits("doing local rescan"),
    StateName.READY: Traits("ready to connect"),
    StateName.WAITING: Traits("waiting before try connecting again"),
    StateName.CHECK_VERSION: Traits("checking protocol version", is_connected=True),
    StateName.BAD_VERSION: Traits("bad protocol version", is_error=True),
    StateName.SET_CAPABILITIES: Traits("checking capabilities", is_connected=True),
    StateName.CAPABILITIES_MISMATCH: Traits("capabilities mismatch", is_error=True),
    StateName.AUTHENTICATE: Traits("doing auth dance", is_connected=True),
    StateName.AUTH_FAILED: Traits("auth failed", is_error=True),
    StateName.SERVER_RESCAN: Traits("doing server rescan", is_connected=True),
    StateName.QUEUE_MANAGER: Traits(
        "processing the commands pool", is_connected=True, is_online=True
    ),
    StateName.STANDOFF: Traits("waiting for connection to end", is_connected=True),
    StateName.ROOT_MISMATCH: Traits("local and server roots are different", is_error=True),
    StateName.UNKNOWN_ERROR: Traits("something went wrong", is_error=True),
    StateName.SHUTDOWN: Traits("shutting down the service"),
}


@dataclass(frozen=True)
class DaemonState:
    """One state dict: always the whole truth (T13). `name`, `queues`, `connection` as sent."""

    name: str
    description: str = ""
    is_error: bool = False
    is_connected: bool = False
    is_online: bool = False
    queues: str = IDLE
    connection: str = ""

    @classmethod
    def of(cls, name: StateName, queues: str, connection: Connection) -> DaemonState:
        """The dict our own daemon sends in a state."""
        traits = TRAITS[name]
        return cls(
            name.value,
            traits.description,
            traits.is_error,
            traits.is_connected,
            traits.is_online,
            queues,
            connection.value,
        )

    @classmethod
    def from_wire(cls, state: Mapping[str, str]) -> DaemonState:
        """Read a state dict: missing keys are defaulted, unknown ones ignored (T15, T21)."""
        return cls(
            name=str(state.get("name", "")),
            description=str(state.get("description", "")),
            is_error=truth(state.get("is_error", "")),
            is_connected=truth(state.get("is_connected", "")),
            is_online=truth(state.get("is_online", "")),
            queues=str(state.get("queues", IDLE)),
            connection=str(state.get("connection", "")),
        )

    def to_wire(self) -> dict[str, str]:
        """The seven keys of section 4, no more."""
        return {
            "name": self.name,
            "description": self.description,
            "is_error": flag(self.is_error),
            "is_connected": flag(self.is_connected),
            "is_online": flag(self.is_online),
            "queues": self.queues,
            "connection": self.connection,
        }

    @property
    def is_busy(self) -> bool:
        """Anything but IDLE is busy, also the WORKING_ON_* of 2009 (section 4)."""
        return self.queues != IDLE

    @property
    def with_user(self) -> bool:
        """The daemon wants to be connected."""
        return self.connection.startswith("With User")

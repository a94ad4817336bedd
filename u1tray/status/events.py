"""The closed list of what can happen. `update` accepts nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from u1tray.status.commands import Command
from u1tray.status.values import Action, Direction, Startable, StorageProblem
from u1tray.vocabulary.quota import Quota
from u1tray.vocabulary.states import DaemonState

# --- the bus ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class BusLost:
    """The session bus went away (T28)."""


@dataclass(frozen=True)
class OwnerChanged:
    """SyncDaemon's unique name, `''` when nobody owns it; also the first answer (T2)."""

    owner: str


@dataclass(frozen=True)
class StartableChanged:
    """From ListActivatableNames and the user files of 10.6."""

    startable: Startable


@dataclass(frozen=True)
class CredentialsAvailable:
    """Whether the Credentials service is owned or activatable."""

    available: bool


@dataclass(frozen=True)
class Replied:
    """A command's good answer; `value` as the command's docstring says."""

    command: Command
    value: Any = None


@dataclass(frozen=True)
class Failed:
    """A command's D-Bus error name (full), or our own time-out as `...Error.NoReply`."""

    command: Command
    error: str


# --- SyncDaemon's signals --------------------------------------------------------------------


@dataclass(frozen=True)
class StatusChanged:
    """A state dict."""

    state: DaemonState


@dataclass(frozen=True)
class TransferStarted:
    """UploadStarted, DownloadStarted."""

    direction: Direction
    path: str


@dataclass(frozen=True)
class TransferProgress:
    """Bytes; `size` None where the signal had none."""

    direction: Direction
    path: str
    written: int
    size: int | None


@dataclass(frozen=True)
class TransferFinished:
    """`error` is the daemon's text, `''` when done."""

    direction: Direction
    path: str
    error: str = ""


@dataclass(frozen=True)
class QueueRemoved:
    """A command left the daemon's queue (RequestQueueRemoved)."""

    name: str
    data: Mapping[str, str]


@dataclass(frozen=True)
class QuotaExceeded:
    """The volume dict of the signal (6.1)."""

    volume: Mapping[str, str]


@dataclass(frozen=True)
class VolumesChanged:
    """All volume dicts."""

    volumes: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class InvalidName:
    """A name that cannot be synced."""

    directory: str
    name: str


@dataclass(frozen=True)
class ConcernsChanged:
    """Our own daemon says that it has news beside the contract (10.7)."""


# --- Credentials' signals, and news about keyring, network, sleep ----------------------------


@dataclass(frozen=True)
class CredentialsFound:
    """Somebody was given credentials; the secrets themselves are already dropped."""


@dataclass(frozen=True)
class CredentialsNotFound:
    """There are none."""


@dataclass(frozen=True)
class CredentialsCleared:
    """There are none any more."""


@dataclass(frozen=True)
class CredentialsStored:
    """There are some, maybe others than before."""


@dataclass(frozen=True)
class AuthorizationDenied:
    """A person closed the log-in window."""


@dataclass(frozen=True)
class CredentialsError:
    """9.3; `message` may be empty."""

    errtype: str
    message: str = ""


@dataclass(frozen=True)
class KeyringChanged:
    """org.freedesktop.secrets got an owner, or a collection changed."""


@dataclass(frozen=True)
class NetworkChanged:
    """NetworkManager's StateChanged (T6)."""


@dataclass(frozen=True)
class Resumed:
    """The machine woke up."""


# --- the person, and the clock ---------------------------------------------------------------


@dataclass(frozen=True)
class ActionChosen:
    """A person chose an action. For PAUSE: `seconds` (None = without end) and `until` (HH:MM).

    For APPLY_HELD: `shown`, of the Concerns that the person has read.
    """

    action: Action
    seconds: float | None = None
    until: str = ""
    shown: str = ""


@dataclass(frozen=True)
class MenuShown:
    """The menu is about to be shown (the quota is asked for when older than a minute)."""


@dataclass(frozen=True)
class WindowShown:
    """The status window opened (True) or closed (False) (T34)."""

    shown: bool


@dataclass(frozen=True)
class StorageHeard:
    """The cloud's answer to AskStorage."""

    quota: Quota


@dataclass(frozen=True)
class StorageFailed:
    """Why there was none; `retry_after` in seconds where the server said so."""

    problem: StorageProblem
    oops_id: str = ""
    retry_after: float | None = None


@dataclass(frozen=True)
class StorageForgotten:
    """Another cloud URL was chosen: what was heard is void."""


@dataclass(frozen=True)
class Tick:
    """The time `next_wake` named has come."""


Event = (
    BusLost
    | OwnerChanged
    | StartableChanged
    | CredentialsAvailable
    | Replied
    | Failed
    | StatusChanged
    | TransferStarted
    | TransferProgress
    | TransferFinished
    | QueueRemoved
    | QuotaExceeded
    | VolumesChanged
    | InvalidName
    | ConcernsChanged
    | CredentialsFound
    | CredentialsNotFound
    | CredentialsCleared
    | CredentialsStored
    | AuthorizationDenied
    | CredentialsError
    | KeyringChanged
    | NetworkChanged
    | Resumed
    | ActionChosen
    | MenuShown
    | WindowShown
    | StorageHeard
    | StorageFailed
    | StorageForgotten
    | Tick
)

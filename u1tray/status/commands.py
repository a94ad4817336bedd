"""What deciding asks the program to do. Those with an `owner` are void once it changed.

Every one but the last group is answered by `Replied` or `Failed` exactly once, after its own
time-out at the latest (C6).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from u1tray.status.values import Lost

# --- SyncDaemon; never starting it (C4) ------------------------------------------------------


@dataclass(frozen=True)
class AskStatus:
    """current_status; the reply's value is a DaemonState."""

    owner: str


@dataclass(frozen=True)
class AskTransfers:
    """current_uploads and current_downloads; the value is a tuple of Transfer."""

    owner: str


@dataclass(frozen=True)
class AskWaiting:
    """waiting; the value is a tuple of (name, id, data)."""

    owner: str


@dataclass(frozen=True)
class AskFreeSpace:
    """free_space of `''` or a volume id seen in VolumesChanged (T25); the value is bytes."""

    owner: str
    volume_id: str


@dataclass(frozen=True)
class AskRecent:
    """sync_menu's recent-transfers; the value is a tuple of paths, newest last (T29)."""

    owner: str


@dataclass(frozen=True)
class AskConcerns:
    """What our own daemon tells beside the contract; the value is a Concerns.

    `with_troubles`: with its `details`.
    """

    owner: str
    with_troubles: bool = False


@dataclass(frozen=True)
class ApplyHeld:
    """apply_held: the held deletions that the person has read of are meant (Concerns.shown).

    The value is how many files' deletion is held after that: it came meanwhile.
    """

    owner: str
    shown: str = ""


@dataclass(frozen=True)
class RestoreHeld:
    """restore_held: they are not meant."""

    owner: str


@dataclass(frozen=True)
class SpareNothing:
    """spare_nothing: large files travel although network or power are spared."""

    owner: str


@dataclass(frozen=True)
class Connect:
    """connect."""

    owner: str


@dataclass(frozen=True)
class Disconnect:
    """disconnect."""

    owner: str


@dataclass(frozen=True)
class Quit:
    """quit."""

    owner: str


@dataclass(frozen=True)
class StartService:
    """StartServiceByName, and nothing more (T1)."""


@dataclass(frozen=True)
class EnableFilesSync:
    """Write files_sync_enabled = True where a user file of 10.6 says False (8.4 Turn on)."""


# --- Credentials -----------------------------------------------------------------------------


@dataclass(frozen=True)
class AskCredentials:
    """find_credentials_sync; the value is whether there are any. The secrets are dropped."""


@dataclass(frozen=True)
class ClearCredentials:
    """clear_credentials."""


@dataclass(frozen=True)
class LogIn:
    """login, with the status window's id where it is open."""


# --- the rest: not answered by Replied or Failed ---------------------------------------------


@dataclass(frozen=True)
class AskStorage:
    """Ask the cloud for the quota; answered by StorageHeard or StorageFailed exactly once."""


@dataclass(frozen=True)
class OpenFolder:
    """get_rootdir (the last known path without a daemon), then the desktop's opener."""


@dataclass(frozen=True)
class OpenCloud:
    """The cloud's web page."""


@dataclass(frozen=True)
class OpenManual:
    """Our own manual."""


class Notice(Enum):
    """The kinds of notification; one reusable bubble each."""

    NEEDS_LOGIN = "needs-login"
    STORAGE_FULL = "storage-full"
    SYNC_ERROR = "sync-error"
    FILE_NOT_SYNCED = "file-not-synced"
    HELD_DELETIONS = "held-deletions"
    CONFLICT = "conflict"
    LOGIN_FAILED = "login-failed"  # the answer to the person's own request


@dataclass(frozen=True)
class Notify:
    """Show a bubble. `name`: a file, a full share, or a failed log-in's errtype or message.

    `count`: how many files it is about, where that is told; `lost_in`: of held deletions;
    `is_more`: they came after those that the person has just meant.
    """

    notice: Notice
    name: str = ""
    count: int = 0
    lost_in: Lost = Lost.FOLDER
    is_more: bool = False


@dataclass(frozen=True)
class Withdraw:
    """The reason for a bubble is gone: close it."""

    notice: Notice


Command = (
    AskStatus
    | AskTransfers
    | AskWaiting
    | AskFreeSpace
    | AskRecent
    | AskConcerns
    | ApplyHeld
    | RestoreHeld
    | SpareNothing
    | Connect
    | Disconnect
    | Quit
    | StartService
    | EnableFilesSync
    | AskCredentials
    | ClearCredentials
    | LogIn
    | AskStorage
    | OpenFolder
    | OpenCloud
    | OpenManual
    | Notify
    | Withdraw
)

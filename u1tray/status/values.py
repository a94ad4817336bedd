"""The plain values of 8.1 and 8.3: what goes into deciding, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from u1tray.vocabulary.quota import Quota


class Presence(Enum):
    """Is there a SyncDaemon, as far as the bus can tell (8.1)."""

    NO_BUS = "nobus"
    ABSENT = "absent"
    STARTING = "starting"
    PRESENT = "present"
    MUTE = "mute"


class Startable(Enum):
    """Could an absent SyncDaemon be started (8.1, T4)."""

    YES = "yes"
    NO = "no"
    OFF = "off"


class Creds(Enum):
    """What is known of stored credentials (8.1)."""

    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    PENDING = "pending"
    FOUND = "found"
    NONE = "none"
    LOCKED = "locked"
    ERROR = "error"


class Indicator(Enum):
    """The eleven pictures of 8.3."""

    STOPPED = "stopped"
    STARTING = "starting"
    DISCONNECTED = "disconnected"
    OFFLINE = "offline"
    CONNECTING = "connecting"
    SYNCING = "syncing"
    UP_TO_DATE = "up-to-date"
    OVER_QUOTA = "over-quota"
    NEEDS_LOGIN = "needs-login"
    ERROR = "error"
    WAITING_FOR_KEYRING = "waiting-for-keyring"
    PAUSED = "paused"


class Action(Enum):
    """What a person may ask for in a state (8.3, 8.4)."""

    TURN_ON = "turn-on"
    HELP = "help"
    START = "start"
    STOP = "stop"
    RESTART = "restart"
    LOG_IN = "log-in"
    UNLOCK_KEYRING = "unlock-keyring"
    CONNECT = "connect"
    DISCONNECT = "disconnect"
    PAUSE = "pause"
    RESUME = "resume"
    OPEN_FOLDER = "open-folder"
    FREE_UP_SPACE = "free-up-space"
    APPLY_HELD = "apply-held"  # beside the rows: with held deletions
    RESTORE_HELD = "restore-held"
    SPARE_NOTHING = "spare-nothing"


class Direction(Enum):
    """Of a transfer."""

    UPLOAD = "upload"
    DOWNLOAD = "download"


class Sentence(Enum):
    """The sentences of 8.3; `status.texts` writes them out with the values of a View."""

    NO_BUS = "no-bus"
    TURNED_OFF = "turned-off"
    NOT_INSTALLED = "not-installed"
    NOT_RUNNING = "not-running"
    MUTE = "mute"
    STARTING = "starting"
    SHUTTING_DOWN = "shutting-down"
    ACCOUNT_REFUSED = "account-refused"
    LOGIN_REFUSED = "login-refused"
    OTHER_ACCOUNT = "other-account"
    NOT_UNDERSTOOD = "not-understood"
    FAILED = "failed"
    LOOKING = "looking"
    STORAGE_FULL = "storage-full"
    STORAGE_FULL_SYNCING = "storage-full-syncing"  # count
    SYNCING_FILES = "syncing-files"  # count
    SYNCING_FILE = "syncing-file"  # name, percent (None: unknown)
    SYNCING_CHANGES = "syncing-changes"
    UP_TO_DATE = "up-to-date"
    ASKING_CHANGES = "asking-changes"
    CONNECTING = "connecting"
    PAUSED = "paused"
    PAUSED_UNTIL = "paused-until"  # until
    KEYRING = "keyring"
    LOG_IN = "log-in"
    DISCONNECTED = "disconnected"
    OFFLINE = "offline"
    UNREACHABLE = "unreachable"
    REPORTS = "reports"  # description
    RESTART_FAILED = "restart-failed"  # the old daemon does not go away (8.4)


@dataclass(frozen=True)
class Transfer:
    """A running transfer. `written` and `size` in bytes on the wire; size None = unknown."""

    direction: Direction
    path: str
    written: int = 0
    size: int | None = None

    @property
    def percent(self) -> int | None:
        """0 to 99 (T23), or None without a size."""
        if self.size is None or self.size <= 0:
            return None
        return max(0, min(99, 100 * self.written // self.size))


class StorageProblem(Enum):
    """Why the cloud's quota is not known."""

    NOT_ASKED = "not-asked"
    NO_CLOUD = "no-cloud"  # no cloud URL is configured
    SIGNED_OUT = "signed-out"  # no credentials, 401 or 403
    OFFLINE = "offline"  # connection, time-out, proxy
    TLS = "tls"  # certificate refused, or no TLS in this Qt
    SERVER = "server"  # 5xx, 429; oops_id where given
    NOT_A_CLOUD = "not-a-cloud"  # redirect, 404, broken JSON, absurd numbers


@dataclass(frozen=True)
class Storage:
    """The account's quota as last heard from the cloud, and what went wrong since.

    `asked_at` is the `now` of the last good answer. `quota` None: never heard.
    """

    quota: Quota | None = None
    asked_at: float | None = None
    problem: StorageProblem | None = StorageProblem.NOT_ASKED
    oops_id: str = ""


class Lost(Enum):
    """Where the files of held deletions are gone; they are kept on the other side."""

    FOLDER = "folder"
    CLOUD = "cloud"
    BOTH = "both"


class Sparing(Enum):
    """Why files wait although nothing is wrong."""

    NETWORK = "network"  # it is metered
    POWER = "power"
    BOTH = "both"


@dataclass(frozen=True)
class HeldDeletion:
    """So many files of the `of` in a synced folder are gone from one side; that is held."""

    folder: str
    lost_in: Lost
    files: int
    of: int


@dataclass(frozen=True)
class Trouble:
    """A file that cannot be synced now. `reason` is the daemon's own English."""

    path: str
    reason: str = ""
    waits_for_room: bool = False


@dataclass(frozen=True)
class Concerns:
    """What a person should know beside the state: only our own daemon tells (10.7).

    Numbers of files. `held_deletions` and `copies` (of conflicts, sorted) go with `held` and
    `conflicts`; `shown` is the daemon's word for these very held deletions; `details` are known
    only while somebody looks.
    """

    held: int = 0
    lost_in: Lost = Lost.FOLDER
    conflicts: int = 0
    waiting_for_room: int = 0
    troubles: int = 0
    spared: int = 0
    sparing: Sparing = Sparing.NETWORK
    held_deletions: tuple[HeldDeletion, ...] = ()
    shown: str = ""
    copies: tuple[str, ...] = ()
    details: tuple[Trouble, ...] = ()


NO_CONCERNS = Concerns()


@dataclass(frozen=True)
class View:
    """Everything there is to show, without a word of human language.

    `count`, `name`, `percent`, `until` and `description` fill the sentence's places.
    """

    indicator: Indicator
    sentence: Sentence
    actions: tuple[Action, ...] = ()
    count: int = 0
    name: str = ""
    percent: int | None = None
    until: str = ""
    description: str = ""  # the daemon's own words, for Details
    transfers: tuple[Transfer, ...] = ()
    recent: tuple[str, ...] = ()  # paths of the last five files, newest first
    storage: Storage = Storage()
    concerns: Concerns = NO_CONCERNS

"""The daemon's options: what each is called, its type and its default (D-Bus contract, 10.6)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from u1tray.syncdaemon.sparing import Policy, read_policy

_Value = TypeVar("_Value")

_BOOLEANS = {
    "true": True,
    "1": True,
    "on": True,
    "yes": True,
    "false": False,
    "0": False,
    "off": False,
    "no": False,
}


def read_boolean(text: str) -> bool:
    """`True`/`False`, also `1/0`, `on/off`, `yes/no`, in any case. ValueError for others."""
    value = _BOOLEANS.get(text.strip().lower())
    if value is None:
        message = "write True or False"
        raise ValueError(message)
    return value


def read_seconds(text: str) -> float:
    """A positive number of seconds. ValueError for others."""
    value = float(text)
    if not math.isfinite(value) or value <= 0:
        message = "write a number of seconds greater than 0"
        raise ValueError(message)
    return value


def read_count(text: str) -> int:
    """A whole number from 1. ValueError for others."""
    value = int(text)
    if value < 1:
        message = "write a whole number greater than 0"
        raise ValueError(message)
    return value


def read_limit(text: str) -> int:
    """Bytes a second, -1 for no limit. ValueError for others."""
    value = int(text)
    if value < -1:
        message = "write a number of bytes a second, or -1 for no limit"
        raise ValueError(message)
    return value


def read_lines(text: str) -> tuple[str, ...]:
    """One item a line."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


@dataclass(frozen=True)
class Option(Generic[_Value]):
    """One option of the file; `read` makes its value of the text or raises ValueError."""

    section: str
    name: str
    read: Callable[[str], _Value]
    default: _Value


_MAIN = "__main__"
_BANDWIDTH = "bandwidth_throttling"

FILES_SYNC_ENABLED = Option(_MAIN, "files_sync_enabled", read_boolean, default=True)
AUTOCONNECT = Option(_MAIN, "autoconnect", read_boolean, default=True)
USE_TRASH = Option(_MAIN, "use_trash", read_boolean, default=True)
UDF_AUTOSUBSCRIBE = Option(_MAIN, "udf_autosubscribe", read_boolean, default=False)
SHARE_AUTOSUBSCRIBE = Option(_MAIN, "share_autosubscribe", read_boolean, default=False)
DEBUG = Option(_MAIN, "debug", read_boolean, default=False)
SEND_EVENTS_OVER_DBUS = Option(_MAIN, "send_events_over_dbus", read_boolean, default=False)
HANDSHAKE_TIMEOUT = Option(_MAIN, "handshake_timeout", read_seconds, 50.0)
SIMULT_TRANSFERS = Option(_MAIN, "simult_transfers", read_count, 10)
IGNORE: Option[tuple[str, ...]] = Option(
    _MAIN,
    "ignore",
    read_lines,
    (
        r"\A#.*#\Z",  # Emacs: autosaves, locks
        r"\A\.#.*\Z",
        r"\A.*~\Z",  # backups of most editors
        r"\A\..*\.sw[nopx]\Z",  # Vim
        r"\A\.~lock\..*#\Z",  # LibreOffice
        r"\A~\$.*\Z",  # Microsoft Office
        r"\A\.goutputstream-.*\Z",  # GLib
        r"\A.*\.kate-swp\Z",
        r"\A.*\.part\Z",  # half a download
        r"\A.*\.crdownload\Z",
    ),
)
ROOT_DIR = Option(_MAIN, "root_dir", str, "~/Ubuntu One")
KEEP_ALIVE_INTERVAL = Option(_MAIN, "keep_alive_interval", read_seconds, 20.0)  # ours
ON_METERED_NETWORK = Option(_MAIN, "on_metered_network", read_policy, Policy.SMALL)  # ours
ON_POWER_SAVING = Option(_MAIN, "on_power_saving", read_policy, Policy.SMALL)  # ours
THROTTLING_ON = Option(_BANDWIDTH, "on", read_boolean, default=False)
READ_LIMIT = Option(_BANDWIDTH, "read_limit", read_limit, 2097152)
WRITE_LIMIT = Option(_BANDWIDTH, "write_limit", read_limit, 2097152)
SHOW_ALL_NOTIFICATIONS = Option(
    "notifications", "show_all_notifications", read_boolean, default=True
)

ALL: tuple[Option[Any], ...] = (
    FILES_SYNC_ENABLED,
    AUTOCONNECT,
    USE_TRASH,
    UDF_AUTOSUBSCRIBE,
    SHARE_AUTOSUBSCRIBE,
    DEBUG,
    SEND_EVENTS_OVER_DBUS,
    HANDSHAKE_TIMEOUT,
    SIMULT_TRANSFERS,
    IGNORE,
    ROOT_DIR,
    KEEP_ALIVE_INTERVAL,
    ON_METERED_NETWORK,
    ON_POWER_SAVING,
    THROTTLING_ON,
    READ_LIMIT,
    WRITE_LIMIT,
    SHOW_ALL_NOTIFICATIONS,
)

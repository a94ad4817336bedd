"""Where the buses are, by the environment."""

from __future__ import annotations

import os

from u1tray.vocabulary import places
from u1tray.vocabulary.errors import OfflineError

_SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket"


def session_address() -> str:
    """The session bus's address; OfflineError where the environment names none."""
    named = os.environ.get("DBUS_SESSION_BUS_ADDRESS", "")
    if named:
        return named
    runtime = places.runtime_dir()
    if runtime is not None and (runtime / "bus").is_socket():
        return f"unix:path={runtime / 'bus'}"
    text = "there is no session bus: DBUS_SESSION_BUS_ADDRESS is not set (try dbus-run-session)"
    raise OfflineError(text)


def system_address() -> str:
    """The system bus's address."""
    return os.environ.get("DBUS_SYSTEM_BUS_ADDRESS") or _SYSTEM_BUS


def started_by_bus() -> bool:
    """Whether the bus started this program to get a name owned (D-Bus contract, 10.1)."""
    return bool(os.environ.get("DBUS_STARTER_ADDRESS"))

"""A private connection to the session or the system bus, and the news of its loss (C10, T28)."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import dbus.bus
import dbus.exceptions
import dbus.mainloop

from u1tray.bus.loop import Loop
from u1tray.vocabulary.errors import OfflineError


class Bus:
    """One connection. The modules of this room use `connection`; nobody else does."""

    def __init__(self, connection: Any, loop: Loop | None) -> None:
        self.connection = connection
        # Kept here because libdbus calls into it as long as the connection lives.
        self._loop = loop
        self._is_closed = False

    @property
    def unique_name(self) -> str:
        return str(self.connection.get_unique_name())

    @property
    def connected(self) -> bool:
        return bool(self.connection.get_is_connected())

    def when_lost(self, callback: Callable[[], None]) -> None:
        """Have `callback` called from the loop when the bus goes away; it needs a loop."""

        def lost(_connection: Any) -> None:
            if not self._is_closed:
                callback()

        self.connection.call_on_disconnection(lost)

    def flush(self) -> None:
        """Wait until what was sent has left this process (before it ends or replaces itself)."""
        self.connection.flush()

    def close(self) -> None:
        """Leave the bus; no callback for a loss is called."""
        # A loop that still runs a turn hears of this end as of any other.
        self._is_closed = True
        self.connection.close()


def open_session(loop: Loop | None = None) -> Bus:
    """Connect to the session bus. Raises OfflineError."""
    # libdbus reads the variable once in a process and keeps what it said then.
    address = os.environ.get("DBUS_SESSION_BUS_ADDRESS") or dbus.bus.BusConnection.TYPE_SESSION
    return _open(address, "session", loop)


def open_system(loop: Loop | None = None) -> Bus:
    """Connect to the system bus. Raises OfflineError."""
    return _open(dbus.bus.BusConnection.TYPE_SYSTEM, "system", loop)


def _open(place: str | int, name: str, loop: Loop | None) -> Bus:
    # NULL_MAIN_LOOP and not None: None would mean whatever default somebody has set.
    native = dbus.mainloop.NULL_MAIN_LOOP if loop is None else loop.native
    try:
        connection = dbus.bus.BusConnection(place, mainloop=native)
    except dbus.exceptions.DBusException as error:
        text = f"the {name} bus cannot be reached"
        raise OfflineError(text, code=str(error.get_dbus_name() or "")) from None
    # libdbus would end the process with status 1 as soon as the bus goes (C10).
    connection.set_exit_on_disconnect(False)
    return Bus(connection, loop)

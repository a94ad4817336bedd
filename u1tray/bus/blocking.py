"""Calls that wait, and signals waited for: for command lines, never for a program with a window.

Errors are raised as our families (`u1tray.vocabulary.errors`), `code` being the D-Bus name.
"""

from __future__ import annotations

import logging
import select
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from ctypes import CDLL
from typing import Any

import dbus.exceptions

from u1tray.bus import session
from u1tray.bus.calls import Method, message_of, value_of
from u1tray.bus.failures import BusError, family_of, last_line
from u1tray.bus.loop import attach_glib
from u1tray.bus.session import Bus
from u1tray.bus.signals import Signal, listen
from u1tray.bus.wakeup import Wakeup, held_back
from u1tray.vocabulary.errors import OfflineError

_log = logging.getLogger(__name__)


def open_session() -> Bus:
    """The session bus for a program without a loop. Raises OfflineError."""
    return session.open_session()


def call(bus: Bus, method: Method, *args: Any, auto_start: bool = False) -> Any:
    """The method's out value: None, the one, or a tuple of several, all plain.

    Waits at most `method.timeout_seconds`. Raises a U1Error. No value is ever logged.
    """
    message = message_of(method, args, auto_start)
    begun = time.monotonic()
    try:
        reply = bus.connection.send_message_with_reply_and_block(message, method.timeout_seconds)
    except dbus.exceptions.DBusException as error:
        failure = BusError(str(error.get_dbus_name() or ""), last_line(str(error)))
        _note(method, begun, failure.name)
        raise family_of(failure) from None
    _note(method, begun, "answered")
    return value_of(reply)


def _note(method: Method, begun: float, outcome: str) -> None:
    took_ms = round(1000 * (time.monotonic() - begun))
    _log.debug("%s.%s: %s after %d ms", method.interface, method.name, outcome, took_ms)


class Listener:
    """Signals in the order they came, read without an event loop of the program's own.

    The signals are listened to from construction on, so that nothing a following call causes is
    missed (T19). Its bus is `bus`, and calls on it are allowed at any time. Once the descriptor
    `ends_with` can be read, there are no more.
    """

    def __init__(self, signals: Sequence[Signal], ends_with: int | None = None) -> None:
        self._lost = False
        self._ends_with = ends_with
        self.bus = session.open_session(attach_glib())
        self._wakeup = Wakeup()
        self.bus.when_lost(self._on_lost)
        # The very library that dbus-python's GLib loop has loaded, hence no dependency on gi.
        self._iterate: Callable[[None, int], int] = CDLL(
            "libglib-2.0.so.0"
        ).g_main_context_iteration
        self._heard: deque[tuple[Signal, tuple[Any, ...]]] = deque()
        self._readable = select.poll()
        self._readable.register(self.bus.connection.get_unix_fd(), select.POLLIN)
        for woken_by in (ends_with, self._wakeup.descriptor):
            if woken_by is not None:
                self._readable.register(woken_by, select.POLLIN)
        for signal in signals:
            listen(self.bus, signal, self._hearer(signal))

    def next(self, within_seconds: float | None = None) -> tuple[Signal, tuple[Any, ...]] | None:
        """The next signal and its arguments, None when none came in time (None: no limit).

        Raises OfflineError when the bus went away.
        """
        deadline = None if within_seconds is None else time.monotonic() + within_seconds
        while True:
            with held_back():
                while self._iterate(None, 0):
                    pass
            if self._heard:
                return self._heard.popleft()
            if self._lost:
                text = "the session bus went away"
                raise OfflineError(text)
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return None
            ready = self._readable.poll(None if left is None else 1000 * left)
            if any(descriptor == self._ends_with for descriptor, _events in ready):
                return None
            self._wakeup.drain()

    def __iter__(self) -> Iterator[tuple[Signal, tuple[Any, ...]]]:
        """Every signal, until `ends_with`, or the bus goes away (OfflineError)."""
        while heard := self.next():
            yield heard

    def close(self) -> None:
        """Leave the bus."""
        self.bus.close()
        self._wakeup.close()

    def _hearer(self, signal: Signal) -> Callable[..., None]:
        return lambda *args: self._heard.append((signal, args))

    def _on_lost(self) -> None:
        self._lost = True

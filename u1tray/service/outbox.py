"""Messages on their way to the bus: the first of a turn of the loop at once, the others as one.

A service that works through many files says much about each; a write for each message would cost
it as much as the work. The order is kept, and nothing waits longer than until the turn's end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from dbus_fast import Message
from dbus_fast.aio import MessageBus

from u1tray.service.signals import SignalForm


class Outbox:
    """The messages of one connection that nobody waits for: signals and replies."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._waiting: list[bytes | bytearray] = []
        self._is_gathering = False
        self._last_sent: asyncio.Future[Any] | None = None

    def put(self, message: Message) -> None:
        """Send it. Raises ValueError, TypeError for a bad body."""
        message.serial = self._bus.next_serial()
        self._put(message._marshall(False))

    def put_signal(self, form: SignalForm, values: Sequence[Any]) -> None:
        """Send a signal; raises as `put`."""
        self._put(form.filled(values, self._bus.next_serial()))

    def _put(self, data: bytes | bytearray) -> None:
        self._waiting.append(data)
        if not self._is_gathering:
            self._is_gathering = True
            asyncio.get_running_loop().call_soon(self._end_turn)
            self.flush()

    def flush(self) -> None:
        """Send at once what waits."""
        waiting, self._waiting = self._waiting, []
        if not waiting or not self._bus.connected:
            return
        self._last_sent = self._bus.send(_Burst(b"".join(waiting)))  # type: ignore[arg-type]
        # A bus that breaks while sending is told by the connection, not by every message.
        self._last_sent.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def empty(self) -> None:
        """Wait until all of it is sent."""
        self.flush()
        if self._last_sent is not None:
            await asyncio.shield(self._last_sent)

    def _end_turn(self) -> None:
        self._is_gathering = False
        self.flush()


class _Burst:
    """Messages that are bytes already; to the writer of dbus_fast (5.2), a message."""

    serial = 1  # each in it has its own
    unix_fds = None

    def __init__(self, data: bytes) -> None:
        self._data = data

    def _marshall(self, _negotiates_descriptors: bool) -> bytes:
        return self._data

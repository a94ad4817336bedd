"""Keeps dbus_fast from taking a full socket for a broken one."""

from __future__ import annotations

import socket
from typing import Any


def make_patient(bus: Any) -> None:
    """Let a connected MessageBus of dbus_fast outlive bursts."""
    bus._writer.sock = PatientSocket(bus._writer.sock)


class PatientSocket:
    """A socket whose `send` writes nothing where it would have to wait.

    The writer of dbus_fast (5.2) sends without asking whether the socket takes more, and ends the
    connection at the EAGAIN of a burst. After a short count it waits until it may write again,
    which is right for none too.
    """

    def __init__(self, plain: socket.socket) -> None:
        self._plain = plain

    def send(self, data: memoryview) -> int:
        """How many bytes were taken; 0 when the socket is full."""
        try:
            return self._plain.send(data)
        except BlockingIOError:
            return 0

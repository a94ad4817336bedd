"""Signals as bytes: what all messages of one signal have in common is written once.

A service that works through many files sends several for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Any

from dbus_fast import Message
from dbus_fast._private.marshaller import Marshaller  # as in 5.2

from u1tray.service.interfaces import Signal

# Length of the body and serial, in a little-endian header (D-Bus specification, messages).
_SIZES = Struct("<II")
_SIZES_AT = 4
_LARGE_BYTES = 1 << 20  # from here on dbus_fast looks at its limits


class SignalForm:
    """The messages of one signal of an object."""

    def __init__(self, path: str, interface: str, signal: Signal) -> None:
        self._path = path
        self._interface = interface
        self._signal = signal
        self._head = bytearray()

    def filled(self, values: Sequence[Any], serial: int) -> bytes | bytearray:
        """One of them. Raises ValueError, TypeError for values of other types."""
        if not self._head:
            return self._first(values, serial)
        body = Marshaller(self._signal.signature, list(values)).marshall()
        if len(body) > _LARGE_BYTES:
            return self._whole(values, serial)
        _SIZES.pack_into(self._head, _SIZES_AT, len(body), serial)
        return self._head + body

    def _first(self, values: Sequence[Any], serial: int) -> bytes | bytearray:
        whole = self._whole(values, serial)
        length, _ = _SIZES.unpack_from(whole, _SIZES_AT)
        self._head = bytearray(whole[: len(whole) - length])
        return whole

    def _whole(self, values: Sequence[Any], serial: int) -> bytes | bytearray:
        signal = self._signal
        message = Message.new_signal(
            self._path, self._interface, signal.name, signal.signature, list(values)
        )
        message.serial = serial
        return message._marshall(False)

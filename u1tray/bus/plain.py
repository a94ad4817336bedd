"""Values of dbus-python as plain Python values, and texts that arrive as bytes (C7, T16, T30).

A variant is its content: dbus-python unwraps it, so a wrapped and an unwrapped value look equal.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import dbus


def _pairs(value: Any) -> dict[Any, Any]:
    return {plain(key): plain(item) for key, item in value.items()}


def _items(value: Any) -> list[Any]:
    return [plain(item) for item in value]


def _fields(value: Any) -> tuple[Any, ...]:
    return tuple(plain(item) for item in value)


_PLAIN: Mapping[type, Callable[[Any], Any]] = {
    dbus.String: str,
    dbus.ObjectPath: str,
    dbus.Signature: str,
    dbus.Boolean: bool,
    dbus.Byte: int,
    dbus.Int16: int,
    dbus.UInt16: int,
    dbus.Int32: int,
    dbus.UInt32: int,
    dbus.Int64: int,
    dbus.UInt64: int,
    dbus.Double: float,
    dbus.ByteArray: bytes,
    dbus.Dictionary: _pairs,
    dbus.Array: _items,
    dbus.Struct: _fields,
}


def plain(value: Any) -> Any:
    """The value as str, int, float, bool, bytes, dict, list or tuple, all the way down."""
    convert = _PLAIN.get(type(value))
    return value if convert is None else convert(value)


def text(value: object) -> str:
    """A text that may arrive as bytes (a file's name, T30), read as file names are."""
    return os.fsdecode(value) if isinstance(value, bytes) else str(value)

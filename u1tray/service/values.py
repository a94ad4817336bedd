"""Values of the wire that Python has no type for."""

from __future__ import annotations

from typing import Any

from dbus_fast import Variant

__all__ = ["Variant", "plain"]


def plain(value: Any) -> Any:
    """The value with every variant in it replaced by what it holds."""
    if isinstance(value, Variant):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(held) for key, held in value.items()}
    if isinstance(value, list):
        return [plain(held) for held in value]
    if isinstance(value, tuple):
        return tuple(plain(held) for held in value)
    return value

"""Booleans and numbers as the D-Bus contract writes them inside `a{ss}` (section 3.1)."""

from __future__ import annotations

_FALSE = frozenset({"", "False", "None"})


def truth(text: object) -> bool:
    """Whether a boolean text of the wire is true: all but `''`, `'False'` and `'None'` are."""
    return str(text) not in _FALSE


def flag(value: bool) -> str:
    """`'True'` or `''`: how a state, queue, share or folder dict writes a boolean."""
    return "True" if value else ""


def number(text: object) -> int | None:
    """The decimal number in a text, or None where there is none (T15)."""
    try:
        return int(str(text))
    except ValueError:
        return None

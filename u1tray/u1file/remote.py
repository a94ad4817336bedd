"""REMOTE on the command line, `Volume/path` or `~/Volume/path`, as the cloud's paths.

Text only: asks nobody whether such a thing exists (REST contract, 3).
"""

from __future__ import annotations

import os

from u1tray.rest.urls import encode_path
from u1tray.vocabulary.errors import UsageError

LONGEST_NAME_BYTES = 255


def resource_path(typed: str) -> str:
    """The path of a node such as `/~/Docs/a.txt`. Raises UsageError."""
    return "/" + volume_path(typed)


def volume_path(typed: str) -> str:
    """The path of a volume such as `~/Docs`. Raises UsageError."""
    names = [name for name in _below_home(typed).split("/") if name]
    if not names:
        text = f"{typed!r} names nothing in the cloud. Write for example Docs/letter.txt"
        raise UsageError(text, code="bad_name")
    for name in names:
        _check(typed, name)
    return "~/" + "/".join(names)


def join(path: str, name: str) -> str:
    """The path of a name in a directory. Raises UsageError for what cannot be a name."""
    if not name:
        text = f"A name is missing. Write for example {shown(path)}/letter.txt"
        raise UsageError(text, code="bad_name")
    _check(name, name)
    return f"{path.rstrip('/')}/{name}"


def shown(path: str) -> str:
    """A path of the cloud as people type it, such as `~/Docs/a.txt`, printable on one line."""
    return printable(path.removeprefix("/"))


def printable(text: str) -> str:
    """Text that cannot move a terminal's cursor: control characters as `\\n` or `\\x1b`."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def _below_home(typed: str) -> str:
    """What stands behind `~/`, also where the shell has put the home directory in its place."""
    for beginning in ("~/", "/~/", os.path.expanduser("~") + "/"):
        if typed.startswith(beginning):
            return typed[len(beginning) :]
    if typed.startswith("/"):
        text = f"{typed!r} is a path of this computer. In the cloud write Volume/path"
        raise UsageError(text, code="bad_name")
    return "" if typed == "~" else typed


def _check(typed: str, name: str) -> None:
    encode_path(name)  # says what is wrong with names that are no UTF-8
    if name in (".", "..") or "\0" in name or len(name.encode()) > LONGEST_NAME_BYTES:
        text = f"{printable(typed)!r} holds a name that the cloud cannot keep: {printable(name)!r}"
        raise UsageError(text, code="bad_name")

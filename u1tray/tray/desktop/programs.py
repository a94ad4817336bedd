"""Where our own programs are, and how their paths are written into desktop and service files.

Starts nothing.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from u1tray.vocabulary.errors import NotFoundError

INDICATOR = "u1tray"
SERVER = "u1server"
SYNCDAEMON = "u1tray-syncdaemon"
CREDENTIALS = "u1tray-credentials"


def program(name: str) -> Path:
    """The absolute path of one of our programs, of the installation that is running.

    First beside the command that was started, then beside the interpreter, then on PATH.
    Raises NotFoundError.
    """
    for directory in (_started_from(), Path(sys.executable).parent):
        if directory is not None and _runs(directory / name):
            return directory / name
    import shutil  # noqa: PLC0415 - heavy, and needed only off the beaten path

    found = shutil.which(name)
    if found is None:
        text = f"The program {name} is not installed beside u1tray: install u1tray again."
        raise NotFoundError(text)
    return Path(found).absolute()


def desktop_exec(words: list[str]) -> str:
    """The `Exec` value of a desktop entry (Desktop Entry Specification, 1.5: quoting, `%`)."""
    return " ".join(_desktop_word(word) for word in words)


def service_exec(words: list[str]) -> str:
    """The `Exec` value of a D-Bus activation file: split by shell rules (D-Bus specification)."""
    return " ".join(_service_word(word) for word in words)


def _started_from() -> Path | None:
    started = Path(sys.argv[0]) if sys.argv and sys.argv[0] else None
    if started is None or not started.name.startswith("u1"):
        return None
    return started.absolute().parent


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/+:@,=")


def _desktop_word(word: str) -> str:
    word = word.replace("%", "%%")
    if set(word) <= _SAFE | {"%"}:
        return word
    quoted = "".join("\\" + c if c in '"`$\\' else c for c in word)
    # The value is a string first: there a backslash is written twice.
    return '"' + quoted.replace("\\", "\\\\") + '"'


def _service_word(word: str) -> str:
    if word and set(word) <= _SAFE:
        return word
    return "'" + word.replace("'", "'\\''") + "'"

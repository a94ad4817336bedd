"""Changes the server key of copies of a data directory, each time dying at a later point.

A program of its own, because it kills its children. Arguments: the data directory, and where
the copies go. The last copy is the one whose change was not interrupted.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from u1tray.server.accounts import rotation
from u1tray.server.storage.directory import open_directory

_MAX_POINTS = 200


def main() -> None:
    data, copies = map(Path, sys.argv[1:])
    for number in range(1, _MAX_POINTS):
        copy = copies / f"{number:03}"
        shutil.copytree(data, copy)
        child = os.fork()
        if child == 0:
            rotate(copy, number)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(os.waitstatus_to_exitcode(status))
    sys.exit("too many points")


def rotate(directory: Path, dies_at: int) -> None:
    """Die before the step `dies_at` of all that the change does to disk and database."""
    database, _ = open_directory(directory, {}, create=False)
    seen = 0

    def step(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(audited(directory, step))
    for name in ("begin", "commit", "before_cursor_execute", "after_cursor_execute"):
        event.listen(Engine, name, step)
    rotation.rotate(directory, database, {})


def audited(directory: Path, step: Callable[[], None]) -> Callable[[str, tuple[Any, ...]], None]:
    """Calls `step` before a file of the directory is made, written, renamed or removed."""

    def hook(name: str, arguments: tuple[Any, ...]) -> None:
        is_ours = bool(arguments) and str(arguments[0]).startswith(str(directory))
        writes = name == "open" and is_ours and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if writes or (name in ("os.rename", "os.remove", "os.link") and is_ours):
            step()

    return hook


if __name__ == "__main__":
    main()

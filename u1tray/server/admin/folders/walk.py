"""A local tree, directory by directory, sorted; links are seen and never followed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from u1tray.server.admin.folders.report import Reason
from u1tray.server.files.paths import MAX_PATH_BYTES, name_fault
from u1tray.server.files.values import Names


@dataclass(frozen=True)
class LocalFile:
    """A regular file. `names` lead to it from the top of the tree."""

    names: Names
    path: str
    size: int


@dataclass(frozen=True)
class LocalDirectory:
    """A directory, before what is in it."""

    names: Names
    files: tuple[LocalFile, ...]


LeaveOut = Callable[[str, Reason], None]


def walk(top: Path, leave_out: LeaveOut) -> Iterator[LocalDirectory]:
    """Every directory with its files, parents first. What cannot be taken is told."""
    waiting: list[tuple[Names, str]] = [((), str(top))]
    while waiting:
        names, path = waiting.pop()
        try:
            with os.scandir(path) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:
            leave_out(path, Reason.UNREADABLE)
            continue
        files = []
        below = []
        for entry in entries:
            reason = _fault(names, entry)
            if reason is not None:
                leave_out(entry.path, reason)
            elif entry.is_dir(follow_symlinks=False):
                below.append(((*names, entry.name), entry.path))
            else:
                size = entry.stat(follow_symlinks=False).st_size
                files.append(LocalFile((*names, entry.name), entry.path, size))
        waiting.extend(reversed(below))
        yield LocalDirectory(names, tuple(files))


def _fault(names: Names, entry: os.DirEntry[str]) -> Reason | None:
    try:
        if entry.is_symlink():
            return Reason.SYMLINK
        if not (entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)):
            return Reason.SPECIAL
        entry.stat(follow_symlinks=False)
    except OSError:
        return Reason.UNREADABLE
    if name_fault(entry.name) is not None:
        return Reason.BAD_NAME
    length = sum(len(name.encode()) + 1 for name in (*names, entry.name))
    return Reason.PATH_TOO_LONG if length > MAX_PATH_BYTES else None

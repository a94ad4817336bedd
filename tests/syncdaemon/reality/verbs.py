"""What a person or a program does in a folder, as small steps that tables are made of."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

Step = Callable[[Path], object]


def each(*steps: Step) -> Step:
    """One after the other."""

    def run(folder: Path) -> None:
        for step in steps:
            step(folder)

    return run


def nothing(_folder: Path) -> None:
    """Leave everything as it is."""


def write(name: str, data: bytes) -> Step:
    """Write a file in place, with the directories above it."""

    def run(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)

    return run


def append(name: str, data: bytes) -> Step:
    """Add to a file."""

    def run(folder: Path) -> None:
        with (folder / name).open("ab") as file:
            file.write(data)

    return run


def make(name: str) -> Step:
    """Make a directory."""
    return lambda folder: (folder / name).mkdir(parents=True)


def move(name: str, target: str) -> Step:
    """Rename, also over what is there."""
    return lambda folder: (folder / name).rename(folder / target)


def remove(*names: str) -> Step:
    """Delete files, and directories with all in them."""

    def run(folder: Path) -> None:
        for name in names:
            path = folder / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    return run


def copy(name: str, target: str) -> Step:
    """Copy a file or a whole directory."""

    def run(folder: Path) -> None:
        if (folder / name).is_dir():
            shutil.copytree(folder / name, folder / target)
        else:
            shutil.copy(folder / name, folder / target)

    return run


def set_time(name: str, seconds: float) -> Step:
    """Give a file a time, in Unix seconds."""
    return lambda folder: os.utime(folder / name, (seconds, seconds))


def save_like_vim(name: str, data: bytes) -> Step:
    """The old file becomes a backup, a new one is written, the backup goes (backupcopy=no)."""
    backup = f"{name}~"
    return each(
        write("4913", b""), remove("4913"), move(name, backup), write(name, data), remove(backup)
    )


def save_like_gedit(name: str, data: bytes) -> Step:
    """GLib: a temporary file is renamed over the old one."""
    return each(write(".goutputstream-X4Y5Z6", data), move(".goutputstream-X4Y5Z6", name))


def save_like_office(name: str, data: bytes) -> Step:
    """LibreOffice: a lock, a temporary file, the old one put aside, the new one moved in."""
    lock = f".~lock.{name}#"
    return each(
        write(lock, b",ana,kiwi,;"),
        write("lu1234abcd.tmp", data),
        move(name, "lu1234efgh.tmp"),
        move("lu1234abcd.tmp", name),
        remove("lu1234efgh.tmp", lock),
    )


def save_in_place(name: str, data: bytes) -> Step:
    """Nano, Windows programs: truncated and written bit by bit."""

    def run(folder: Path) -> None:
        with (folder / name).open("wb") as file:
            for start in range(0, len(data), 3):
                file.write(data[start : start + 3])
                file.flush()

    return run

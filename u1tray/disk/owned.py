"""Files that only their owner may read, opened without ever following a link."""

from __future__ import annotations

import os
import stat
from pathlib import Path

LARGEST_BYTES = 64 * 1024


class NotOwnedError(Exception):
    """The file is a link, belongs to somebody else, or others may read it. The text says which."""


def read_owned(path: Path) -> bytes:
    """The content of a regular file of ours that nobody else may read.

    Raises FileNotFoundError, NotOwnedError, or another OSError.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        if path.is_symlink():
            text = f"{path} is a link"
            raise NotOwnedError(text) from None
        raise
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            text = f"{path} is not a regular file"
            raise NotOwnedError(text)
        if found.st_uid != os.geteuid():
            text = f"{path} belongs to another user"
            raise NotOwnedError(text)
        if found.st_mode & 0o077:
            text = f"others may read {path}: run chmod 600 {path}"
            raise NotOwnedError(text)
        return file.read(LARGEST_BYTES + 1)[:LARGEST_BYTES]


def make_owned_directory(path: Path) -> None:
    """Make the directory, open to its owner only. Raises NotOwnedError or OSError."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    check_owned_directory(path)
    path.chmod(0o700)


def check_owned_directory(path: Path) -> None:
    """Raise NotOwnedError for a link or for a directory of somebody else."""
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        text = f"{path} is a link or a file, not a directory"
        raise NotOwnedError(text)
    if found.st_uid != os.geteuid():
        text = f"{path} belongs to another user"
        raise NotOwnedError(text)

"""Small files, replaced in one step: a crash leaves the old one or the new one, never half.

Must not know what the files mean.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

OWNER_ONLY = 0o600
READABLE = 0o644
PRIVATE_DIRECTORY = 0o700
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_atomically(path: Path, data: bytes, mode: int = READABLE) -> None:
    """Write beside, fsync, rename, fsync the folder. The folder must exist. Raises OSError.

    `mode` is the file's mode whatever the umask and whatever an older file had. A link at
    `path` is replaced, not followed.
    """
    # Known before it is there: whatever is raised in between, it is taken away.
    beside = path.parent / f".{path.name}.{os.urandom(8).hex()}"
    try:
        with os.fdopen(os.open(beside, _NEW, OWNER_ONLY), "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise
    sync_directory(path.parent)


def write_text(path: Path, text: str, mode: int = READABLE) -> None:
    """The same with a text; missing directories are made. Raises OSError.

    A link is followed, so that a person who keeps the configuration elsewhere keeps the link.
    """
    target = Path(os.path.realpath(path))
    make_directory(target.parent)
    write_atomically(target, text.encode(), mode)


def remove(path: Path) -> bool:
    """Remove a file; False when there was none. Raises OSError."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    sync_directory(path.parent)
    return True


def make_directory(path: Path) -> None:
    """Make a directory and those above it. New ones are private, as XDG asks. Raises OSError."""
    missing = []
    place = path
    while not place.exists():
        missing.append(place)
        place = place.parent
    for directory in reversed(missing):
        directory.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)


def sync_directory(path: Path) -> None:
    """Put a directory's entries on stable storage. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

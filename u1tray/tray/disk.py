"""How the tray's programs write small files: old or new content, never half of it.

Must not know what the files mean.
"""

from __future__ import annotations

import os
from pathlib import Path

from u1tray.rest.files import write_atomically

OWNER_ONLY = 0o600
READABLE = 0o644
PRIVATE_DIRECTORY = 0o700


def write_text(path: Path, text: str, mode: int = READABLE) -> None:
    """Replace a file's content in one step; missing directories are made. Raises OSError.

    `mode` is the file's mode whatever the umask and whatever an older file had. A link is
    followed, so that a person who keeps the configuration elsewhere keeps the link.
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
    """Put a directory's entries on stable storage."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

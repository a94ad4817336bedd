"""Temporary files beside the places where new contents will be: their names, and who has them.

One that holds the beginning of a content has a name by its hash, so that another run finds it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import tempfile
import threading
from pathlib import Path

from u1tray.u1file.remote import printable
from u1tray.u1file.words import ON_DISK, on_disk
from u1tray.vocabulary.errors import ConflictError

PART_SUFFIX = ".u1part"
_PREFIX = ".u1file-"
_HASH_CHARACTERS = 16
_LONGEST_STEM_BYTES = 200  # of the 255 that a name may have
_OPENS = 5  # how often another process may take a part away under us


class Temporaries:
    """The temporary files there are now, for whoever must take them away. For all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: set[str] = set()
        self._mark = secrets.token_hex(8)
        self._count = 0

    def add(self, place: str) -> None:
        """One more."""
        with self._lock:
            self._places.add(place)

    def name_beside(self, path: str) -> str:
        """The place of a new one in the folder of `path`, which counts from now on."""
        folder = path.rpartition("/")[0]
        with self._lock:
            self._count += 1
            name = f"{_PREFIX}{self._mark}{self._count}"
            place = f"{folder}/{name}" if "/" in path else name
            self._places.add(place)
        return place

    def discard(self, place: str) -> None:
        """It is gone, or is no temporary one any more."""
        with self._lock:
            self._places.discard(place)

    def remove_all(self) -> None:
        """Remove them from the disk."""
        with self._lock:
            for place in self._places:
                with contextlib.suppress(OSError):
                    os.unlink(place)


def fresh(path: Path) -> tuple[str, int]:
    """A new, open one beside `path`: its place and its descriptor."""
    with on_disk(path.parent):
        descriptor, beside = tempfile.mkstemp(prefix=_PREFIX, dir=path.parent)
    return beside, descriptor


def part(path: Path, sha1: str) -> tuple[str, int]:
    """The open part of the content with this hash, ours alone; its place and its descriptor.

    Parts of other contents of the same file are taken away. Raises ConflictError where another
    program writes to it.
    """
    stem = os.fsdecode(os.fsencode(path.name)[:_LONGEST_STEM_BYTES])
    digest = sha1.partition(":")[2][:_HASH_CHARACTERS]
    beside = str(path.parent / f".{stem}.{digest}{PART_SUFFIX}")
    with on_disk(path.parent):
        for _ in range(_OPENS):
            descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            if _is_ours(descriptor, beside):
                _remove_others(path.parent, f".{stem}.", beside)
                return beside, descriptor
            os.close(descriptor)
    text = f"Conflict: {printable(str(path))} is written by another program. Try again later."
    raise ConflictError(text, code=ON_DISK)


def _is_ours(descriptor: int, beside: str) -> bool:
    """Whether nobody else writes to it, and it is still there."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.stat(beside).st_ino == os.fstat(descriptor).st_ino
    except (BlockingIOError, FileNotFoundError):
        return False


def _remove_others(directory: Path, prefix: str, own: str) -> None:
    with os.scandir(directory) as found:
        for entry in found:
            middle = entry.name.removeprefix(prefix).removesuffix(PART_SUFFIX)
            if f"{prefix}{middle}{PART_SUFFIX}" != entry.name or entry.path == own:
                continue
            if len(middle) != _HASH_CHARACTERS:
                continue
            descriptor = os.open(entry.path, os.O_RDWR | os.O_NOFOLLOW)
            try:
                if _is_ours(descriptor, entry.path):
                    os.unlink(entry.path)
            finally:
                os.close(descriptor)

"""Temporary files beside the places where new contents will be: their names, and who has them.

One that holds the beginning of a content has a name by its hash, so that another run finds it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from u1tray.terminal.boundary import cleaned
from u1tray.u1file.remote import printable
from u1tray.u1file.words import ON_DISK, on_disk
from u1tray.vocabulary.errors import ConflictError

PART_SUFFIX = ".u1part"
_PREFIX = ".u1file-"
_HASH_CHARACTERS = 16
_LONGEST_STEM_BYTES = 200  # of the 255 that a name may have
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PART = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_OPENS = 5  # how often another process may take a part away under us
LOCK_LIMIT_SECONDS = 1.0


class EndedError(Exception):
    """Raised in threads that are too late: everything was taken away."""


class Temporaries:
    """The temporary files there are now, for whoever must take them away. For all threads.

    Each is noted before it is made, and none is made once all were removed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: set[str] = set()
        self._mark = os.urandom(8).hex()
        self._count = 0
        self._is_over = False

    def fresh(self, path: str, mode: int) -> tuple[str, int]:
        """A new, open one in the folder of `path`: its place and its descriptor."""
        with self._lock:
            self._check()
            self._count += 1
            folder, slash, _name = path.rpartition("/")
            place = f"{folder}{slash}{_PREFIX}{self._mark}{self._count}"
            self._places.add(place)
            try:
                return place, os.open(place, _NEW, mode)
            except OSError:
                self._places.remove(place)
                raise

    def part(self, path: Path, sha1: str) -> tuple[str, int]:
        """The open part of the content with this hash, ours alone; as `fresh`.

        Parts of other contents of the same file are taken away. Raises ConflictError where
        another program writes to it.
        """
        stem = os.fsdecode(os.fsencode(path.name)[:_LONGEST_STEM_BYTES])
        digest = sha1.partition(":")[2][:_HASH_CHARACTERS]
        beside = str(path.parent / f".{stem}.{digest}{PART_SUFFIX}")
        with on_disk(path.parent):
            for _ in range(_OPENS):
                descriptor = self._opened(beside)
                if _is_ours(descriptor, beside):
                    self._add(beside)
                    _remove_others(path.parent, f".{stem}.", beside)
                    return beside, descriptor
                os.close(descriptor)
                self.discard(beside)
        text = f"Conflict: {printable(str(path))} is written by another program. Try again later."
        raise ConflictError(text, code=ON_DISK)

    def discard(self, place: str) -> None:
        """It is gone, or is no temporary one any more."""
        with self._lock:
            self._places.discard(place)

    def remove_all(self) -> None:
        """Remove them from the disk; there will be none any more. Does not wait for long."""
        has_lock = self._lock.acquire(timeout=LOCK_LIMIT_SECONDS)
        self._is_over = True
        for place in tuple(self._places):
            with contextlib.suppress(OSError):
                os.unlink(place)
        if has_lock:
            self._lock.release()

    def _opened(self, place: str) -> int:
        """A part that was not there is noted before it is: nobody else can have it."""
        if os.path.lexists(place):
            return os.open(place, _PART)
        with self._lock:
            self._check()
            self._places.add(place)
            return os.open(place, _PART)

    def _add(self, place: str) -> None:
        with self._lock:
            self._check()
            self._places.add(place)

    def _check(self) -> None:
        if self._is_over:
            raise EndedError


@contextlib.contextmanager
def temporary_files() -> Iterator[Temporaries]:
    """Those of the running verb; none is left, however it ends."""
    made = Temporaries()
    with cleaned(made.remove_all):
        yield made


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

"""Bytes on their way from a file of this computer to the cloud, read as often as needed.

Knows nothing of the cloud. Errors of the disk leave here as our families.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from u1tray.rest.blocking.uploads import AbandonedError
from u1tray.rest.uploads import RESUMABLE_ABOVE_BYTES
from u1tray.u1file.hashing import Beside, Digest
from u1tray.u1file.moves import Moves
from u1tray.u1file.remote import printable
from u1tray.u1file.words import ON_DISK, on_disk
from u1tray.vocabulary.errors import ConflictError

# Above it a thread hashes what is sent, and the sender does not.
BESIDE_ABOVE_BYTES = RESUMABLE_ABOVE_BYTES

_PART_BYTES = 256 * 1024  # the first
_SMALLEST_PART_BYTES = 64 * 1024
_LARGEST_PART_BYTES = 1024 * 1024
_SHORT_SECONDS = 0.05  # of one part on its way
_LONG_SECONDS = 0.2


class Source:
    """An open regular file on its way to the cloud; `size` is what it was when opened.

    A part is only there until the next one.
    """

    def __init__(self, path: Path, file: FileIO, moves: Moves) -> None:
        self._path = path
        self._file = file
        self._moves = moves
        self._digest = Digest()  # of what `parts` gave last
        self._hash = ""  # of all of it, once it is known otherwise
        self._beside: Beside | None = None
        found = os.fstat(file.fileno())
        self._before = identity(found)
        self._state = found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns
        self._lock = threading.Lock()
        self._is_abandoned = False
        self._is_closed = False
        self.size = found.st_size
        self.begun = threading.Event()  # the first part was given
        self.given = 0  # bytes of all parts, also of those that were given again

    def close(self) -> None:
        """Leave the file alone: other threads that come for it now get a ConflictError."""
        with self._lock:
            self._is_closed = True
        if self._beside is not None:
            self._beside.stop()

    def parts(self) -> Iterator[memoryview]:
        """All of it, from the start. Raises ConflictError when somebody writes to it meanwhile.

        That is before the last part is given, so that no mixture is stored.
        """
        self._digest = Digest()
        self._moves.start(self.size)
        self._check_empty()
        for part in self._read():
            if self.size <= BESIDE_ABOVE_BYTES and not self._hash:
                self._digest.update(part)
            yield part
            self._moves.advance(len(part))

    def parts_from(self, offset: int) -> Iterator[memoryview]:
        """What comes behind an offset. Raises ConflictError as `parts` does."""
        self._moves.start(self.size, offset)
        for part in self._read(offset):
            is_last = offset + len(part) == self.size
            if is_last:  # nobody may come for a part behind it
                self._moves.advance(len(part))
            yield part
            offset += len(part)
            if not is_last:
                self._moves.advance(len(part))

    def abandon(self) -> None:
        """Raise AbandonedError where more is wanted. For another thread."""
        self._is_abandoned = True

    def hash_beside(self, *, with_magic: bool = False) -> None:
        """Begin to hash it in a thread, once."""
        with self._lock:
            self._check_open()
            if self._beside is None:
                self._beside = Beside(self._file.fileno(), Digest(with_magic=with_magic))
                self._beside.reach(self.size)

    def sent_hash(self) -> str:
        """The hash of what was given last, or of all of it where that is known.

        Waits for it. Raises ConflictError when somebody wrote to the file meanwhile.
        """
        if self._hash:
            return self._hash
        if self.size <= BESIDE_ABOVE_BYTES:
            return self._digest.sha1
        self.hash_beside()
        return self.hashed_beside().sha1

    def hashed_beside(self) -> Digest:
        """What `hash_beside` began, once it is there. Raises ConflictError as `sent_hash`."""
        assert self._beside is not None
        with on_disk(self._path):
            done = self._beside.wait()
        if done != self.size:
            raise self._changed()
        self.check_unchanged()
        return self._beside.digest

    def hashes(self) -> tuple[str, str]:
        """The content hash and the magic hash (REST contract, 3)."""
        digest = Digest(with_magic=True)
        for part in self._read():
            digest.update(part)
        self._hash = digest.sha1
        return digest.sha1, digest.magic

    @property
    def state(self) -> tuple[int, ...]:
        """What another content of the same path does not share, even of this size and time."""
        return self._state

    def check_unchanged(self) -> None:
        """Raises ConflictError when somebody wrote to it since it was opened."""
        with self._lock, on_disk(self._path):
            self._check_open()
            if identity(os.fstat(self._file.fileno())) != self._before:
                raise self._changed()

    def _read(self, offset: int = 0) -> Iterator[memoryview]:
        view = memoryview(bytearray(min(_LARGEST_PART_BYTES, self.size - offset)))
        length = _PART_BYTES
        while offset < self.size:
            with on_disk(self._path):
                count = os.preadv(self._file.fileno(), [view[:length]], offset)
            if not count:
                raise self._changed()
            count = min(count, self.size - offset)  # it may have grown
            offset += count
            if offset == self.size:
                self.check_unchanged()
            begun = time.monotonic()
            self.begun.set()
            yield view[:count]
            self.given += count
            if self._is_abandoned:
                raise AbandonedError
            length = _next_length(length, time.monotonic() - begun)

    def _check_empty(self) -> None:
        """Some special files say that they are empty, and are not."""
        if not self.size:
            with on_disk(self._path):
                if os.pread(self._file.fileno(), 1, 0):
                    raise self._changed()

    def _check_open(self) -> None:
        if self._is_closed:
            text = f"{printable(str(self._path))} is not read any more."
            raise ConflictError(text, code=ON_DISK)

    def _changed(self) -> ConflictError:
        text = f"Conflict: {printable(str(self._path))} changed while it was read. Put it again."
        return ConflictError(text, code=ON_DISK)


def _next_length(length: int, seconds: float) -> int:
    """Large parts cost less, but progress is told after each."""
    if seconds < _SHORT_SECONDS:
        return min(2 * length, _LARGEST_PART_BYTES)
    return max(length // 2, _SMALLEST_PART_BYTES) if seconds > _LONG_SECONDS else length


def identity(found: os.stat_result) -> tuple[int, ...]:
    """What tells one state of a file from another."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns

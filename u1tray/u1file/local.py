"""Files of this computer: read from the start as often as needed, written whole or not at all.

Knows nothing of the cloud. Errors of the disk leave here as our families.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import Protocol

from u1tray.u1file.remote import printable
from u1tray.u1file.words import ON_DISK, on_disk
from u1tray.vocabulary.errors import ConflictError, UsageError

_PART_BYTES = 256 * 1024
_MAGIC_PREFIX = b"Ubuntu One"

Advance = Callable[[int], None]


class Moves(Protocol):
    """Whoever is told how far a transfer is."""

    def start(self, total: int) -> None:
        """It begins, or begins again, with so many bytes."""

    def advance(self, count: int) -> None:
        """So many more bytes have gone."""


class Source:
    """An open regular file on its way to the cloud; `size` is what it was when opened."""

    def __init__(self, path: Path, file: FileIO, start: Callable[[int], None], advance: Advance):
        self._path = path
        self._file = file
        self._start = start
        self._advance = advance
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._hash = ""  # of all of it, once it was asked for
        self._before = identity(os.fstat(file.fileno()))
        self.size = os.fstat(file.fileno()).st_size

    def parts(self) -> Iterator[bytes]:
        """All of it, from the start. Raises ConflictError when it became shorter meanwhile."""
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._hash = ""
        self._start(self.size)
        for part in self._read():
            self._sha1.update(part)
            yield part
            self._advance(len(part))

    def parts_from(self, offset: int) -> Iterator[bytes]:
        """What comes behind an offset; `sent_hash` stays. Raises ConflictError as `parts` does."""
        self._start(self.size)
        self._advance(offset)
        for part in self._read(offset):
            self._advance(len(part))  # nobody may come for a part behind the last
            yield part

    def take_hash(self, sha1: str) -> None:
        """Trust a hash that was computed when the file was as it is now."""
        self._hash = sha1

    def sent_hash(self) -> str:
        """The hash of what `parts` gave last; before that the one `hashes` gave."""
        return self._hash or f"sha1:{self._sha1.hexdigest()}"

    def hashes(self) -> tuple[str, str]:
        """The content hash and the magic hash (REST contract, 3)."""
        sha1 = hashlib.sha1(usedforsecurity=False)
        magic = hashlib.sha1(_MAGIC_PREFIX, usedforsecurity=False)
        for part in self._read():
            sha1.update(part)
            magic.update(part)
        self._hash = f"sha1:{sha1.hexdigest()}"
        return self._hash, f"magic_hash:{magic.hexdigest()}"

    @property
    def mtime_ns(self) -> int:
        """When it was written last, when opened."""
        return self._before[-1]

    def check_unchanged(self) -> None:
        """Raises ConflictError when somebody wrote to it since it was opened."""
        with on_disk(self._path):
            if identity(os.fstat(self._file.fileno())) != self._before:
                raise self._changed()

    def _read(self, offset: int = 0) -> Iterator[bytes]:
        left = self.size - offset
        with on_disk(self._path):
            self._file.seek(offset)
        while left:
            with on_disk(self._path):
                part = self._file.read(min(_PART_BYTES, left))
            if not part:
                raise self._changed()
            left -= len(part)
            yield part

    def _changed(self) -> ConflictError:
        text = f"Conflict: {printable(str(self._path))} changed while it was read. Put it again."
        return ConflictError(text, code=ON_DISK)


@contextlib.contextmanager
def source(path: Path, start: Callable[[int], None], advance: Advance) -> Iterator[Source]:
    """A regular file to read. Raises UsageError for anything else, and what the disk says."""
    with contextlib.ExitStack() as stack:
        with on_disk(path):
            file = stack.enter_context(open(path, "rb", buffering=0, opener=_without_waiting))
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            text = f"{printable(str(path))} is not a file. Only files can be put."
            raise UsageError(text)
        yield Source(path, file, start, advance)


@contextlib.contextmanager
def piped(start: Callable[[int], None], advance: Advance) -> Iterator[Source]:
    """Standard input to its end, kept on the disk so that it can be read again."""
    with scratch() as file:
        place = Path("standard input")
        with on_disk(place):
            shutil.copyfileobj(sys.stdin.buffer, file, _PART_BYTES)
        yield Source(place, file, start, advance)


@contextlib.contextmanager
def scratch() -> Iterator[FileIO]:
    """An empty, unbuffered file that nobody else sees and that is gone afterwards."""
    with contextlib.ExitStack() as stack:
        with on_disk(tempfile.gettempdir()):
            file = stack.enter_context(tempfile.TemporaryFile(buffering=0))
        yield file


def _without_waiting(path: str, flags: int) -> int:
    """Opened without waiting for the other end of a pipe."""
    return os.open(path, flags | os.O_NONBLOCK)


class Sink:
    """Bytes on their way into an open, unbuffered file, counted and hashed.

    `changed_at` (Unix seconds) becomes its modification time.
    """

    def __init__(self, path: Path, file: FileIO, advance: Advance) -> None:
        self._path = path
        self._file = file
        self._advance = advance
        self.changed_at: float | None = None
        self._reset()

    def restart(self) -> Callable[[bytes], None]:
        """Forget what came; what takes the parts from now on."""
        self._reset()
        with on_disk(self._path):
            self._file.seek(0)
            self._file.truncate()
        return self._write

    def _reset(self) -> None:
        """Count and hash from the beginning."""
        self.size = 0
        self._sha1 = hashlib.sha1(usedforsecurity=False)

    def take_up(self) -> None:
        """Count and hash what is in the file already, to go on behind it."""
        self._reset()
        with on_disk(self._path):
            self._file.seek(0)
            while part := self._file.read(_PART_BYTES):
                self._sha1.update(part)
                self.size += len(part)

    def at(self, offset: int) -> Callable[[bytes], None]:
        """What takes the parts from an offset on: where it ends now, or else from the start."""
        return self._write if offset and offset == self.size else self.restart()

    def skip(self, count: int) -> None:
        """Tell of bytes that were there before."""
        self._advance(count)

    @property
    def hash(self) -> str:
        """The content hash of what came."""
        return f"sha1:{self._sha1.hexdigest()}"

    def _write(self, part: bytes) -> None:
        rest = memoryview(part)
        with on_disk(self._path):
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
        self._sha1.update(part)
        self.size += len(part)
        self._advance(len(part))


def identity(found: os.stat_result) -> tuple[int, ...]:
    """What tells one state of a file from another."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns

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

from u1tray.u1file.remote import printable
from u1tray.u1file.words import ON_DISK, on_disk
from u1tray.vocabulary.errors import ConflictError, UsageError

_PART_BYTES = 256 * 1024
_MAGIC_PREFIX = b"Ubuntu One"

Advance = Callable[[int], None]


class Source:
    """An open regular file on its way to the cloud; `size` is what it was when opened."""

    def __init__(self, path: Path, file: FileIO, start: Callable[[int], None], advance: Advance):
        self._path = path
        self._file = file
        self._start = start
        self._advance = advance
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._hash = ""  # of all of it, once it was asked for
        self._before = _identity(os.fstat(file.fileno()))
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

    def check_unchanged(self) -> None:
        """Raises ConflictError when somebody wrote to it since it was opened."""
        with on_disk(self._path):
            if _identity(os.fstat(self._file.fileno())) != self._before:
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
        self.restart()

    def restart(self) -> Callable[[bytes], None]:
        """Forget what came; what takes the parts from now on."""
        self.size = 0
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        with on_disk(self._path):
            self._file.seek(0)
            self._file.truncate()
        return self._write

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


@contextlib.contextmanager
def replacement(path: Path, advance: Advance, *, force: bool) -> Iterator[Sink]:
    """A sink beside `path` that takes its place at the end, or leaves no trace.

    Raises ConflictError when what is at `path` changed meanwhile, unless `force`.
    """
    path = Path(os.path.realpath(path))
    mode, before = _present(path)
    with on_disk(path.parent):
        descriptor, name = tempfile.mkstemp(prefix=".u1file-", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            sink = Sink(path, file, advance)
            yield sink
            with on_disk(path):
                os.fchmod(descriptor, mode)
                if sink.changed_at is not None:
                    os.utime(descriptor, (sink.changed_at, sink.changed_at))
                os.fsync(descriptor)
        if not force and _present(path)[1] != before:
            name = printable(str(path))
            text = f"Conflict: {name} changed meanwhile. Look at it, or replace it by --force."
            raise ConflictError(text, code=ON_DISK)
        with on_disk(path):
            os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()
        raise
    _sync_directory(path.parent)


def _present(path: Path) -> tuple[int, tuple[int, ...] | None]:
    """The mode a file at `path` should have, and what tells its state from another."""
    with on_disk(path):
        try:
            found = path.stat()
        except FileNotFoundError:
            umask = os.umask(0o077)
            os.umask(umask)
            return 0o666 & ~umask, None
    if not stat.S_ISREG(found.st_mode):
        text = f"{printable(str(path))} is not a file and cannot be replaced by one."
        raise UsageError(text)
    return found.st_mode & 0o777, _identity(found)


def _identity(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _sync_directory(path: Path) -> None:
    with on_disk(path):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

"""New content beside a file of this computer, until it takes its place whole or is taken away.

Knows nothing of the cloud but a content's hash. Errors of the disk leave here as our families.
"""

from __future__ import annotations

import contextlib
import functools
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from u1tray.u1file.moves import Moves
from u1tray.u1file.remote import printable
from u1tray.u1file.sink import Sink
from u1tray.u1file.source import identity
from u1tray.u1file.temporaries import Temporaries
from u1tray.u1file.words import ON_DISK, on_disk
from u1tray.vocabulary.errors import (
    BusyError,
    ConflictError,
    OfflineError,
    ServerError,
    UsageError,
)

# After these the same command may go on with what has come.
_PASSING = (OfflineError, BusyError, ServerError)


@contextlib.contextmanager
def replacement(
    path: Path,
    moves: Moves,
    *,
    force: bool,
    sha1: str = "",
    temporaries: Temporaries,
    is_synced: bool = True,
) -> Iterator[Sink]:
    """A sink beside `path` that takes its place at the end, or leaves no trace.

    With `sha1` of what is to come (`sha1:...`) the sink may hold the beginning of it already, and
    after an error that passes it is left for the next time. `is_synced`: on stable storage at the
    end. Raises ConflictError when what is at `path` changed meanwhile, unless `force`.
    """
    with on_disk(path):
        if path.is_symlink():
            path = Path(os.path.realpath(path))
    mode, before = _present(path)
    if sha1:
        beside, descriptor = temporaries.part(path, sha1)
    else:
        with on_disk(path.parent):
            beside, descriptor = temporaries.fresh(str(path), 0o600)
    try:
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            with contextlib.closing(Sink(path, file, moves)) as sink:
                yield sink
            with on_disk(path):
                os.fchmod(descriptor, mode)
                if sink.changed_at is not None:
                    os.utime(descriptor, (sink.changed_at, sink.changed_at))
                if is_synced:
                    os.fsync(descriptor)
            if not force and _present(path)[1] != before:
                raise _changed(str(path))
            with on_disk(path):
                os.replace(beside, path)
    except BaseException as error:
        if not (sha1 and isinstance(error, _PASSING)):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(beside)
        raise
    finally:
        temporaries.discard(beside)
    if is_synced:
        _sync_directory(path.parent)


@dataclass(frozen=True)
class Before:
    """What is at a place before something small is put there; no `state` for nothing."""

    mode: int = 0
    state: tuple[int, ...] | None = None


def look(path: str) -> Before | None:
    """What is there; None for what `replacement` must judge, such as a link or a folder."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return Before()
    except OSError:
        return None
    return Before(found.st_mode & 0o777, identity(found)) if stat.S_ISREG(found.st_mode) else None


def place(
    path: str,
    data: bytes,
    changed_at: float | None,
    before: Before,
    *,
    force: bool,
    temporaries: Temporaries,
) -> None:
    """Put a small content at a place, whole or not at all; on stable storage only later.

    Raises ConflictError when what is there is not what was `before`, unless `force`.
    """
    is_new = before.state is None
    with on_disk(path):
        # As other programs make theirs; what replaces a file gets that one's mode.
        beside, descriptor = temporaries.fresh(path, 0o666 if is_new else 0o600)
    try:
        with on_disk(path):
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                if not is_new:
                    os.fchmod(descriptor, before.mode)
                if changed_at is not None:
                    os.utime(descriptor, (changed_at, changed_at))
            finally:
                os.close(descriptor)
        if not force and look(path) != before:
            raise _changed(path)
        with on_disk(path):
            os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
    finally:
        temporaries.discard(beside)


def sync_all_of(path: str) -> None:
    """Put everything of the file system that holds `path` on stable storage."""
    import ctypes  # noqa: PLC0415 - Python has no syncfs(2) of its own

    with on_disk(path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            library = ctypes.CDLL(None, use_errno=True)
            if library.syncfs(descriptor) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number))
        finally:
            os.close(descriptor)


def _changed(path: str) -> ConflictError:
    name = printable(path)
    text = f"Conflict: {name} changed meanwhile. Look at it, or replace it by --force."
    return ConflictError(text, code=ON_DISK)


@functools.cache
def new_mode() -> int:
    """The mode of a new file. Asked first while there is one thread: the umask is the process's."""
    umask = os.umask(0o077)
    os.umask(umask)
    return 0o666 & ~umask


def _present(path: Path) -> tuple[int, tuple[int, ...] | None]:
    """The mode a file at `path` should have, and what tells its state from another."""
    with on_disk(path):
        try:
            found = path.stat()
        except FileNotFoundError:
            return new_mode(), None
    if not stat.S_ISREG(found.st_mode):
        text = f"{printable(str(path))} is not a file and cannot be replaced by one."
        raise UsageError(text)
    return found.st_mode & 0o777, identity(found)


def _sync_directory(path: Path) -> None:
    with on_disk(path):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

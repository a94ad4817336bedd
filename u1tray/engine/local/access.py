"""Ways into a folder through descriptors: no symbolic link is ever followed below its root.

The root itself is opened anew each time, so that nothing keeps its disk from being unmounted;
another directory in its place is not the folder.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat as modes
from collections.abc import Iterator
from pathlib import Path

from u1tray.engine.core.values import Kind
from u1tray.engine.ports import Changed, DiskError, Names, Stat

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_BELOW = DIRECTORY | os.O_NOFOLLOW
# A pipe that took a file's place must not block, and a terminal not become ours.
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY

NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ESTALE})
_FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is full",
}
_SENTENCES = {
    **_FULL,
    errno.EACCES: "you have no right to do that here",
    errno.EPERM: "that is not permitted here",
    errno.EROFS: "the disk is read-only",
    errno.ENAMETOOLONG: "the name is too long for this disk",
    errno.EINVAL: "this disk cannot hold that name",
    errno.EILSEQ: "this disk cannot hold that name",
    errno.EIO: "the disk is broken or was removed",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open on this machine",
    errno.EFBIG: "the file is too large for this disk",
    errno.EBUSY: "another program is using it",
    errno.ETXTBSY: "it is being run",
    errno.ETIMEDOUT: "the disk does not answer",
}


def disk_error(error: OSError, names: Names) -> DiskError:
    """An error of the disk as a sentence."""
    reason = _SENTENCES.get(error.errno or 0) or error.strerror or "the disk failed"
    shown = "/".join(names) or "the folder"
    text = f"{shown}: {reason}".encode(errors="replace").decode()
    return DiskError(text, names, is_full=error.errno in _FULL)


def encoded(name: str) -> bytes:
    """A name as the disk has it, whatever the locale says.

    Raises FileNotFoundError where no disk can have it: what gave way during a scan is called so.
    """
    if "\0" in name:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return name.encode("utf-8", "surrogateescape")


def decoded(name: bytes) -> str:
    """A name of the disk; what is not UTF-8 is kept as lone surrogates."""
    return name.decode("utf-8", "surrogateescape")


def seen(found: os.stat_result) -> Stat | None:
    """What can be synced; None for everything else.

    A folder is on one file system, whose device number changes when disks are found in another
    order: it is left out. A directory's times say nothing about what it is.
    """
    if modes.S_ISREG(found.st_mode):
        return Stat(Kind.FILE, 0, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    if modes.S_ISDIR(found.st_mode):
        return Stat(Kind.DIRECTORY, 0, found.st_ino)
    return None


def has_same_bytes(one: Stat | None, other: Stat | None) -> bool:
    """Whether two stats are of the same unchanged file: renames and links change `ctime_ns`."""
    if one is None or other is None:
        return one is other
    return (one.kind, one.inode, one.size, one.mtime_ns) == (
        other.kind,
        other.inode,
        other.size,
        other.mtime_ns,
    )


class Root:
    """The directory of a volume on disk."""

    def __init__(self, path: Path) -> None:
        """The first directory seen at `path` is the folder, until this object goes."""
        self.path = path
        self._identity: tuple[int, int] | None = None

    @contextlib.contextmanager
    def directory(self, names: Names) -> Iterator[int]:
        """A descriptor of a directory. Raises OSError, of NOT_THERE where none is."""
        descriptor = os.open(self.path, DIRECTORY)
        try:
            device = self._recognise(os.fstat(descriptor))
            with below(descriptor, names) as found:
                if names and os.fstat(found).st_dev != device:
                    raise NotADirectoryError(errno.ENOTDIR, "another file system")
                yield found
        finally:
            os.close(descriptor)

    def _recognise(self, found: os.stat_result) -> int:
        identity = (found.st_dev, found.st_ino)
        if self._identity is None:
            self._identity = identity
        if identity != self._identity:
            raise FileNotFoundError(errno.ENOENT, "another directory is in its place")
        return found.st_dev


@contextlib.contextmanager
def below(directory: int, names: Names) -> Iterator[int]:
    """A descriptor of a directory below an open one. Raises OSError."""
    found = directory
    try:
        for name in names:
            nearer = os.open(encoded(name), _BELOW, dir_fd=found)
            if found != directory:
                os.close(found)
            found = nearer
        yield found
    finally:
        if found != directory:
            os.close(found)


def look_at(directory: int, name: str) -> Stat | None:
    """How something in a directory is seen; None where nothing that can be synced is."""
    try:
        return seen(os.stat(encoded(name), dir_fd=directory, follow_symlinks=False))
    except OSError as error:
        if error.errno in NOT_THERE:
            return None
        raise


def is_taken(directory: int, name: str) -> bool:
    """Whether anything at all has a name."""
    try:
        os.stat(encoded(name), dir_fd=directory, follow_symlinks=False)
    except OSError as error:
        if error.errno in NOT_THERE:
            return False
        raise
    return True


@contextlib.contextmanager
def expecting(names: Names) -> Iterator[None]:
    """What the disk raises, as the port says: Changed where something is not there any more."""
    try:
        yield
    except OSError as error:
        raise meaning_of(error, names) from error


def meaning_of(error: OSError, names: Names) -> Changed | DiskError:
    """The same of an error that was raised."""
    if error.errno in NOT_THERE:
        message = "it is gone, or another thing is in its place"
        return Changed(message)
    return disk_error(error, names)

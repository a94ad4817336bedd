"""Puts a whole download in place; what it replaces stays in a trash.

Wherever a crash comes, the old file or the new one is at the name, and no bytes are lost: what a
program put there at the last moment is then found under the download's own name, which tells
the inode that belongs to it.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from u1tray.disk.files import OWNER_ONLY
from u1tray.engine.core.values import Kind
from u1tray.engine.local.access import Root, encoded, expecting, has_same_bytes, look_at
from u1tray.engine.local.bins import link_to_trash, move_to_trash
from u1tray.engine.local.hashing import CHUNK_BYTES, changed
from u1tray.engine.local.ignore import temporary_name
from u1tray.engine.local.partials import DiskPartial, installing_name
from u1tray.engine.local.renames import NoExchangeError, exchange, move_without_replacing
from u1tray.engine.local.trash import Trash
from u1tray.engine.ports import Changed, Names, Stat

logger = logging.getLogger(__name__)

_COPY = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CANNOT_LINK = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.EACCES})


@dataclass(frozen=True)
class _Staged:
    """A whole file about to be put in place: an open descriptor, and where it has which name."""

    descriptor: int
    directory: int
    name: str

    @property
    def inode(self) -> int:
        return os.fstat(self.descriptor).st_ino


@dataclass(frozen=True)
class Installer:
    """Installs downloads below a root; `trashes` are those for what is replaced.

    `staged` are the names of copies that are on their way in the folder just now.
    """

    root: Root
    trashes: Sequence[Trash]
    mode: int
    staged: set[str]

    def install(
        self,
        partial: DiskPartial,
        names: Names,
        replaces: Stat | None,
        changed_at: float | None,
        *,
        syncs_directory: bool = True,
    ) -> Stat:
        """Put a download in place. Raises Changed, DiskError.

        Without `syncs_directory`, its directory has to be synced before anybody relies on it.
        """
        partial.write_out()
        with (
            expecting(names),
            self.root.directory(names[:-1]) as parent,
            partial.partials.directory() as cache,
        ):
            if look_at(parent, names[-1]) != replaces:
                raise changed()
            place = _Place(parent, names, replaces, changed_at, syncs_directory)
            if os.fstat(cache).st_dev == os.fstat(parent).st_dev:
                try:
                    return self._install(_renamed(cache, partial.name), place)
                except OSError as error:
                    if error.errno != errno.EXDEV:  # one disk, mounted twice
                        raise
            stat = self._install(self._copied(cache, partial.name, parent), place)
            os.unlink(partial.name, dir_fd=cache)
            return stat

    def _install(self, staging: contextlib.AbstractContextManager[_Staged], place: _Place) -> Stat:
        with staging as staged:
            self._dress(staged.descriptor, place)
            wanted = os.fstat(staged.descriptor)
            if place.replaces is None:
                _take_place(staged, place)
            else:
                self._replace(staged, place, place.replaces)
            if place.syncs_directory:
                os.fsync(place.directory)
            # Whoever writes to it from now on makes it look different from this.
            now = os.fstat(staged.descriptor)
            size, mtime = wanted.st_size, wanted.st_mtime_ns
            return Stat(Kind.FILE, 0, now.st_ino, size, mtime, now.st_ctime_ns)

    def _dress(self, descriptor: int, place: _Place) -> None:
        """Give it the mode of what it replaces, and its time."""
        mode = self.mode
        if place.replaces is not None:
            found = os.stat(encoded(place.name), dir_fd=place.directory, follow_symlinks=False)
            mode = found.st_mode & 0o777
        os.fchmod(descriptor, mode)
        set_time(descriptor, place.changed_at)
        os.fsync(descriptor)

    def _replace(self, staged: _Staged, place: _Place, expected: Stat) -> None:
        def check(directory: int, name: str) -> None:
            if not has_same_bytes(look_at(directory, name), expected):
                raise changed()

        original = self.root.path.joinpath(*place.names)
        try:
            unlink_again = link_to_trash(self.trashes, place.directory, place.name, original, check)
        except OSError as error:
            if error.errno not in _CANNOT_LINK:
                raise
            move_to_trash(self.trashes, place.directory, place.name, original, check)
            _take_place(staged, place)
            return
        try:
            exchange(staged.directory, staged.name, place.directory, place.name)
        except NoExchangeError:
            unlink_again()
            move_to_trash(self.trashes, place.directory, place.name, original, check)
            _take_place(staged, place)
            return
        except BaseException:
            unlink_again()
            raise
        try:
            check(staged.directory, staged.name)
        except (Changed, OSError):
            # A program wrote or renamed over it in this moment: that is what belongs there.
            exchange(staged.directory, staged.name, place.directory, place.name)
            unlink_again()
            self._rescue(staged, original)
            raise
        os.unlink(staged.name, dir_fd=staged.directory)

    def _rescue(self, staged: _Staged, original: Path) -> None:
        """Keep what came in between once more, in the trash."""
        if _inode_at(staged.directory, staged.name) not in (None, staged.inode):
            move_to_trash(
                self.trashes, staged.directory, staged.name, original, lambda *_where: None
            )

    @contextlib.contextmanager
    def _copied(self, cache: int, name: str, parent: int) -> Iterator[_Staged]:
        """A hidden copy beside its place, for a cache on another disk."""
        passing = temporary_name(secrets.randbits(64))
        descriptor = os.open(passing, _COPY, OWNER_ONLY, dir_fd=parent)
        inode = os.fstat(descriptor).st_ino
        staging = temporary_name(inode)
        self.staged.update((passing, staging))
        try:
            with _opened(cache, name) as source:
                _copy(source, descriptor)
            os.rename(passing, staging, src_dir_fd=parent, dst_dir_fd=parent)
            yield _Staged(descriptor, parent, staging)
        finally:
            os.close(descriptor)
            for left in (passing, staging):
                if _inode_at(parent, left) == inode:
                    os.unlink(left, dir_fd=parent)
            self.staged.difference_update((passing, staging))


@dataclass(frozen=True)
class _Place:
    """Where a download goes: its directory's descriptor and its path, and what is expected."""

    directory: int
    names: Names
    replaces: Stat | None
    changed_at: float | None
    syncs_directory: bool

    @property
    def name(self) -> str:
        return self.names[-1]


@contextlib.contextmanager
def _renamed(cache: int, name: str) -> Iterator[_Staged]:
    """The download under a name that tells its inode; not put in place, it gets its own again."""
    with _opened(cache, name) as descriptor:
        inode = os.fstat(descriptor).st_ino
        staging = installing_name(inode)
        os.rename(name, staging, src_dir_fd=cache, dst_dir_fd=cache)
        try:
            yield _Staged(descriptor, cache, staging)
        except BaseException:
            if _inode_at(cache, staging) == inode:
                os.rename(staging, name, src_dir_fd=cache, dst_dir_fd=cache)
            raise


def set_time(descriptor: int, changed_at: float | None) -> None:
    """Give a file the time of its last change, in Unix seconds, if the disk can have it."""
    if changed_at is not None:
        with contextlib.suppress(OSError, OverflowError, ValueError):
            moment = round(changed_at * 1e6) * 1000  # what a float can tell
            os.utime(descriptor, ns=(moment, moment))


def _take_place(staged: _Staged, place: _Place) -> None:
    try:
        move_without_replacing(staged.directory, staged.name, place.directory, place.name)
    except FileExistsError as error:
        raise changed() from error


@contextlib.contextmanager
def _opened(directory: int, name: str) -> Iterator[int]:
    descriptor = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _copy(source: int, target: int) -> None:
    position = 0
    while data := os.pread(source, CHUNK_BYTES, position):
        view = memoryview(data)
        while view:
            view = view[os.write(target, view) :]
        position += len(data)


def _inode_at(directory: int, name: str) -> int | None:
    try:
        return os.stat(name, dir_fd=directory, follow_symlinks=False).st_ino
    except FileNotFoundError:
        return None

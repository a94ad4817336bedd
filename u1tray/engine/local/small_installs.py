"""Puts new small files in place: those of one directory together, each with few system calls.

As `installing` does it one by one, to which all others go. A file is written in the cache under
a name of its own, synced, and moved to where nothing is: what a crash leaves there is ours alone.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass

from u1tray.engine.core.values import Kind
from u1tray.engine.local.access import expecting, meaning_of
from u1tray.engine.local.hashing import changed
from u1tray.engine.local.installing import Installer, set_time
from u1tray.engine.local.partials import DiskPartial
from u1tray.engine.local.renames import move_without_replacing
from u1tray.engine.ports import Changed, DiskError, Names, New, Stat

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

Put = Stat | Changed | DiskError
"""How a file is seen in its place, or why it could not be put there."""


@dataclass(frozen=True)
class SmallInstaller:
    """Installs new files below the root of an installer."""

    installer: Installer

    def install(self, files: Sequence[New]) -> list[Put]:
        """What became of each, in order. All that are in place are durable."""
        found: list[Put] = []
        for above, some in itertools.groupby(files, lambda file: file.names[:-1]):
            found += self._install_below(above, list(some))
        return found

    def _install_below(self, above: Names, files: Sequence[New]) -> list[Put]:
        partials = _partial(files[0]).partials
        try:
            with (
                expecting(above),
                self.installer.root.directory(above) as parent,
                partials.directory() as cache,
            ):
                is_near = os.fstat(cache).st_dev == os.fstat(parent).st_dev
                put = [self._install_one(new, parent, cache if is_near else None) for new in files]
                return _synced(parent, above, put)
        except (Changed, DiskError) as error:
            return [error] * len(files)

    def _install_one(self, new: New, parent: int, cache: int | None) -> Put:
        partial = _partial(new)
        try:
            if cache is not None and partial.is_small:
                try:
                    return self._put(new, partial, parent, cache)
                except OSError as error:
                    if error.errno != errno.EXDEV:  # one disk, mounted twice
                        return meaning_of(error, new.names)
            return self.installer.install(
                partial, new.names, None, new.changed_at, syncs_directory=False
            )
        except (Changed, DiskError) as error:
            return error

    def _put(self, new: New, partial: DiskPartial, parent: int, cache: int) -> Stat:
        passing = f"{partial.name}.new"
        descriptor = _create(cache, passing, self.installer.mode)
        try:
            _write(descriptor, partial.in_memory())
            set_time(descriptor, new.changed_at)
            os.fsync(descriptor)
            wanted = os.fstat(descriptor)
            try:
                move_without_replacing(cache, passing, parent, new.names[-1])
            except FileExistsError as error:
                raise changed() from error
            # Whoever writes to it from now on makes it look different from this.
            now = os.fstat(descriptor)
            size, mtime = wanted.st_size, wanted.st_mtime_ns
            return Stat(Kind.FILE, 0, now.st_ino, size, mtime, now.st_ctime_ns)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(passing, dir_fd=cache)
            raise
        finally:
            os.close(descriptor)


def _partial(new: New) -> DiskPartial:
    assert isinstance(new.partial, DiskPartial)
    return new.partial


def _create(cache: int, name: str, mode: int) -> int:
    try:
        return os.open(name, _NEW, mode, dir_fd=cache)
    except FileExistsError:
        # A crash left it. It may be in place, too, under a second name: it is not written to.
        os.unlink(name, dir_fd=cache)
        return os.open(name, _NEW, mode, dir_fd=cache)


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _synced(directory: int, names: Names, put: list[Put]) -> list[Put]:
    """Make durable what was put into a directory; where that fails, none of it counts."""
    if not any(isinstance(one, Stat) for one in put):
        return put
    try:
        os.fsync(directory)
    except OSError as error:
        failed = meaning_of(error, names)
        return [failed if isinstance(one, Stat) else one for one in put]
    return put

"""Where deleted and replaced things go: trash directories as the XDG specification has them.

https://specifications.freedesktop.org/trash-spec/latest/ - a name in `info/` is reserved first,
then the thing is moved to `files/` in one step. Ours, with the same layout, have a limit.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import stat as modes
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from u1tray.disk.files import OWNER_ONLY, PRIVATE_DIRECTORY
from u1tray.engine.local.access import DIRECTORY, encoded

logger = logging.getLogger(__name__)

KEPT_SECONDS = 30 * 86400.0
KEPT_BYTES = 4 << 30
INFO = ".trashinfo"
_MAX_NAME_BYTES = 255


@dataclass(frozen=True)
class Trash:
    """A trash directory. Paths in it are relative to `top` where there is one.

    With `is_ours`, `prune` keeps it small; a person's is left alone.
    """

    path: Path
    top: Path | None = None
    is_ours: bool = False

    @contextlib.contextmanager
    def reserved(self, name: str, original: Path) -> Iterator[tuple[int, str]]:
        """A descriptor of `files/` and a free name there; given back if the block raises.

        Raises OSError.
        """
        self._make()
        with _opened(self.path / "info") as info, _opened(self.path / "files") as files:
            entry = _reserve(info, files, name, self._info_of(original))
            try:
                yield files, entry
            except BaseException:
                if not _has(files, entry):
                    os.unlink(encoded(entry + INFO), dir_fd=info)
                raise
            os.fsync(files)

    def remove(self, entry: str) -> None:
        """Remove something from it for good. Raises OSError."""
        with _opened(self.path / "info") as info, _opened(self.path / "files") as files:
            self._remove(files, entry)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(encoded(entry + INFO), dir_fd=info)

    def where(self, entry: str) -> str:
        """The path of something in it."""
        return str(self.path / "files" / entry)

    def prune(self) -> None:
        """Remove what is older than KEPT_SECONDS, and the oldest above KEPT_BYTES."""
        if not self.is_ours or not (self.path / "info").is_dir():
            return
        try:
            self._prune(time.time() - KEPT_SECONDS)
        except OSError as error:
            logger.warning("the trash %s cannot be cleaned: %s", self.path, error.strerror)

    def _prune(self, end: float) -> None:
        with _opened(self.path / "info") as info, _opened(self.path / "files") as files:
            times = {
                name: os.stat(name, dir_fd=info, follow_symlinks=False).st_mtime
                for name in os.listdir(info)
                if name.endswith(INFO)
            }
            room = KEPT_BYTES
            for name in sorted(times, key=lambda name: (-times[name], name)):
                entry = name.removesuffix(INFO)
                room -= _size_of(files, entry)
                if room < 0 or times[name] < end:
                    self._remove(files, entry)
                    os.unlink(name, dir_fd=info)

    def _remove(self, files: int, entry: str) -> None:
        try:
            os.unlink(encoded(entry), dir_fd=files)
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno not in (errno.EISDIR, errno.EPERM):
                raise
            shutil.rmtree(self.path / "files" / entry)

    def _info_of(self, original: Path) -> bytes:
        path = real_path(original)
        if self.top is not None:
            with contextlib.suppress(ValueError):  # an absolute path is as good (Path)
                path = path.relative_to(self.top)
        shown = quote(str(path).encode("utf-8", "surrogateescape"))
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime())
        return f"[Trash Info]\nPath={shown}\nDeletionDate={now}\n".encode()

    def _make(self) -> None:
        for name in ("files", "info"):
            os.makedirs(self.path / name, mode=PRIVATE_DIRECTORY, exist_ok=True)


def real_path(path: Path) -> Path:
    """Where something is, whatever links lead to its directory."""
    return Path(os.path.realpath(path.parent), path.name)


def home_trash(data_home: Path) -> Trash:
    """The person's trash, on the disk of their home."""
    return Trash(data_home / "Trash")


def trash_of_disk(root: Path) -> Trash | None:
    """The person's trash on the disk of a folder; None where none may be.

    The specification's checks: `.Trash` is a real directory with the sticky bit.
    """
    top = _mount_point(root)
    shared, user = top / ".Trash", str(os.getuid())
    try:
        mode = os.lstat(shared).st_mode
    except OSError:
        mode = 0
    if modes.S_ISDIR(mode) and mode & modes.S_ISVTX:
        return Trash(shared / user, top)
    own = top / f".Trash-{user}"
    return None if own.is_symlink() else Trash(own, top)


def _mount_point(path: Path) -> Path:
    path = Path(os.path.realpath(path))
    while not os.path.ismount(path):
        path = path.parent
    return path


def _reserve(info: int, files: int, name: str, text: bytes) -> str:
    number = 1
    while True:
        entry = _numbered(name, number)
        number += 1
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(encoded(entry + INFO), flags, OWNER_ONLY, dir_fd=info)
        except FileExistsError:
            continue
        try:
            os.write(descriptor, text)
        finally:
            os.close(descriptor)
        if not _has(files, entry):
            return entry
        os.unlink(encoded(entry + INFO), dir_fd=info)


def _numbered(name: str, number: int) -> str:
    mark = "" if number == 1 else f".{number}"
    room = _MAX_NAME_BYTES - len(mark) - len(INFO)
    while len(encoded(name)) > room:
        name = name[:-1]
    return name + mark


def _has(directory: int, name: str) -> bool:
    try:
        os.stat(encoded(name), dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _size_of(files: int, entry: str) -> int:
    try:
        found = os.stat(encoded(entry), dir_fd=files, follow_symlinks=False)
    except FileNotFoundError:
        return 0
    if not modes.S_ISDIR(found.st_mode):
        return found.st_size
    total = 0
    for _, _, names, directory in os.fwalk(encoded(entry), dir_fd=files):
        for name in names:
            total += os.stat(name, dir_fd=directory, follow_symlinks=False).st_size
    return total


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)

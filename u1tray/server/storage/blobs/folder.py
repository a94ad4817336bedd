"""Blobs in a folder. Written beside, fsynced, renamed; a crash leaves at most an orphan."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from u1tray.server.storage.blobs.protocol import CHUNK_BYTES, BlobInfo, Part
from u1tray.server.storage.disk import busy, disk_errors, make_folder, sync_folder

FOLDER = "contents"
_INCOMING = "incoming"
_UPLOADS = "uploads"
# A running upload writes at least every minute, or is ended (`wire.body`).
ABANDONED_AFTER_S = 3600.0
# Disks of other systems know no second name for a file.
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS})
_NAME = re.compile(r"[0-9a-f]{64}")


class FolderBlobs:
    """Blobs as files `ab/cd/<sha256>`, parts as `uploads/<upload>/<offset>`."""

    def __init__(self, folder: Path, *, is_durable: bool = True) -> None:
        """Prepares the folder, and removes abandoned uploads. Raises OSError.

        One that is not durable leaves it to the system when a whole file reaches the disk.
        """
        self.folder = folder
        self.is_durable = is_durable
        self._incoming = folder / _INCOMING
        self._uploads = folder / _UPLOADS
        for made in (folder, self._incoming, self._uploads):
            make_folder(made)
        self.clean_up(time.time() - ABANDONED_AFTER_S)

    def writer(self) -> FolderWriter:
        return FolderWriter(self)

    def find(self, sha256: bytes) -> BlobInfo | None:
        with disk_errors(), contextlib.suppress(FileNotFoundError):
            return _info(sha256, self.path(sha256).stat())
        return None

    def file(self, sha256: bytes) -> BinaryIO | None:
        with self._reading():
            return self.path(sha256).open("rb")

    def read(self, sha256: bytes, offset: int = 0, count: int | None = None) -> Iterator[bytes]:
        with self._reading(), self.path(sha256).open("rb") as file:
            file.seek(offset)
            left = os.fstat(file.fileno()).st_size - offset if count is None else count
            while left > 0:
                piece = file.read(min(left, CHUNK_BYTES))
                if not piece:
                    message = "a stored content is shorter than it should be"
                    raise busy(message)
                left -= len(piece)
                yield piece

    def all(self) -> Iterator[BlobInfo]:
        with disk_errors():
            for first in _names(self.folder):
                if len(first) != 2:
                    continue
                for second in _names(self.folder / first):
                    yield from self._in(self.folder / first / second)

    def delete(self, sha256: bytes) -> None:
        with disk_errors():
            self.path(sha256).unlink(missing_ok=True)

    def clean_up(self, before: float) -> int:
        removed = 0
        with disk_errors():
            for name in _names(self._incoming):
                file = self._incoming / name
                with contextlib.suppress(FileNotFoundError):  # another process cleans up too
                    if file.stat().st_mtime < before:
                        file.unlink()
                        removed += 1
        return removed

    def probe(self) -> None:
        """Writes a file of no bytes: a disk may be readable and take nothing."""
        with disk_errors():
            file = self._incoming / f"probe-{secrets.token_hex(8)}"
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            file.unlink()

    def close(self) -> None:
        pass

    def part_writer(self, upload: str, offset: int) -> FolderPartWriter:
        folder = self._uploads / upload
        with disk_errors():
            make_folder(folder)
        return FolderPartWriter(self, folder / f"{offset:020}")

    def parts(self, upload: str) -> list[Part]:
        with disk_errors():
            folder = self._uploads / upload
            return [
                Part(int(name), (folder / name).stat().st_size)
                for name in sorted(_names(folder))
                if name.isdecimal()
            ]

    def read_part(self, upload: str, offset: int) -> Iterator[bytes]:
        with (
            disk_errors(may_miss=True),
            (self._uploads / upload / f"{offset:020}").open("rb") as file,
        ):
            while piece := file.read(CHUNK_BYTES):
                yield piece

    def delete_parts(self, upload: str) -> None:
        with disk_errors(), contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self._uploads / upload)

    def open_uploads(self) -> Iterator[str]:
        with disk_errors():
            yield from _names(self._uploads)

    def adopt(self, file: Path, sha256: bytes) -> None:
        """Make a whole, synced file on the same disk a blob, durably.

        It keeps its own name beside, where the disk can do that. Raises OSError.
        """
        target = self.path(sha256)
        if _touch(target, file.stat().st_size):
            return
        for folder in (target.parent.parent, target.parent):
            make_folder(folder)
        os.utime(file)
        beside = self.new_path()
        try:
            beside.hardlink_to(file)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            beside = file
        beside.rename(target)
        sync_folder(target.parent)

    def path(self, sha256: bytes) -> Path:
        """Where a blob is, or would be."""
        name = sha256.hex()
        return self.folder / name[:2] / name[2:4] / name

    def new_path(self) -> Path:
        """A new name for a file that is not a blob yet."""
        return self._incoming / secrets.token_hex(16)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        with disk_errors(may_miss=True):
            try:
                yield
            except FileNotFoundError as error:
                if self._incoming.is_dir():
                    raise
                # Not this one is missing but all: a disk that is not mounted, for example.
                message = "contents cannot be read now"
                raise busy(message) from error

    def _in(self, folder: Path) -> Iterator[BlobInfo]:
        for name in _names(folder):
            if _NAME.fullmatch(name):
                with contextlib.suppress(FileNotFoundError):
                    yield _info(bytes.fromhex(name), (folder / name).stat())


class _NewFile:
    """A file that is written, and then gets its name or vanishes."""

    def __init__(self, blobs: FolderBlobs) -> None:
        self._blobs = blobs
        self._path = blobs.new_path()
        with disk_errors():
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, 0o600)

    def write(self, data: bytes) -> None:
        with disk_errors():
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]

    def discard(self) -> None:
        self._close()
        with contextlib.suppress(OSError):  # the clean-up gets it
            self._path.unlink()

    def _become(self, target: Path) -> None:
        if self._blobs.is_durable:
            os.fsync(self._descriptor)
        self._close()
        self._path.rename(target)
        if self._blobs.is_durable:
            sync_folder(target.parent)

    def _close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            with contextlib.suppress(OSError):  # what matters was synced before
                os.close(descriptor)


class FolderWriter(_NewFile):
    """A file beside the blobs until it becomes one."""

    def keep(self, sha256: bytes) -> None:
        with disk_errors():
            target = self._blobs.path(sha256)
            if _touch(target, os.fstat(self._descriptor).st_size):
                self.discard()
                return
            for folder in (target.parent.parent, target.parent):
                make_folder(folder)
            self._become(target)


class FolderPartWriter(_NewFile):
    """A file beside the parts until it becomes one."""

    def __init__(self, blobs: FolderBlobs, target: Path) -> None:
        super().__init__(blobs)
        self._target = target

    def keep(self) -> None:
        with disk_errors():
            self._become(self._target)


def _info(sha256: bytes, found: os.stat_result) -> BlobInfo:
    return BlobInfo(sha256, found.st_size, found.st_mtime)


def _names(folder: Path) -> list[str]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return os.listdir(folder)
    return []


def _touch(blob: Path, size: int) -> bool:
    """Whether a blob is there, which then counts as young.

    One of another size is not: a disk that failed, or ran without power, left it behind.
    """
    try:
        os.utime(blob)
        if blob.stat().st_size != size:
            return False
    except FileNotFoundError:
        return False
    # Whoever stored it may not have come to this yet.
    sync_folder(blob.parent)
    return True

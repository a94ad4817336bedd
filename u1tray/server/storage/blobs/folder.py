"""Blobs in a folder. Written beside, fsynced, renamed; a crash leaves at most an orphan.

A blob is there before the metadata that names it is committed, so whoever collects orphans
leaves young ones (by modification time) alone.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from u1tray.vocabulary.errors import BusyError, QuotaError

FOLDER = "contents"
_INCOMING = "incoming"
# A running upload writes at least every minute, or is ended (`wire_body`).
ABANDONED_AFTER_S = 3600.0
_RETRY_AFTER_S = 30.0


class FolderBlobs:
    """Blobs as files `contents/ab/cd/<sha256>`."""

    def __init__(self, directory: Path) -> None:
        """Prepares the folder in a data directory, and removes abandoned uploads."""
        self._folder = directory / FOLDER
        self._incoming = self._folder / _INCOMING
        for folder in (self._folder, self._incoming):
            folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(directory)
        self._clean_up()

    def writer(self) -> FolderWriter:
        with _ours():
            return FolderWriter(self, self._incoming / secrets.token_hex(16))

    def open(self, sha256: bytes) -> BinaryIO:
        return self.path(sha256).open("rb")

    def path(self, sha256: bytes) -> Path:
        """Where a blob is, or would be."""
        name = sha256.hex()
        return self._folder / name[:2] / name[2:4] / name

    def make_folder(self, folder: Path) -> None:
        """Make the folder of a blob, durably."""
        for made in (folder.parent, folder):
            with contextlib.suppress(FileExistsError):
                made.mkdir(mode=0o700)
                _sync_folder(made.parent)

    def _clean_up(self) -> None:
        oldest = time.time() - ABANDONED_AFTER_S
        for file in self._incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another process cleans up too
                if file.stat().st_mtime < oldest:
                    file.unlink()


class FolderWriter:
    """A file beside the blobs until it becomes one."""

    def __init__(self, blobs: FolderBlobs, path: Path) -> None:
        self._blobs = blobs
        self._path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write(self, data: bytes) -> None:
        with _ours():
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]

    def keep(self, sha256: bytes) -> None:
        with _ours():
            target = self._blobs.path(sha256)
            if _touch(target):
                self.discard()
                return
            os.fsync(self._descriptor)
            self._close()
            self._blobs.make_folder(target.parent)
            self._path.rename(target)
            _sync_folder(target.parent)

    def discard(self) -> None:
        self._close()
        self._path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _touch(blob: Path) -> bool:
    """Whether a blob is there, which then counts as young."""
    try:
        os.utime(blob)
    except FileNotFoundError:
        return False
    # Whoever stored it may not have come to this yet.
    _sync_folder(blob.parent)
    return True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _ours() -> Iterator[None]:
    """The disk's errors that a client has to know about."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            message = "the server's disk is full"
            raise QuotaError(message, code="server_full") from error
        if error.errno == errno.EROFS:
            message = "contents cannot be written now"
            raise BusyError(message, code="maintenance", retry_after=_RETRY_AFTER_S) from error
        raise

"""Unfinished uploads as files `partial/<id>` beside the blobs, which they become without a copy.

Whoever appends holds the file's lock (flock), which the system takes from a killed process.
Hashes are taken up from the file, not from the wire: so they lag behind instead of holding the
upload up, and a restarted process begins again with the file.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from u1tray.server.storage.blobs.folder import FolderBlobs
from u1tray.server.storage.contents import MAX_INLINE_BYTES, Received
from u1tray.server.storage.disk import disk_errors, make_folder, sync_folder
from u1tray.server.storage.hashing import Hashing
from u1tray.server.storage.partials.ahead import GONE, Ahead
from u1tray.server.storage.partials.protocol import LeasedError

FOLDER = "partial"
_PIECE_BYTES = 1024 * 1024
_REMEMBERED = 256  # uploads whose hashes are kept in memory, some 500 bytes each


class FolderPartials:
    """Partial files of one folder of blobs."""

    def __init__(self, blobs: FolderBlobs) -> None:
        """Prepares the folder. Raises OSError."""
        self._blobs = blobs
        self._folder = blobs.folder / FOLDER
        make_folder(self._folder)
        self._aheads: OrderedDict[str, Ahead] = OrderedDict()
        self._guard = threading.Lock()

    def lease(self, upload: str) -> LeasedFile:
        with disk_errors():
            while True:
                descriptor = self._open(upload)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(descriptor)
                    raise LeasedError from None
                except BaseException:
                    os.close(descriptor)
                    raise
                if self._is_current(upload, descriptor):
                    return LeasedFile(self, upload, descriptor)
                os.close(descriptor)  # somebody discarded or replaced it meanwhile

    def reaches(self, upload: str, offset: int) -> bool:
        with disk_errors():
            try:
                return offset == 0 or self._path(upload).stat().st_size >= offset
            except FileNotFoundError:
                if self._folder.is_dir():
                    return False
                raise  # the disk is gone, not the upload

    def discard(self, upload: str) -> None:
        self.forget(upload)
        with disk_errors():
            self._path(upload).unlink(missing_ok=True)

    def all(self) -> Iterator[str]:
        with disk_errors():
            yield from os.listdir(self._folder)

    def ahead(self, upload: str) -> Ahead:
        """The hashes of what was promised of an upload."""
        with self._guard:
            found = self._aheads.setdefault(upload, Ahead())
            self._aheads.move_to_end(upload)
            while len(self._aheads) > _REMEMBERED:
                self._aheads.popitem(last=False)
            return found

    def forget(self, upload: str) -> None:
        """Begin its hashes anew."""
        with self._guard:
            self._aheads.pop(upload, None)

    def own_copy(self, upload: str, descriptor: int) -> int:
        """Another file with the bytes of one that became a blob, which must never change.

        The lock goes over to the new file, whose descriptor this returns.
        """
        path = self._blobs.new_path()
        copy = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(copy, fcntl.LOCK_EX)
            with (
                open(descriptor, "rb", closefd=False) as old,
                open(copy, "wb", closefd=False) as new,
            ):
                old.seek(0)
                shutil.copyfileobj(old, new, _PIECE_BYTES)
            os.fsync(copy)
            path.rename(self._path(upload))
        except BaseException:
            os.close(copy)
            path.unlink(missing_ok=True)
            raise
        os.close(descriptor)
        sync_folder(self._folder)
        return copy

    def adopt(self, upload: str, sha256: bytes) -> None:
        """Make a whole file a blob too."""
        self._blobs.adopt(self._path(upload), sha256)

    def _open(self, upload: str) -> int:
        path = self._path(upload)
        try:
            return os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            sync_folder(self._folder)
            return descriptor

    def open_again(self, upload: str) -> BinaryIO:
        """Its bytes for one who does not hold it. Raises FileNotFoundError."""
        return self._path(upload).open("rb", buffering=0)

    def _is_current(self, upload: str, descriptor: int) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(descriptor), self._path(upload).stat())
        return False

    def _path(self, upload: str) -> Path:
        return self._folder / upload


class LeasedFile:
    """One locked file."""

    def __init__(self, partials: FolderPartials, upload: str, descriptor: int) -> None:
        self._partials = partials
        self._upload = upload
        self._descriptor = descriptor
        self._end = 0
        self._ahead = partials.ahead(upload)

    def begin(self, offset: int) -> None:
        with disk_errors(may_miss=True):
            state = os.fstat(self._descriptor)
            if state.st_size < offset:
                raise FileNotFoundError(GONE)
            if state.st_nlink > 1:
                self._descriptor = self._partials.own_copy(self._upload, self._descriptor)
            if self._ahead.end > offset:
                self._partials.forget(self._upload)  # an older database was brought back
                self._ahead = self._partials.ahead(self._upload)
            os.ftruncate(self._descriptor, offset)
            self._end = offset

    def write(self, batch: list[bytes]) -> None:
        with disk_errors():
            for chunk in batch:
                view = memoryview(chunk)
                while view:
                    count = os.pwrite(self._descriptor, view, self._end)
                    self._end += count
                    view = view[count:]

    def sync(self) -> None:
        with disk_errors():
            os.fsync(self._descriptor)

    def work_ahead(self, offset: int) -> None:
        with disk_errors(may_miss=True), self._partials.open_again(self._upload) as file:
            self._ahead.go_on(file.fileno(), offset)

    def finish(self, size: int) -> Received:
        if size <= MAX_INLINE_BYTES:
            return self._small(size)
        # What was not promised may still be replaced: its hashes are not to be kept.
        self._partials.forget(self._upload)
        with disk_errors(may_miss=True):
            hashing = self._ahead.finish(self._descriptor, size)
            os.fsync(self._descriptor)
            fingerprint = hashing.fingerprint()
            self._partials.adopt(self._upload, fingerprint.sha256)
        return Received(fingerprint, None)

    def release(self) -> None:
        with contextlib.suppress(OSError):  # what matters was synced before
            os.close(self._descriptor)

    def _small(self, size: int) -> Received:
        with disk_errors():
            data = os.pread(self._descriptor, size, 0)
        if len(data) != size:
            raise FileNotFoundError(GONE)
        hashing = Hashing()
        hashing.update(data)
        return Received(hashing.fingerprint(), data)

"""Downloads on their way, in the cache directory: private, resumable, removed when left.

Small ones stay in memory until they are whole; of others a piece is hashed and written while the
next is received. A file that is being put in place has a name that tells its inode, so that
whatever a crash leaves there instead is known to be somebody's own.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from u1tray.disk.files import OWNER_ONLY, PRIVATE_DIRECTORY
from u1tray.engine.core.values import Content
from u1tray.engine.local.access import DIRECTORY, disk_error
from u1tray.engine.local.hashing import CHUNK_BYTES
from u1tray.engine.local.workers import Workers
from u1tray.engine.ports import DiskError

logger = logging.getLogger(__name__)

KEPT_SECONDS = 7 * 86400.0
MEMORY_BYTES = 1 << 20
_OPEN = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_INSTALLING = re.compile(r"(?P<inode>\d+)\.installing\Z")


class Partials:
    """The partial files of all volumes, in one directory."""

    def __init__(self, path: Path, workers: Workers, small_below_bytes: int = MEMORY_BYTES) -> None:
        """The directory is made when it is needed first. What is small does not go on later."""
        self.path = path
        self._small_below_bytes = small_below_bytes
        self._workers = workers
        self._flushing: dict[str, asyncio.Future[tuple[None, None]]] = {}

    async def begin(self, key: str, content: Content) -> DiskPartial:
        """The partial file of a node's content, with what is there of it. Raises DiskError."""
        whose = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        name = f"{whose}-{content.sha1.hex()}.part"
        is_small = content.size < self._small_below_bytes
        partial = DiskPartial(self, name, self._workers, is_small=is_small)
        if not partial.is_small:
            if name in self._flushing:  # of an attempt that was given up
                await asyncio.wait((self._flushing[name],))
            await self._workers.run(lambda: partial.resume(content.size))
        return partial

    def note_flushing(self, name: str, flushing: asyncio.Future[tuple[None, None]]) -> None:
        """A piece of a partial file is being written: nobody begins with it before the end."""
        self._flushing[name] = flushing

        def forget(done: asyncio.Future[tuple[None, None]]) -> None:
            done.cancelled() or done.exception()  # seen: there may be nobody who asks
            if self._flushing.get(name) is done:
                del self._flushing[name]

        flushing.add_done_callback(forget)

    @contextlib.contextmanager
    def directory(self) -> Iterator[int]:
        """A descriptor of the directory, which is made if need be. Raises OSError."""
        try:
            descriptor = os.open(self.path, DIRECTORY)
        except FileNotFoundError:
            os.makedirs(self.path, mode=PRIVATE_DIRECTORY, exist_ok=True)
            descriptor = os.open(self.path, DIRECTORY)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def clean(self) -> list[str]:
        """Remove what is older than KEPT_SECONDS; the names of files that are not ours.

        Those were changing places with ours when a crash came. Raises OSError.
        """
        others = []
        end = time.time() - KEPT_SECONDS
        with self.directory() as directory:
            for name in sorted(os.listdir(directory)):
                found = os.stat(name, dir_fd=directory, follow_symlinks=False)
                if is_foreign(name, found.st_ino):
                    others.append(name)
                elif found.st_mtime < end:
                    os.unlink(name, dir_fd=directory)
        return others


def installing_name(inode: int) -> str:
    """The name of a partial file while it is put in place."""
    return f"{inode}.installing"


def is_foreign(name: str, inode: int) -> bool:
    """Whether a file has the name of a partial that is put in place, and is another."""
    match = _INSTALLING.fullmatch(name)
    return match is not None and int(match["inode"]) != inode


class DiskPartial:
    """A download on its way (ports.Partial)."""

    def __init__(
        self, partials: Partials, name: str, workers: Workers, *, is_small: bool = False
    ) -> None:
        """Call `resume` before anything else; a small one begins anew."""
        self.is_small = is_small
        self.partials = partials
        self.name = name
        self.size = 0
        self._workers = workers
        self._digest = hashlib.sha1(usedforsecurity=False)
        self._kept = 0
        self._waiting: list[bytes] = []
        self._waiting_size = 0
        self._flushing: asyncio.Future[tuple[None, None]] | None = None

    async def write(self, data: bytes) -> None:
        """Add bytes. Raises DiskError, also for those before."""
        self._waiting.append(data)
        self._waiting_size += len(data)
        self.size += len(data)
        if self._waiting_size >= MEMORY_BYTES:
            self.is_small = False  # more may have come than was announced
            await self._settle()
            self._begin_to_flush()

    async def content(self) -> Content:
        """The content of all that was written; of a small one, nothing is on the disk yet."""
        if self.is_small:
            data = b"".join(self._waiting)
            return Content(hashlib.sha1(data, usedforsecurity=False).digest(), len(data))
        await self._settle()
        self._begin_to_flush()
        await self._settle()
        return Content(self._digest.digest(), self._kept)

    async def discard(self) -> None:
        """Remove it."""
        with contextlib.suppress(DiskError):
            await self._settle()
        self._take()
        await self._workers.run(self._remove)

    async def _settle(self) -> None:
        """Wait for what is being written. Raises DiskError."""
        if self._flushing is not None:
            await asyncio.shield(self._flushing)
            self._flushing = None

    def _begin_to_flush(self) -> None:
        """Hash and write what waits, in two threads at once."""
        batch = self._take()
        self._flushing = asyncio.gather(
            self._workers.run(lambda: self._hash(batch)),
            self._workers.run(lambda: self._write_out(batch)),
        )
        self.partials.note_flushing(self.name, self._flushing)

    def _take(self) -> Sequence[bytes]:
        batch, self._waiting, self._waiting_size = self._waiting, [], 0
        return batch

    def resume(self, size: int) -> None:
        """Read what an earlier attempt left, unless it is too much. Raises DiskError."""
        try:
            with self.partials.directory() as directory:
                try:
                    descriptor = os.open(self.name, os.O_RDWR | os.O_NOFOLLOW, dir_fd=directory)
                except FileNotFoundError:
                    return
            with os.fdopen(descriptor, "r+b", buffering=0) as file:
                if os.fstat(descriptor).st_size > size:
                    file.truncate(0)
                while data := file.read(CHUNK_BYTES):
                    self._digest.update(data)
                    self._kept += len(data)
            self.size = self._kept
        except OSError as error:
            raise disk_error(error, ("partial file",)) from error

    def write_out(self) -> None:
        """Bring a small one to the disk, whence it is put in place. Raises DiskError."""
        if self.is_small:
            self.is_small = False
            batch = self._take()
            self._hash(batch)
            self._write_out(batch, os.O_TRUNC)

    def in_memory(self) -> bytes:
        """All that was written to a small one."""
        return b"".join(self._waiting)

    # In threads

    def _hash(self, batch: Sequence[bytes]) -> None:
        for data in batch:
            self._digest.update(data)

    def _write_out(self, batch: Sequence[bytes], flags: int = 0) -> None:
        try:
            with self.partials.directory() as directory:
                descriptor = os.open(self.name, _OPEN | flags, OWNER_ONLY, dir_fd=directory)
            try:
                for data in batch:
                    self._append(descriptor, data)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise disk_error(error, ("partial file",)) from error

    def _append(self, descriptor: int, data: bytes) -> None:
        view = memoryview(data)
        while view:
            written = os.pwrite(descriptor, view, self._kept)
            self._kept += written
            view = view[written:]

    def _remove(self) -> None:
        try:
            with self.partials.directory() as directory, contextlib.suppress(FileNotFoundError):
                os.unlink(self.name, dir_fd=directory)
        except OSError as error:
            raise disk_error(error, ("partial file",)) from error
        self._digest = hashlib.sha1(usedforsecurity=False)
        self._kept = self.size = 0

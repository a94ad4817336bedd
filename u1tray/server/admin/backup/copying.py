"""One content copied into a backup: shared with the cloud where the disk can, else byte by byte."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from u1tray.server.admin.crew import Crew
from u1tray.server.admin.hashing import fingerprint_of
from u1tray.server.storage.blobs.protocol import Blobs
from u1tray.server.storage.disk import make_folder, sync_folder

INCOMING = "incoming"
_FICLONE = 0x40049409  # ioctl_ficlone(2)
_NOT_SHARED = frozenset(
    {errno.EXDEV, errno.EOPNOTSUPP, errno.EPERM, errno.EINVAL, errno.ENOTTY, errno.EMLINK}
)


class WrongBytesError(Exception):
    """What was read is not what its name says."""


class Copier:
    """Copies contents of a store into the folder of a backup. Used by several threads."""

    def __init__(self, blobs: Blobs, folder: Path, *, may_share: bool) -> None:
        """`folder` has a folder INCOMING. Not to share costs room and finds changed bytes."""
        self._blobs = blobs
        self._folder = folder
        self._may_share = may_share

    def copy(self, sha256: bytes, target: Path, crew: Crew) -> None:
        """Put a content in its place, durably.

        Raises FileNotFoundError where the store has none, WrongBytesError, OSError, BusyError.
        """
        beside = self._folder / INCOMING / secrets.token_hex(16)
        try:
            if not (self._may_share and self._share(sha256, beside)):
                self._write(sha256, crew.watched(self._blobs.read(sha256)), beside)
            for folder in (target.parent.parent, target.parent):
                make_folder(folder)
            beside.rename(target)
            sync_folder(target.parent)
        finally:
            beside.unlink(missing_ok=True)

    def is_shared(self, sha256: bytes, target: Path) -> bool:
        """Whether a file of the backup is the store's own, under a second name."""
        with contextlib.suppress(FileNotFoundError):
            source = self._blobs.file(sha256)
            if source is not None:
                with source:
                    return os.path.samestat(os.fstat(source.fileno()), target.stat())
        return False

    def _share(self, sha256: bytes, beside: Path) -> bool:
        """Whether the disk could give the bytes a second name, or share their blocks."""
        source = self._blobs.file(sha256)
        if source is None:
            return False
        with source:
            if _cloned(source, beside):
                return True
            with contextlib.suppress(OSError):
                os.link(source.name, beside, follow_symlinks=False)
                return True
        return False

    def _write(self, sha256: bytes, chunks: Iterable[bytes], beside: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(beside, flags, 0o600), "wb") as file:
            found = fingerprint_of(chunks, also=file.write)
            if found.sha256 != sha256:
                raise WrongBytesError(sha256.hex())
            file.flush()
            os.fsync(file.fileno())


def _cloned(source: BinaryIO, beside: Path) -> bool:
    """Whether a copy that shares its blocks was made."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(beside, flags, 0o600)
    try:
        fcntl.ioctl(descriptor, _FICLONE, source.fileno())
        os.fsync(descriptor)
    except OSError as error:
        beside.unlink()
        if error.errno not in _NOT_SHARED:
            raise
        return False
    finally:
        os.close(descriptor)
    return True

"""A disk that must not lose anything: durable folders, and its errors as ours."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from u1tray.vocabulary.errors import BusyError, QuotaError

logger = logging.getLogger(__name__)

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_RETRY_AFTER_S = 30.0


def make_folder(folder: Path) -> None:
    """Make a folder, durably. Raises OSError."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """The names in a folder are on stable storage when this returns. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def busy(message: str) -> BusyError:
    """What a client hears of a disk that fails for now (REST contract, 12)."""
    return BusyError(message, code="maintenance", retry_after=_RETRY_AFTER_S)


@contextlib.contextmanager
def disk_errors(*, may_miss: bool = False) -> Iterator[None]:
    """The disk's errors as QuotaError `server_full` or BusyError `maintenance`.

    With `may_miss` FileNotFoundError passes.
    """
    try:
        yield
    except OSError as error:
        if may_miss and isinstance(error, FileNotFoundError):
            raise
        if error.errno in _FULL:
            message = "the server's disk is full"
            raise QuotaError(message, code="server_full") from error
        logger.warning("the disk fails: %s", error.strerror or error)
        message = "contents cannot be read or written now"
        raise busy(message) from error

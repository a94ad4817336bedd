"""Puts things into one of several trash directories: the first on the right disk that takes it."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from u1tray.engine.local.access import encoded
from u1tray.engine.local.renames import move_without_replacing
from u1tray.engine.local.trash import Trash
from u1tray.engine.ports import Changed

logger = logging.getLogger(__name__)

_NEXT = frozenset(
    {errno.EXDEV, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR}
)

Check = Callable[[int, str], None]
"""Looks at what has a name in an open directory. Raises Changed, OSError."""


def move_to_trash(
    trashes: Sequence[Trash], directory: int, name: str, original: Path, check: Check
) -> str:
    """Move something to the first trash that takes it; where it is there.

    It is checked once it is there, and put back if it changed. Raises Changed, OSError.
    """
    last: OSError | None = None
    for trash in trashes:
        try:
            return _move(trash, directory, name, original, check)
        except OSError as error:
            if error.errno not in _NEXT or not _is_there(directory, name):
                raise
            last = error
    raise last or OSError(errno.EXDEV, "no trash")


def link_to_trash(
    trashes: Sequence[Trash], directory: int, name: str, original: Path, check: Check
) -> Callable[[], None]:
    """Give a file a second name in a trash; what takes that away again.

    Raises Changed; OSError where no trash can have it.
    """
    last: OSError | None = None
    for trash in trashes:
        try:
            return _link(trash, directory, name, original, check)
        except OSError as error:
            if error.errno not in _NEXT or not _is_there(directory, name):
                raise
            last = error
    raise last or OSError(errno.EXDEV, "no trash")


def _move(trash: Trash, directory: int, name: str, original: Path, check: Check) -> str:
    with trash.reserved(name, original) as (files, entry):
        move_without_replacing(directory, name, files, entry)
        try:
            check(files, entry)
        except (Changed, OSError):
            _put_back(files, entry, directory, name)
            raise
    os.fsync(directory)
    return trash.where(entry)


def _put_back(files: int, entry: str, directory: int, name: str) -> None:
    try:
        move_without_replacing(files, entry, directory, name)
    except OSError:
        logger.warning("%r changed while it was deleted; it is in the trash as %r", name, entry)


def _link(
    trash: Trash, directory: int, name: str, original: Path, check: Check
) -> Callable[[], None]:
    with trash.reserved(name, original) as (files, entry):
        os.link(
            encoded(name),
            encoded(entry),
            src_dir_fd=directory,
            dst_dir_fd=files,
            follow_symlinks=False,
        )
        try:
            check(files, entry)
        except (Changed, OSError):
            os.unlink(encoded(entry), dir_fd=files)
            raise

    return lambda: trash.remove(entry)


def _is_there(directory: int, name: str) -> bool:
    with contextlib.suppress(OSError):
        os.stat(encoded(name), dir_fd=directory, follow_symlinks=False)
        return True
    return False

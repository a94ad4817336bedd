"""Renames that never overwrite anything: by the kernel where it can, else as safely as it goes."""

from __future__ import annotations

import ctypes
import errno
import os

from u1tray.engine.local.access import encoded

_NOREPLACE = 1
_EXCHANGE = 2
# The file system, the kernel or a sandbox does not know them.
_UNKNOWN = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP})
NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS, errno.EACCES})


class NoExchangeError(Exception):
    """The file system cannot let two names change places."""


def _load() -> ctypes._FuncPointer | None:
    try:
        return ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):  # a C library before 2018
        return None


_renameat2 = _load()


def move_without_replacing(source: int, name: str, target: int, new_name: str) -> None:
    """Rename into another directory. Raises FileExistsError where something has the name."""
    old, new = encoded(name), encoded(new_name)
    if _call(source, old, target, new, _NOREPLACE):
        return
    # A hard link is made only where nothing is. Directories have none: there a name that
    # appears in this very moment is safe if it is a file or a directory with something in it.
    try:
        os.link(old, new, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
    else:
        os.unlink(old, dir_fd=source)
        return
    if _exists(target, new):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    os.rename(old, new, src_dir_fd=source, dst_dir_fd=target)


def exchange(source: int, name: str, target: int, new_name: str) -> None:
    """Let two names change places at once. Raises NoExchangeError, OSError."""
    if not _call(source, encoded(name), target, encoded(new_name), _EXCHANGE):
        raise NoExchangeError


def _call(source: int, old: bytes, target: int, new: bytes, flag: int) -> bool:
    """Whether it was done; False where that cannot be asked for. Raises OSError."""
    if _renameat2 is None:
        return False
    while _renameat2(source, old, target, new, flag) != 0:
        number = ctypes.get_errno()
        if number == errno.EINTR:
            continue
        if number in _UNKNOWN:
            return False
        raise OSError(number, os.strerror(number))
    return True


def _exists(directory: int, name: bytes) -> bool:
    try:
        os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True

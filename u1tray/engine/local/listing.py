"""Lists a directory: how all in it is seen, and what is left alone and why."""

from __future__ import annotations

import os
import stat as modes
import sys
from collections.abc import Iterable

from u1tray.engine.core.values import Kind
from u1tray.engine.local.access import FILE, NOT_THERE, decoded, encoded, seen
from u1tray.engine.local.ignore import MAX_RULES_BYTES, RULES_NAME, Ignore, IsIgnored, is_own
from u1tray.engine.ports import Listing, Names, Oddity, Stat

_IS_UTF8 = sys.getfilesystemencoding() == "utf-8"
_MAY_LIST = modes.S_IRUSR | modes.S_IXUSR
_PLAIN = modes.S_IFREG | modes.S_IRUSR
_ASKED = modes.S_IFMT(0o777777) | modes.S_IRUSR  # the bits that a plain file is known by
_USER = os.geteuid()


def list_directory(directory: int, is_ignored: IsIgnored) -> Listing:
    """What an open directory holds. Raises OSError."""
    listed = _Listed(directory, is_ignored)
    with os.scandir(directory) as entries:
        for entry in entries:
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError as error:
                if error.errno in NOT_THERE:
                    continue
                raise
            listed.add(entry.name if _IS_UTF8 else decoded(os.fsencode(entry.name)), found)
    return listed.listing


def glance_at(directory: int, names: Iterable[str], is_ignored: IsIgnored) -> Listing:
    """What an open directory holds under some names. Raises OSError."""
    listed = _Listed(directory, is_ignored)
    for name in names:
        try:
            found = os.stat(encoded(name), dir_fd=directory, follow_symlinks=False)
        except OSError as error:
            if error.errno in NOT_THERE:
                continue
            raise
        listed.add(name, found)
    return listed.listing


class _Listed:
    """A listing that is being made."""

    def __init__(self, directory: int, is_ignored: IsIgnored) -> None:
        own = os.fstat(directory)
        self.listing = Listing({}, {}, {}, was_renamed=own.st_mtime_ns != own.st_ctime_ns)
        self._directory = directory
        self._is_ignored = is_ignored
        self._own_device = own.st_dev

    def add(self, name: str, found: os.stat_result) -> None:
        """Something has a name. Raises OSError."""
        listing, stat = self.listing, seen(found)
        if self._is_ignored(name, stat is not None and stat.kind is Kind.DIRECTORY):
            listing.oddities[name] = Oddity.IGNORED
            if stat is not None and found.st_dev == self._own_device and not is_own(name):
                listing.ignored[name] = stat
            return
        # Nearly everything is a file of the person's own: nothing can be odd about that.
        is_plain = found.st_mode & _ASKED == _PLAIN and found.st_uid == _USER
        if is_plain and stat is not None and found.st_dev == self._own_device:
            listing.stats[name] = stat
            return
        odd = _oddity(self._directory, name, found, self._own_device)
        if odd is not None:
            listing.oddities[name] = odd
        elif stat is not None:
            listing.stats[name] = stat


def _oddity(directory: int, name: str, found: os.stat_result, own_device: int) -> Oddity | None:
    """Why something that is not ignored is left alone; None if it can be synced."""
    mode = found.st_mode
    if not modes.S_ISREG(mode) and not modes.S_ISDIR(mode):
        return Oddity.SYMLINK if modes.S_ISLNK(mode) else Oddity.SPECIAL
    if found.st_dev != own_device:
        return Oddity.OTHER_DISK
    return None if _is_readable(directory, name, found) else Oddity.UNREADABLE


def _is_readable(directory: int, name: str, found: os.stat_result) -> bool:
    is_directory = modes.S_ISDIR(found.st_mode)
    wanted = _MAY_LIST if is_directory else modes.S_IRUSR
    if found.st_uid == _USER and found.st_mode & wanted == wanted:
        return True
    wanted = os.R_OK | os.X_OK if is_directory else os.R_OK
    return os.access(
        encoded(name), wanted, dir_fd=directory, effective_ids=True, follow_symlinks=False
    )


def learn_rules(directory: int, names: Names, ignore: Ignore) -> bool:
    """Read `.u1ignore` of an open directory if it is new or another; whether it was."""
    stat, text = _read_rules(directory, names, ignore)
    if ignore.knows(names, stat):
        return False
    if stat is None:
        ignore.forget(names)
    else:
        ignore.learn(names, stat, text)
    return True


def _read_rules(directory: int, names: Names, ignore: Ignore) -> tuple[Stat | None, str]:
    try:
        descriptor = os.open(encoded(RULES_NAME), FILE, dir_fd=directory)
    except OSError:
        return None, ""
    try:
        stat = seen(os.fstat(descriptor))
        if stat is None or stat.kind is not Kind.FILE or ignore.knows(names, stat):
            return stat if stat is not None and stat.kind is Kind.FILE else None, ""
        return stat, os.pread(descriptor, MAX_RULES_BYTES, 0).decode("utf-8", "surrogateescape")
    finally:
        os.close(descriptor)

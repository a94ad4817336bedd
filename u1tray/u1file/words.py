"""What a verb says when the cloud or this disk refused: the tutorial's words, about what, and why.

One table by family for the cloud, one by errno for the disk; exit codes follow from the family.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator, Mapping

from u1tray.rest.failures import GENERAL, SAYS
from u1tray.u1file.remote import printable
from u1tray.vocabulary.errors import (
    BusyError,
    ConflictError,
    NotFoundError,
    QuotaError,
    RefusedError,
    ServerError,
    U1Error,
    UsageError,
)

_WORDS: Mapping[type[U1Error], str] = {
    NotFoundError: "Not found",
    RefusedError: "Permission denied",
    ConflictError: "Conflict",
    QuotaError: "Out of space",
    BusyError: "Servers busy",
    ServerError: "Internal server error",
}


class NotThisWayError(RefusedError):
    """What this program does not do as it was asked, though nobody denied a permission."""


# The code of what is no affair of the cloud's.
ON_DISK = "on_disk"

_FAMILIES: Mapping[int, type[U1Error]] = {
    errno.ENOENT: NotFoundError,
    errno.ENOTDIR: NotFoundError,
    errno.EACCES: RefusedError,
    errno.EPERM: RefusedError,
    errno.EROFS: RefusedError,
    errno.ENOSPC: QuotaError,
    errno.EDQUOT: QuotaError,
    errno.EEXIST: ConflictError,
    errno.EISDIR: UsageError,
    errno.ENAMETOOLONG: UsageError,
}


@contextlib.contextmanager
def about(what: str) -> Iterator[None]:
    """Say in an error of the cloud which path it is about."""
    try:
        yield
    except U1Error as error:
        words = _WORDS.get(type(error))
        if isinstance(error, NotThisWayError):
            error.text = f"{printable(what)}: {error.text}"
        elif words is not None and error.code != ON_DISK:
            error.text = f"{words}: {printable(what)}: {_without_words(error.text)}"
        raise


def _without_words(text: str) -> str:
    """The server's sentence alone, where ours says no more than the words before it."""
    ours, _, theirs = text.partition(SAYS)
    return theirs if theirs and ours in GENERAL else text


@contextlib.contextmanager
def on_disk(path: object) -> Iterator[None]:
    """Turn an error of this computer's disk into ours."""
    try:
        yield
    except OSError as error:
        family = _FAMILIES.get(error.errno or 0, U1Error)
        words = f"{_WORDS[family]}: " if family in _WORDS else ""
        text = f"{words}{printable(str(path))}: {error.strerror or error} (on this computer)"
        raise family(text, code=ON_DISK) from error

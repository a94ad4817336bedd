"""What is in a folder and cannot be synced: links, special files, what may not be read.

What a rule ignores is none of it: that is as the person wants it. Each thing is told once. Only
what may not be read is kept in mind: of links there may be as many as files.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping

from u1tray.engine.ports import DiskError, Names, Oddity

logger = logging.getLogger(__name__)

MOST_TOLD = 1000
"""So many lines in the log are enough."""

_TOLD = {
    Oddity.SYMLINK: "a symbolic link",
    Oddity.SPECIAL: "no file and no directory",
    Oddity.OTHER_DISK: "on another file system",
    Oddity.UNREADABLE: "may not be read",
}


class Oddities:
    """Those of one folder; what may not be read there, as it was seen last."""

    def __init__(self) -> None:
        """Begins with nothing."""
        self._unreadable: dict[Names, set[str]] = {}
        self._refused: dict[Names, str] = {}
        self._told: set[Names] = set()

    def learn(
        self, directory: Names, odd: Mapping[str, Oddity], some: Iterable[str] | None = None
    ) -> None:
        """What is odd in a directory, or under some names in it."""
        self._refused.pop(directory, None)
        if not odd and directory not in self._unreadable:
            return
        kept = set() if some is None else self._unreadable.get(directory, set()).difference(some)
        kept.update(name for name, one in odd.items() if one is Oddity.UNREADABLE)
        if kept:
            self._unreadable[directory] = kept
        else:
            self._unreadable.pop(directory, None)
        for name, one in odd.items():
            if one is not Oddity.IGNORED:
                self._tell((*directory, name), _TOLD[one])

    def refuse(self, directory: Names, error: DiskError) -> None:
        """A directory cannot be looked at."""
        self._refused[directory] = error.text
        self._tell(directory, error.text)

    def unreadable(self) -> Iterator[tuple[Names, str]]:
        """What would be synced if it could be read, and why it cannot; empty: it may not be."""
        for directory, some in self._unreadable.items():
            for name in sorted(some):
                yield (*directory, name), ""
        yield from self._refused.items()

    def keep(self, is_there: Callable[[Names], bool]) -> None:
        """Directories that are not there any more are forgotten."""
        for directory in [one for one in self._unreadable if not is_there(one)]:
            del self._unreadable[directory]
        for directory in [one for one in self._refused if not is_there(one)]:
            del self._refused[directory]

    def _tell(self, names: Names, why: str) -> None:
        if names in self._told or len(self._told) > MOST_TOLD:
            return
        self._told.add(names)
        if len(self._told) > MOST_TOLD:
            logger.info("more things are not synced, and not listed here")
            return
        logger.info("not synced: %s (%s)", "/".join(names), why)

"""What is in a folder and cannot be synced: links, special files, what may not be read.

What a rule ignores is none of it: that is as the person wants it. Each thing is told once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping

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
    """Those of one folder, as it was seen last."""

    def __init__(self) -> None:
        """Begins with nothing."""
        self._found: dict[Names, dict[str, Oddity]] = {}
        self._refused: dict[Names, str] = {}
        self._told: set[Names] = set()

    def learn(
        self, directory: Names, odd: Mapping[str, Oddity], some: Iterable[str] | None = None
    ) -> None:
        """What is odd in a directory, or under some names in it."""
        self._refused.pop(directory, None)
        if not odd and directory not in self._found:
            return
        kept = {} if some is None else self._found.get(directory, {})
        for name in some or ():
            kept.pop(name, None)
        kept |= {name: one for name, one in odd.items() if one is not Oddity.IGNORED}
        if kept:
            self._found[directory] = kept
        else:
            self._found.pop(directory, None)
        for name in odd:
            if name in kept:
                self._tell((*directory, name), _TOLD[kept[name]])

    def refuse(self, directory: Names, error: DiskError) -> None:
        """A directory cannot be looked at."""
        self._refused[directory] = error.text
        self._tell(directory, error.text)

    def unreadable(self) -> Iterator[tuple[Names, str]]:
        """What would be synced if it could be read, and why it cannot; empty: it may not be."""
        for directory, odd in self._found.items():
            for name, one in odd.items():
                if one is Oddity.UNREADABLE:
                    yield (*directory, name), ""
        yield from self._refused.items()

    def forget(self, directory: Names) -> None:
        """There is no such directory any more."""
        self._found.pop(directory, None)
        self._refused.pop(directory, None)

    def _tell(self, names: Names, why: str) -> None:
        if names in self._told or len(self._told) > MOST_TOLD:
            return
        self._told.add(names)
        if len(self._told) > MOST_TOLD:
            logger.info("more things are not synced, and not listed here")
            return
        logger.info("not synced: %s (%s)", "/".join(names), why)

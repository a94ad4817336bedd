"""Hears from the kernel what changes in a folder (inotify), and says where to look.

A directory is watched by whoever lists it, just before: so no change falls in between, and new
directories are watched as they are found. A watch stays with its directory wherever that moves,
and gets its new path when it is listed there.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import logging
import os
import sys
from collections.abc import AsyncIterator, Iterable, Iterator

from inotify_simple import Event, INotify, flags  # type: ignore[import-untyped]

from u1tray.engine.local.access import decoded
from u1tray.engine.local.ignore import RULES_NAME, is_own
from u1tray.engine.ports import Hint, Names

logger = logging.getLogger(__name__)

GATHER_SECONDS = 0.01
MOVED_SECONDS = 2.0  # in which a moved directory is found, or is not in the folder any more
RESCAN_SECONDS = 60.0
RESCAN_MOST = 2000
ROOT_SECONDS = 5.0

_ENTRIES = flags.CREATE | flags.DELETE | flags.MOVED_FROM | flags.MOVED_TO
_MASK = (
    _ENTRIES | flags.CLOSE_WRITE | flags.ATTRIB | flags.DELETE_SELF | flags.MOVE_SELF
    | flags.ONLYDIR | flags.EXCL_UNLINK
)  # fmt: skip
_ITSELF = int(flags.DELETE_SELF | flags.MOVE_SELF | flags.UNMOUNT | flags.IGNORED)
_GONE = int(flags.IGNORED | flags.UNMOUNT)
_COMES = int(flags.CREATE | flags.MOVED_TO)
_LEAVES = int(flags.MOVED_FROM)
_SETTLES = int(flags.CLOSE_WRITE | flags.MOVED_TO)
_IS_DIRECTORY = int(flags.ISDIR)
_OVERFLOW = int(flags.Q_OVERFLOW)
_MOVED = int(flags.MOVE_SELF)
_NO_WATCH_LEFT = frozenset({errno.ENOSPC, errno.ENOMEM})
_IS_UTF8 = sys.getfilesystemencoding() == "utf-8"


class Watcher:
    """The watches of one folder. `unwatched` are directories that are only looked at at times."""

    def __init__(self) -> None:
        """Without inotify, everything is unwatched."""
        self.unwatched: dict[Names, None] = {}
        self._names: dict[int, Names] = {}
        self._moved: set[int] = set()
        self._pending: dict[Hint, None] = {}
        self._news = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._has_root = False
        self._has_told = False
        self._inotify = _open_inotify()

    async def hints(self) -> AsyncIterator[Hint]:
        """Where something may have changed, as it happens. The first is of the whole folder."""
        loop = self._loop = asyncio.get_running_loop()
        if self._inotify is not None:
            loop.add_reader(self._inotify.fileno(), self._begin_to_gather)
        self._in("root", ROOT_SECONDS, self._look_for_root)
        if self.unwatched:
            self._in("rescan", RESCAN_SECONDS, self._rescan)
        try:
            yield Hint((), is_deep=True)
            while True:
                await self._news.wait()
                self._news.clear()
                for hint in self._take_pending():
                    yield hint
        finally:
            self._end()

    def hint(self, hint: Hint) -> None:
        """Say that something may have changed. In the loop's thread."""
        self._pending[hint] = None
        self._news.set()

    def _take_pending(self) -> Iterator[Hint]:
        """None of a burst is kept in mind after it was given."""
        pending, self._pending = self._pending, {}
        return iter(pending)

    def watch(self, names: Names, directory: int) -> None:
        """Watch an open directory that is at a path now. In any thread."""
        if self._inotify is not None:
            try:
                watch = self._inotify.add_watch(f"/proc/self/fd/{directory}", _MASK)
            except OSError as error:
                self._go_without(names, error)
                return
            self._names[watch] = names
            self._moved.discard(watch)
            self.unwatched.pop(names, None)
        else:
            self._go_without(names, None)
        self._has_root = self._has_root or not names

    def forget(self, names: Names) -> None:
        """There is no such directory any more. In any thread."""
        self.unwatched.pop(names, None)

    def close(self) -> None:
        """Give all watches back."""
        self._end()
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None

    def _end(self) -> None:
        loop, self._loop = self._loop, None
        if loop is not None and self._inotify is not None:
            loop.remove_reader(self._inotify.fileno())
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _in(self, what: str, seconds: float, do: object) -> None:
        """Do something once after a time, unless it is to be done already."""
        if self._loop is not None and what not in self._timers:
            self._timers[what] = self._loop.call_later(seconds, self._due, what, do)

    def _due(self, what: str, do: object) -> None:
        del self._timers[what]
        assert callable(do)
        do()

    # Events

    def _begin_to_gather(self) -> None:
        """Something happened: the kernel gathers for a moment what belongs together."""
        assert self._loop is not None
        assert self._inotify is not None
        self._loop.remove_reader(self._inotify.fileno())
        self._in("gather", GATHER_SECONDS, self._gather)

    def _gather(self) -> None:
        assert self._loop is not None
        assert self._inotify is not None
        for event in self._inotify.read(timeout=0):
            for hint in self._hints_of(event):
                self._pending[hint] = None
        if self._pending:
            self._news.set()
        self._loop.add_reader(self._inotify.fileno(), self._begin_to_gather)

    def _hints_of(self, event: Event) -> Iterable[Hint]:
        if event.mask & _OVERFLOW:
            logger.info("changes came faster than they could be read: looking at everything")
            return (Hint((), is_deep=True),)
        names = self._names.get(event.wd)
        if names is None:
            return ()
        if event.mask & _ITSELF:
            return self._hints_of_itself(event, names)
        name = event.name if _IS_UTF8 else decoded(os.fsencode(event.name))
        if is_own(name):
            return ()
        if event.mask & _IS_DIRECTORY:
            # Another directory may have come so quickly that it has the inode of the last.
            below = (Hint((*names, name), is_deep=True),) if event.mask & _COMES else ()
            return (Hint(names), *below)
        return (_hint_of_file(event, names, name),)

    def _hints_of_itself(self, event: Event, names: Names) -> Iterable[Hint]:
        if event.mask & _GONE:
            self._names.pop(event.wd, None)
            self._moved.discard(event.wd)
        elif event.mask & _MOVED:
            self._moved.add(event.wd)
            self._in("moved", MOVED_SECONDS, self._leave_moved)
        if not names:
            self._has_root = False
            self._in("root", ROOT_SECONDS, self._look_for_root)
            return (Hint((), is_deep=True),)
        return (Hint(names[:-1]), Hint(names, is_deep=True))

    def _leave_moved(self) -> None:
        """Directories that were moved and not found again are not in the folder any more."""
        left, self._moved = self._moved, set()
        for places in {self._names[watch] for watch in left if watch in self._names}:
            for watch, names in list(self._names.items()):
                if names[: len(places)] == places:
                    self._unwatch(watch)
            # Whatever is there by now is watched again when it is looked at.
            self.hint(Hint(places, is_deep=True))

    def _unwatch(self, watch: int) -> None:
        del self._names[watch]
        assert self._inotify is not None
        try:
            self._inotify.rm_watch(watch)
        except OSError as error:
            logger.debug("watch %d was gone: %s", watch, error)

    def _look_for_root(self) -> None:
        if not self._has_root:
            self.hint(Hint((), is_deep=True))
            self._in("root", ROOT_SECONDS, self._look_for_root)

    # Without watches

    def _go_without(self, names: Names, error: OSError | None) -> None:
        if error is not None and error.errno not in _NO_WATCH_LEFT:
            logger.debug("%s cannot be watched: %s", "/".join(names), error)
        self.unwatched[names] = None
        if not self._has_told:
            self._has_told = True
            logger.warning(
                "not all folders can be watched (fs.inotify.max_user_watches is reached):"
                " some are looked at every %d seconds",
                RESCAN_SECONDS,
            )
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._in, "rescan", RESCAN_SECONDS, self._rescan)

    def _rescan(self) -> None:
        """Look at some of what is not watched, the longest unseen first."""
        if not self.unwatched:
            return
        for names in list(itertools.islice(self.unwatched, RESCAN_MOST)):
            # It goes to the end of the row.
            self.unwatched.pop(names, None)
            self.unwatched[names] = None
            self.hint(Hint(names))
        self._in("rescan", RESCAN_SECONDS, self._rescan)


def _hint_of_file(event: Event, names: Names, name: str) -> Hint:
    if event.mask & _LEAVES or name == RULES_NAME:
        return Hint(names)  # what left a name may have another in this directory
    return Hint(names, is_settled=name) if event.mask & _SETTLES else Hint(names, only=name)


def _open_inotify() -> INotify | None:
    try:
        return INotify(nonblocking=True)
    except OSError as error:
        logger.warning("folders cannot be watched: %s", error.strerror)
        return None

"""The collector: removes contents that nothing names any more, and then their blobs. May run
while any number of servers serve, and any number of times at once.

Why nobody loses a content:
- A row is removed in a transaction that sees that nothing names it. Whoever is about to name it
  holds its lock (PostgreSQL), or is not in a transaction at all (SQLite has one writer).
- A blob is deleted only after a transaction that saw no row of its hash has left a mark, and the
  mark says `gone` only after the deletion. An upload stores its blob first and adds its row then
  (`metadata/garbage.take`): in that transaction it finds a row, which keeps the blob; or no mark,
  and then whoever wants to delete will find its row; or the mark of a deletion that is under way,
  and then it is refused as busy; or the mark of one that is over, and then it looks whether its
  blob is there, which nobody deletes without another mark. Both sides hold a lock on the hash.
- The mark of a collector that was killed is taken over after TAKEOVER_AFTER_S, when none of its
  requests can be under way any more; uploads look for their blob then, too. Marks that say
  `gone` are kept for a day, because an upload adds its row within minutes of storing its blob.

Both kinds of garbage also have a time of grace: uploads rarely meet a mark, readers that have
looked a content up find its blob, and what was deleted in error can be uploaded by its hashes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from u1tray.server.admin.progress import NoProgress, Progress
from u1tray.server.clock import Clock
from u1tray.server.files.undo import FORGET_S
from u1tray.server.storage.blobs.protocol import BlobInfo, Blobs
from u1tray.server.storage.metadata import deletions, volumes
from u1tray.server.storage.metadata import garbage as rows
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.workers import repeated

logger = logging.getLogger(__name__)

GRACE_S = 86400.0
_KEEP_GONE_S = 86400.0
_ABANDONED_AFTER_S = 86400.0  # a writer that began before that is gone
_IDS_AT_ONCE = 2000
_BLOBS_AT_ONCE = 200
_PAGES_AT_ONCE = 500
_DELETE_WITHIN_S = rows.TAKEOVER_AFTER_S - rows.LONGEST_REQUEST_S - 60.0

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Collected:
    """What a collection removed, or would remove. `waiting` contents are unused, but not for
    the time of grace yet; `abandoned` is what killed writers left behind. Sizes in bytes."""

    contents: int = 0
    content_bytes: int = 0
    orphans: int = 0
    orphan_bytes: int = 0
    waiting: int = 0
    waiting_bytes: int = 0
    abandoned: int = 0

    def add_waiting(self, contents: Collection[rows.Unused]) -> None:
        """Count contents that wait."""
        self.waiting += len(contents)
        self.waiting_bytes += sum(content.size for content in contents)


class Stopped(Exception):  # noqa: N818 - not an error
    """The collection was told to end."""


class Collector:
    """Collects garbage of one cloud. Blocks: run it in a thread.

    `pause_s` between any two steps bounds the load; `stop` ends it at the next step.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        clock: Clock,
        *,
        grace_s: float = GRACE_S,
        pause_s: float = 0.0,
        stop: threading.Event | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._grace_s = grace_s
        self._pause_s = pause_s
        self._stop = stop or threading.Event()
        self._progress = progress or NoProgress()

    def collect(self) -> Collected:
        """Remove all garbage that is old enough. Raises U1Error, Stopped."""
        collected = Collected()
        if self._read(rows.has_noted):
            self._write(rows.forget_used)
        while self._write(deletions.forget_some, self._clock.now() - FORGET_S):
            pass
        while self._write(volumes.sweep):
            pass
        self._remove_contents(collected)
        self.take_over()
        self._remove_orphans(collected)
        collected.abandoned = self._blobs.clean_up(time.time() - _ABANDONED_AFTER_S)
        self._write(rows.forget_gone, self._clock.now() - _KEEP_GONE_S)
        self._give_space_back()
        return collected

    def look(self) -> Collected:
        """What `collect` would remove. Raises U1Error, Stopped."""
        collected = Collected()
        now = self._clock.now()
        for found in self._unused():
            ripe, waiting = self._parted(found, now)
            collected.contents += len(ripe)
            collected.content_bytes += sum(content.size for content in ripe)
            collected.add_waiting(waiting)
        for orphans in self._orphans():
            collected.orphans += len(orphans)
            collected.orphan_bytes += sum(orphan.size for orphan in orphans)
        return collected

    def take_over(self) -> None:
        """Go on with the blobs that a killed collector was to delete."""
        self._doom_orphans(self._read(rows.forsaken, self._clock.now()))

    def _remove_contents(self, collected: Collected) -> None:
        for found in self._unused():
            now = self._clock.now()
            fresh = [content.id for content in found if content.unused_since is None]
            if fresh:
                self._write(rows.note_unused, fresh, now)
            ripe, waiting = self._parted(found, now)
            collected.add_waiting(waiting)
            for batch in _batches(iter(ripe), _BLOBS_AT_ONCE):
                ids = [content.id for content in batch]
                removed, doomed = self._write(rows.remove, ids, now - self._grace_s, now)
                collected.contents += len(removed)
                collected.content_bytes += sum(removed)
                self._delete(doomed)

    def _remove_orphans(self, collected: Collected) -> None:
        for orphans in self._orphans():
            done = {doomed.sha256 for doomed in self._doom_orphans(o.sha256 for o in orphans)}
            removed = [orphan.size for orphan in orphans if orphan.sha256 in done]
            collected.orphans += len(removed)
            collected.orphan_bytes += sum(removed)

    def _doom_orphans(self, hashes: Iterable[bytes]) -> list[rows.Doomed]:
        found = list(hashes)
        if not found:
            return []
        doomed = self._write(rows.doom_orphans, found, self._clock.now())
        self._delete(doomed)
        return doomed

    def _delete(self, doomed: list[rows.Doomed]) -> None:
        """Delete blobs that are ours to delete. Raises U1Error.

        What is not begun in time is given up, and one that fails is taken over some time: it
        may be deleted yet.
        """
        if not doomed:
            return
        deadline = time.monotonic() + _DELETE_WITHIN_S
        left = list(doomed)
        try:
            while left and time.monotonic() < deadline:
                self._blobs.delete(left[0].sha256)
                left.pop(0)
        except BaseException:
            self._settle(doomed, left[1:], failed=left[:1])
            raise
        self._settle(doomed, left)

    def _settle(
        self,
        doomed: list[rows.Doomed],
        given_up: list[rows.Doomed],
        failed: Collection[rows.Doomed] = (),
    ) -> None:
        gone = [blob for blob in doomed if blob not in given_up and blob not in failed]
        # Also where the collection was told to end: nobody else may do it.
        with self._database.writing() as connection:
            rows.note_gone(connection, gone, self._clock.now())
            rows.give_up(connection, given_up)

    def _unused(self) -> Iterator[list[rows.Unused]]:
        last = self._read(rows.last_id)
        self._progress.stage("contents", last)
        for first in range(1, last + 1, _IDS_AT_ONCE):
            self._progress.advance(min(_IDS_AT_ONCE, last + 1 - first))
            if found := self._read(rows.unused, first, first + _IDS_AT_ONCE - 1):
                yield found

    def _orphans(self) -> Iterator[list[BlobInfo]]:
        """Blobs that are old enough and have no row."""
        before = time.time() - self._grace_s  # the store's clock, not ours
        self._progress.stage("blobs")
        old = (blob for blob in self._seen() if blob.stored_at <= before)
        for batch in _batches(old, _BLOBS_AT_ONCE):
            known = self._read(rows.known, [blob.sha256 for blob in batch])
            if orphans := [blob for blob in batch if blob.sha256 not in known]:
                yield orphans

    def _seen(self) -> Iterator[BlobInfo]:
        for blob in self._blobs.all():
            self._progress.advance()
            yield blob

    def _parted(
        self, found: list[rows.Unused], now: float
    ) -> tuple[list[rows.Unused], list[rows.Unused]]:
        """Those that are unused for long enough, and those that are not."""
        ripe: list[rows.Unused] = []
        waiting: list[rows.Unused] = []
        for content in found:
            since = now if content.unused_since is None else content.unused_since
            (ripe if since <= now - self._grace_s else waiting).append(content)
        return ripe, waiting

    def _give_space_back(self) -> None:
        left = None
        while True:
            before, left = left, self._write(rows.give_back_space, _PAGES_AT_ONCE)
            if left in (0, before):
                return

    def _read(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kw: P.kwargs
    ) -> T:
        self._step()
        return repeated(self._database.reading, work, *args, **kw)

    def _write(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kw: P.kwargs
    ) -> T:
        self._step()
        return repeated(self._database.writing, work, *args, **kw)

    def _step(self) -> None:
        if self._stop.wait(self._pause_s) if self._pause_s else self._stop.is_set():
            raise Stopped


def _batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch

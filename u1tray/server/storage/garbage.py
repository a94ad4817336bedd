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
  requests can be under way any more. Marks that say `gone` are kept for a day, because an upload
  adds its row within minutes of storing its blob.

Both kinds of garbage also have a time of grace: uploads rarely meet a mark, readers that have
looked a content up find its blob, and what was deleted in error can be uploaded by its hashes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from u1tray.server.clock import Clock
from u1tray.server.storage.blobs.protocol import BlobInfo, Blobs
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
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._grace_s = grace_s
        self._pause_s = pause_s
        self._stop = stop or threading.Event()

    def collect(self) -> Collected:
        """Remove all garbage that is old enough. Raises U1Error, Stopped."""
        collected = Collected()
        if self._read(rows.has_noted):
            self._write(rows.forget_used)
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
        before = self._clock.now() - self._grace_s
        for found in self._unused():
            self._count(collected, found, before)
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
            before = now - self._grace_s
            ripe = self._count(collected, found, before, now)
            for ids in _batches(iter(ripe), _BLOBS_AT_ONCE):
                _, doomed = self._write(rows.remove, ids, before, now)
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
        """Delete blobs that are ours to delete. One that fails is taken over some time."""
        if doomed:
            for blob in doomed:
                self._blobs.delete(blob.sha256)
            self._write(rows.note_gone, doomed, self._clock.now())

    def _unused(self) -> Iterator[list[rows.Unused]]:
        last = self._read(rows.last_id)
        for first in range(1, last + 1, _IDS_AT_ONCE):
            if found := self._read(rows.unused, first, first + _IDS_AT_ONCE - 1):
                yield found

    def _orphans(self) -> Iterator[list[BlobInfo]]:
        """Blobs that are old enough and have no row."""
        before = time.time() - self._grace_s  # the store's clock, not ours
        old = (blob for blob in self._blobs.all() if blob.stored_at <= before)
        for batch in _batches(old, _BLOBS_AT_ONCE):
            known = self._read(rows.known, [blob.sha256 for blob in batch])
            if orphans := [blob for blob in batch if blob.sha256 not in known]:
                yield orphans

    def _count(
        self,
        collected: Collected,
        found: list[rows.Unused],
        before: float,
        now: float | None = None,
    ) -> list[int]:
        """The ids of those that are ripe; `now` is since when fresh ones are unused."""
        ripe = []
        for content in found:
            since = content.unused_since if content.unused_since is not None else now
            if since is not None and since <= before:
                ripe.append(content.id)
                collected.contents += 1
                collected.content_bytes += content.size
            else:
                collected.waiting += 1
                collected.waiting_bytes += content.size
        return ripe

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

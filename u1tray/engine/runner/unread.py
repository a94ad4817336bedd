"""Files whose content is not known yet: when they can be read, and reading them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable

from u1tray.engine.core import operations as op
from u1tray.engine.core.values import Content
from u1tray.engine.ports import Clock, DiskError, Folder, Hint, Names, Stat
from u1tray.engine.runner.backlog import Backlog
from u1tray.engine.store.trees import TreeStore

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 0.2  # a file that nobody closed is read once it was left alone so long
RETRY_SECONDS = 5.0
READERS = 4
FILES_AT_ONCE = 64  # that are read, and noted
SMALL_BYTES = 1 << 16  # larger ones are read one by one

_Found = tuple[Names, Stat]


class Unread:
    """Those of one folder. `seen` is called after some were read; `look` where one was not."""

    def __init__(
        self,
        trees: TreeStore,
        folder: Folder,
        clock: Clock,
        *,
        backlog: Backlog,
        look: Callable[[Hint], None],
        seen: Callable[[], None],
    ) -> None:
        self._trees = trees
        self._folder = folder
        self._clock = clock
        self._backlog = backlog
        self._look = look
        self._seen = seen
        self._news = asyncio.Event()
        self._settled: set[int] = set()
        self._due: dict[int, float] = {}
        self._ripe: deque[int] = deque()
        self._near: dict[int, _Found] = {}
        self._busy: set[int] = set()
        self._contents: dict[int, tuple[Stat, Content] | None] = {}

    @property
    def are_none(self) -> bool:
        """Everything was read."""
        stuck = self._backlog.stuck.values()
        return not any(one.cause is op.Cause.BEING_WRITTEN for one in stuck)

    def read_soon(self) -> None:
        """There may be files to read."""
        self._news.set()

    def settle(self, directory_id: int, names: Iterable[str]) -> None:
        """Their writers closed files of a directory: they can be read at once."""
        found = (self._trees.unread(directory_id, name) for name in names)
        self._settled.update(node_id for node_id in found if node_id is not None)

    def shed(self) -> None:
        """Once there is little: keep no tables that are as large as when there was much."""
        self._settled = set(self._settled)
        self._due = dict(self._due)

    async def read(self) -> None:
        """Reads new and changed files to know their content, some at a time."""
        readers = [asyncio.ensure_future(self._read_on()) for _ in range(READERS)]
        try:
            await asyncio.gather(*readers)
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)

    async def _read_on(self) -> None:
        while True:
            self._news.clear()
            if self._backlog.has_plenty:
                # What was read is carried first: the other side need not wait for all of it.
                await self._news.wait()
                continue
            soonest = None if self._ripe else self._find_ripe()
            if not self._ripe:
                await self._wait_for_files(soonest)
                continue
            await self._read_some(self._next_ripe())
            if not self._ripe or len(self._contents) >= FILES_AT_ONCE:
                self._note_found()

    async def _wait_for_files(self, seconds: float | None) -> None:
        # Not wait_for: until Python 3.12 it may swallow a cancellation.
        timer = None
        if seconds is not None:
            timer = asyncio.get_running_loop().call_later(seconds, self._news.set)
        try:
            await self._news.wait()
        finally:
            if timer is not None:
                timer.cancel()

    def _nodes(self) -> list[int]:
        return [
            stuck.node
            for stuck in list(self._backlog.stuck.values())
            if stuck.cause is op.Cause.BEING_WRITTEN
        ]

    def _find_ripe(self) -> float | None:
        """Sort out what can be read now; in how many seconds there is more."""
        now = self._clock.monotonic()
        due = {}
        for node_id in self._nodes():
            if node_id in self._busy:
                continue
            if node_id in self._settled:
                self._ripe.append(node_id)
                continue
            moment, found = self._due.get(node_id), None
            if moment is None:
                found = self._trees.to_read(node_id)
                moment = now + self._rest(found)
            if moment > now:
                due[node_id] = moment
            else:
                # Of many, paths and stats would be more than all else that is kept in mind.
                if found is not None and len(self._ripe) < READERS * FILES_AT_ONCE:
                    self._near[node_id] = found
                self._ripe.append(node_id)
        self._due = due
        return min((moment - now for moment in due.values()), default=None)

    def _rest(self, found: _Found | None) -> float:
        """How long a file that nobody closed is left alone; clocks may be wrong."""
        if found is None:
            return 0.0
        rest = found[1].mtime_ns / 1e9 + SETTLE_SECONDS - self._clock.now()
        return max(0.0, min(rest, SETTLE_SECONDS))

    def _next_ripe(self) -> dict[int, _Found]:
        """Some small files to read, or one large one."""
        batch: dict[int, _Found] = {}
        while self._ripe and len(batch) < FILES_AT_ONCE:
            node_id = self._ripe.popleft()
            found = self._near.pop(node_id, None) or self._trees.to_read(node_id)
            is_large = found is not None and found[1].size > SMALL_BYTES
            if is_large and batch:
                self._ripe.appendleft(node_id)  # the next batch begins with it
                break
            self._settled.discard(node_id)
            self._due.pop(node_id, None)
            self._busy.add(node_id)
            if found is None:
                self._contents[node_id] = None
                continue
            batch[node_id] = found
            if is_large:
                break
        return batch

    async def _read_some(self, batch: dict[int, _Found]) -> None:
        if not batch:
            return
        contents = await self._folder.contents(list(batch.values()))
        for (node_id, (names, stat)), content in zip(batch.items(), contents, strict=True):
            if isinstance(content, Content):
                self._contents[node_id] = (stat, content)
                continue
            logger.debug("%s: %s", "/".join(names), content.text)
            self._busy.discard(node_id)
            pause = RETRY_SECONDS if isinstance(content, DiskError) else SETTLE_SECONDS
            self._due[node_id] = self._clock.monotonic() + pause
            self._look(Hint(names[:-1]))

    def _note_found(self) -> None:
        """Several at once: every note has all differences weighed anew."""
        found, self._contents = self._contents, {}
        if not found:
            return
        self._busy.difference_update(found)
        try:
            left = self._fill(found)
        except DiskError as error:
            logger.warning("%s", error.text)
            self._due |= dict.fromkeys(found, self._clock.monotonic() + RETRY_SECONDS)
            return
        if left:
            self._backlog.decide_again(left)
        self._seen()

    def _fill(self, found: dict[int, tuple[Stat, Content] | None]) -> set[int]:
        """Which ones are not as they were read."""
        left = set()
        with self._trees.changing():
            for node_id, seen in found.items():
                if seen is None or not self._trees.fill_as_seen(node_id, *seen):
                    left.add(node_id)
        return left

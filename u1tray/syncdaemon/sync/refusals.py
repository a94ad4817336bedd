"""Volumes that the disk lets nobody start: full, or read-only. Tried again until it does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

from u1tray.engine.ports import DiskError
from u1tray.syncdaemon.sync.subscriptions import Subscription

_log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0


@dataclass
class Refusal:
    """Why a volume could not be started, how often by now, and what will try it again."""

    subscription: Subscription
    error: DiskError
    times: int
    timer: asyncio.TimerHandle = field(repr=False)


class Refusals:
    """The volumes that wait for the disk, by path. `again` starts one; `failed` hears of faults.

    Nothing of ours tells that a disk has room again, so it is looked at, ever more rarely.
    """

    def __init__(
        self,
        again: Callable[[Subscription], Coroutine[Any, Any, None]],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._again = again
        self._failed = failed
        self._refused: dict[str, Refusal] = {}
        self._trying: dict[str, asyncio.Task[None]] = {}

    def __iter__(self) -> Iterator[Refusal]:
        return iter([self._refused[path] for path in sorted(self._refused)])

    def __contains__(self, path: str) -> bool:
        return path in self._refused

    def __bool__(self) -> bool:
        return bool(self._refused)

    def add(self, subscription: Subscription, error: DiskError) -> None:
        """The disk refused: try again later."""
        before = self._refused.get(subscription.path)
        times = 1 if before is None else before.times + 1
        if before is None or before.error.text != error.text:
            _log.warning("%s is not synced: %s", subscription.directory, error.text)
        pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(times - 1, 10))
        timer = asyncio.get_running_loop().call_later(pause, self._try, subscription)
        self._refused[subscription.path] = Refusal(subscription, error, times, timer)

    def discard(self, path: str) -> None:
        """It was started, or is not to be."""
        refusal = self._refused.pop(path, None)
        if refusal is not None:
            refusal.timer.cancel()

    async def close(self, path: str | None = None) -> None:
        """Try nothing any more; or not this one."""
        for wanted in sorted({*self._refused, *self._trying}) if path is None else (path,):
            self.discard(wanted)
            trying = self._trying.get(wanted)
            if trying is not None:
                trying.cancel()
                await asyncio.gather(trying, return_exceptions=True)

    def _try(self, subscription: Subscription) -> None:
        task = asyncio.ensure_future(self._again(subscription))
        self._trying[subscription.path] = task
        task.add_done_callback(lambda done: self._tried(subscription.path, done))

    def _tried(self, path: str, task: asyncio.Task[None]) -> None:
        del self._trying[path]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._failed(error)

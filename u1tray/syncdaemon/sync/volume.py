"""One subscribed volume: its trees, its folder, and the engine that keeps it in sync."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from u1tray.engine.core.operations import Operation, Transfer
from u1tray.engine.core.values import Content, Side
from u1tray.engine.local.folder import DiskFolder
from u1tray.engine.local.partials import Partials
from u1tray.engine.local.trashes import Places
from u1tray.engine.local.workers import Workers
from u1tray.engine.ports import Hint, Names
from u1tray.engine.runner.lanes import Lanes
from u1tray.engine.runner.runner import Watchers
from u1tray.engine.runner.there import Progress
from u1tray.engine.runner.volume import VolumeSync
from u1tray.syncdaemon.queue import CommandQueue
from u1tray.syncdaemon.remote.news import News
from u1tray.syncdaemon.remote.uplink import Uplink
from u1tray.syncdaemon.remote.volume import RemoteVolume, Throttles
from u1tray.syncdaemon.sparing import Sparing
from u1tray.syncdaemon.sync.clock import RealClock
from u1tray.syncdaemon.sync.obstacles import Obstacles
from u1tray.syncdaemon.sync.stores import Memory, doubt, open_trees
from u1tray.syncdaemon.sync.subscriptions import Subscription
from u1tray.syncdaemon.sync.transfers import Transfers
from u1tray.syncdaemon.sync.work import Spot, Work, printable

# Decisions after which so much memory is free that the system gets it back: of a few hundred kB,
# most is soon needed again.
MANY = 10_000


@dataclass(frozen=True)
class Tools:
    """What all volumes share."""

    uplink: Uplink
    news: News
    throttles: Throttles
    workers: Workers
    partials: Partials
    places: Places
    queue: CommandQueue
    transfers: Transfers
    device: str
    sparing: Sparing
    lanes: Lanes
    give_back: Callable[[], None]
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ears:
    """Who hears of a volume: of anything new, a full cloud, and faults of ours."""

    changed: Callable[[], None]
    refused: Callable[[], None]
    failed: Callable[[BaseException], None]
    misnamed: Callable[[str, str], None] = lambda _directory, _name: None
    journaled: Callable[[], None] = lambda: None


class SyncedVolume:
    """A volume from `start` to `close`; in between, connections come and go."""

    def __init__(self, subscription: Subscription, store: Path, tools: Tools, ears: Ears) -> None:
        self.subscription = subscription
        self.trees = open_trees(store)
        self._store = store
        self.folder = DiskFolder(
            subscription.directory, tools.partials, tools.workers, tools.places, tools.ignored
        )
        self._ears = ears
        self._sparing = tools.sparing
        self._give_back = tools.give_back
        self._rested_after = 0
        self._looked = asyncio.Event()
        spot = Spot(subscription.volume_id, subscription.directory)
        self.work = Work(spot, self.trees, tools.queue, tools.transfers, ears.refused)
        remote = RemoteVolume(
            tools.uplink,
            subscription.path,
            tools.news,
            memory=Memory(self.trees),
            is_known=self._is_known,
            throttles=tools.throttles,
        )
        self.sync = VolumeSync(
            self.trees,
            self.folder,
            remote,
            RealClock(),
            tools.device,
            watchers=self._watchers(),
            progress=Progress(self.work.progressed),
            state_changed=self._on_change,
            lanes=tools.lanes,
        )
        self.sync.journal.noted = ears.journaled
        self.obstacles = Obstacles(self.sync, tools.sparing, self._tell_misnamed)
        self._watching: asyncio.Task[None] | None = None
        self._syncing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Watch the folder from now on."""
        self._watching = self._run(self.sync.watch())

    async def folder_seen(self) -> None:
        """Wait until the folder was looked at, or cannot be."""
        while not self.sync.local.is_looked_at:
            if self.sync.local.trouble is not None or not self.sync.local.has_root:
                return
            await self._next_look()

    def connect(self, may_work: asyncio.Event) -> None:
        """Work with the cloud; operations begin once `may_work` is set."""
        self._syncing = self._run(self.sync.sync(may_work))

    async def cloud_seen(self) -> None:
        """Wait until the cloud was asked what is in it, on this connection, or cannot be."""
        while not self.sync.remote.is_looked_at and self.sync.remote.trouble is None:
            await self._next_look()

    async def disconnect(self) -> None:
        """End what is on its way; it waits."""
        await self._end_syncing()
        self.work.interrupted()

    async def close(self, *, for_good: bool = False) -> None:
        """Leave folder and store; an undo under way ends first. `for_good`: nothing waits."""
        await self.sync.undoing.close()
        await self._end_syncing()
        if for_good:
            self.work.given_up()
        else:
            self.work.interrupted()
        if self._watching is not None:
            await _ended(self._watching)
        self.folder.close()
        self.trees.close()

    async def _end_syncing(self) -> None:
        if self._syncing is not None:
            await _ended(self._syncing)
            self._syncing = None

    def rescan(self) -> None:
        """Look at all of the folder and of the cloud again."""
        with self.trees.changing():
            self.trees.note("generation", "0")
        self.sync.local.heed(Hint((), is_deep=True))
        self.sync.remote.ask_soon()

    @property
    def root_key(self) -> str:
        """The key of the root in the cloud, as far as it is known."""
        return self.trees.key(self.trees.root(Side.REMOTE).id)

    @property
    def is_connected(self) -> bool:
        """Whether it works with the cloud."""
        return self._syncing is not None

    @property
    def is_beginning(self) -> bool:
        """Something more will be begun, or decided about, at once."""
        runner = self.sync.runner
        return self.is_connected and not (runner.backlog.is_quiet and not self.trees.touched)

    @property
    def is_idle(self) -> bool:
        """Both sides are the same as far as is known, and nothing waits to be tried again."""
        return self.sync.is_idle and not self.sync.runner.troubles and not self.obstacles.spared

    @property
    def is_at_peace(self) -> bool:
        """Both sides are the same without any exception, as far as is known."""
        runner = self.sync.runner
        return self.is_connected and self.is_idle and not runner.backlog.stuck and not runner.held

    def _watchers(self) -> Watchers:
        return Watchers(
            begun=self.work.begun,
            done=self.work.done,
            failed=self.work.failed,
            changed=self.work.changed,
            dropped=self.work.dropped,
            stopped=self.work.stopped,
            may_run=self._may_run,
            decided=self._on_decided,
        )

    def _on_decided(self) -> None:
        runner = self.sync.runner
        if runner.backlog.is_quiet:
            self.work.keep_only([one.operation for one in runner.troubles.values()])
        if runner.is_idle:
            self.obstacles.tell_misnamed()
        self._shed()
        self._ears.changed()

    def _shed(self) -> None:
        """At rest after much work: keep no memory that only the work needed."""
        decided = self.sync.runner.backlog.additions
        if decided - self._rested_after >= MANY and self.sync.is_idle:
            self._rested_after = decided
            self.sync.shed()
            self._give_back()

    def _may_run(self, operation: Operation) -> bool:
        largest = self._sparing.largest
        if largest is None or not isinstance(operation, Transfer):
            return True
        return operation.content.size <= largest

    def _tell_misnamed(self, names: Names) -> None:
        *above, name = names
        directory = self.subscription.directory.joinpath(*above)
        self._ears.misnamed(printable(str(directory)), printable(name))

    def _on_change(self) -> None:
        self._looked.set()
        self._ears.changed()

    async def _next_look(self) -> None:
        self._looked.clear()
        await self._looked.wait()

    def _is_known(self, content: Content) -> bool:
        return self.trees.holds(content)

    def _run(self, life: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(life)
        task.add_done_callback(self._on_end)
        return task

    def _on_end(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            doubt(self._store, error)
            self._ears.failed(error)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

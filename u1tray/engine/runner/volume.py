"""The life of one volume: looks at both sides, hears of changes, and lets the runner work.

Nothing is planned before both sides were looked at once. The folder is watched all the time; with
the cloud there are connections, each of which begins with a look at what the cloud has by then.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from u1tray.engine.core import operations as op
from u1tray.engine.core.holds import Limits
from u1tray.engine.core.values import Side
from u1tray.engine.ports import Clock, Folder, Hint
from u1tray.engine.ports import Volume as RemoteVolume
from u1tray.engine.runner.backlog import Backlog
from u1tray.engine.runner.calm import Calm
from u1tray.engine.runner.executor import Executor
from u1tray.engine.runner.holds import Holds
from u1tray.engine.runner.lanes import Lanes
from u1tray.engine.runner.local_side import LocalSide
from u1tray.engine.runner.remote_side import RemoteSide
from u1tray.engine.runner.runner import Runner, Watchers, is_deletion_there
from u1tray.engine.runner.there import Progress
from u1tray.engine.runner.undoing import Undoing
from u1tray.engine.store.journal import Journal
from u1tray.engine.store.trees import TreeStore
from u1tray.vocabulary.errors import U1Error

CANCEL_AGAIN_SECONDS = 1.0


@dataclass
class VolumeSync:
    """One volume that is being synced: `watch`, and `sync` while there is a connection."""

    trees: TreeStore
    folder: Folder
    volume: RemoteVolume
    clock: Clock
    device: str
    limits: Limits = field(default_factory=Limits)
    watchers: Watchers = field(default_factory=Watchers)
    progress: Progress = field(default_factory=Progress)
    chance: random.Random = field(default_factory=random.Random)
    state_changed: Callable[[], None] = lambda: None
    lanes: Lanes = field(default_factory=Lanes)

    def __post_init__(self) -> None:
        self.holds = Holds(self.trees, self.clock, self.limits)
        self.journal = Journal(self.trees.connection)
        self._ready = asyncio.Event()
        self._calm = Calm(self.clock, self._on_calm)
        self._executor = Executor(
            self.trees,
            folder=self.folder,
            volume=self.volume,
            clock=self.clock,
            device=self.device,
            progress=self.progress,
            journal=self.journal,
            deleting=self.holds.note,
        )
        self.undoing = Undoing(
            self.trees,
            self.journal,
            self.folder,
            self.clock,
            device=self.device,
            hands=self._executor.hands,
            seen=self._on_undone,
        )
        self.runner = Runner(
            Backlog(self.trees),
            self._executor,
            self.clock,
            watchers=Watchers(
                begun=self.watchers.begun,
                done=self._done,
                failed=self._failed,
                changed=self._look_again_at,
                baffled=self._baffled,
                dropped=self.watchers.dropped,
                stopped=self._stopped,
                decided=self._decided,
                may_run=self._may_run,
            ),
            chance=self.chance,
            lanes=self.lanes,
        )
        self.local = LocalSide(
            self.trees,
            self.folder,
            self.clock,
            backlog=self.runner.backlog,
            hands=self._executor.hands,
            seen=self._seen,
        )
        self.remote = RemoteSide(self.trees, self.volume, self.clock, self._seen)

    async def run(self) -> None:
        """Keep both sides the same until cancelled. Raises what no retry can mend."""
        await _together(self.watch(), self.sync())

    async def watch(self) -> None:
        """Look at the folder, and again whenever it changes, until cancelled."""
        try:
            await _together(self.local.hear(), self.local.look(), self.local.unread.read())
        finally:
            self._calm.stop()

    async def sync(self, may_work: asyncio.Event | None = None) -> None:
        """Work with the cloud until cancelled; operations begin once `may_work` is set."""
        self.remote = RemoteSide(self.trees, self.volume, self.clock, self._seen)
        self._ready.clear()
        self.runner.backlog.add(self.trees.differences())
        await _together(self.remote.listen(), self.remote.ask(), self._work(may_work))

    @property
    def is_idle(self) -> bool:
        """Both sides are the same, as far as is known, or nothing can be done for now."""
        is_quiet = self.local.is_quiet and self.remote.is_quiet and not self._calm.is_awaited
        return is_quiet and self.runner.is_idle

    def shed(self) -> None:
        """Keep in mind only what is needed at rest: there was much to do, and is not any more."""
        self.trees.shed()
        self.runner.backlog.shed()
        self.local.unread.shed()

    @property
    def is_held(self) -> Mapping[Side, bool]:
        """Whether what a side lost is held."""
        return self.holds.is_held

    def apply_held(self, shown: int) -> None:
        """What is held and was shown up to a number (`holds.show`) is meant.

        Raises DiskError: then it is held as before.
        """
        self.holds.apply(shown)
        self._weigh()
        self.runner.try_again()
        self.state_changed()

    def restore_held(self) -> None:
        """The deletions that are held are not meant: what is lost comes back. Raises DiskError."""
        self.holds.restore()
        self._weigh()
        self.runner.try_again()
        self.state_changed()

    async def _work(self, may_work: asyncio.Event | None) -> None:
        await self._ready.wait()
        if may_work is not None:
            await may_work.wait()
        await self.runner.run()

    def _seen(self) -> None:
        if self.local.is_looked_at and self.remote.is_looked_at:
            self._ready.set()
        self._weigh()
        self.runner.wake()
        self.local.unread.read_soon()
        self.state_changed()

    def _on_undone(self, is_seen: bool) -> None:
        self.local.heed(Hint((), is_deep=not is_seen))
        self._seen()

    def _decided(self) -> None:
        self.local.unread.read_soon()
        self.watchers.decided()

    def _weigh(self) -> None:
        """Whether what a side lost is so much that it is held."""
        for side in Side:
            was_held = self.is_held[side]
            self._weigh_one(side)
            if was_held and not self.is_held[side]:
                self.runner.try_again()

    def _weigh_one(self, lost_in: Side) -> None:
        lost = self.holds.weigh(lost_in)
        if lost_in is Side.LOCAL:
            self._calm.note(lost)

    def _may_run(self, operation: op.Operation) -> bool:
        if isinstance(operation, op.Delete) and not self._may_delete(operation):
            return False
        if is_deletion_there(operation) and self._calm.is_awaited:
            return False
        return self.watchers.may_run(operation)

    def _may_delete(self, delete: op.Delete) -> bool:
        """Whether a person has meant it, or it is one of few; also those lost on their way up."""
        if self.holds.is_meant(delete):
            return True
        lost_in = delete.side.other
        if not self.is_held[lost_in]:
            self._weigh_one(lost_in)
        return not self.is_held[lost_in]

    def _on_calm(self) -> None:
        self.runner.reconsider()
        self.state_changed()

    def _done(self, operation: op.Operation) -> None:
        self._ask_for_news_of(operation)
        self.watchers.done(operation)

    def _failed(self, operation: op.Operation, error: U1Error) -> None:
        self._ask_for_news_of(operation)
        self.watchers.failed(operation, error)

    def _stopped(self, operation: op.Operation) -> None:
        self._ask_for_news_of(operation)
        self.watchers.stopped(operation)

    def _ask_for_news_of(self, operation: op.Operation) -> None:
        if is_deletion_there(operation):
            self.remote.ask_soon()

    def _baffled(self) -> None:
        self.remote.start_over()

    def _look_again_at(self, operation: op.Operation) -> None:
        self.watchers.changed(operation)
        for node_id in local_nodes(self.trees, operation):
            names = self.trees.names(Side.LOCAL, node_id)
            self.local.heed(Hint(names, is_deep=True))
            self.local.heed(Hint(names[:-1]))
        self.remote.ask_soon()


def local_nodes(trees: TreeStore, operation: op.Operation) -> list[int]:
    """The local nodes that an operation is about and that are still there."""
    match operation:
        case op.Make(Side.LOCAL, _, node) | op.Transfer(Side.LOCAL, _, node):
            found = node
        case op.Make(Side.REMOTE, node) | op.Transfer(Side.REMOTE, node):
            found = node
        case op.Move(Side.LOCAL, node) | op.Delete(Side.LOCAL, node) | op.SetAside(node):
            found = node
        case _:
            return []
    return [] if trees.node(Side.LOCAL, found) is None else [found]


async def _together(*parts: Coroutine[Any, Any, None]) -> None:
    """Run all until the first ends; then end the others. Raises what that one raised."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await _end(set(tasks))


async def _end(tasks: set[asyncio.Future[None]]) -> None:
    # Again and again: asyncio.wait_for of Python 3.10 and 3.11 may swallow a cancellation.
    while tasks:
        for task in tasks:
            task.cancel()
        _, tasks = await asyncio.wait(tasks, timeout=CANCEL_AGAIN_SECONDS)

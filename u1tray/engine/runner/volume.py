"""The life of one volume: looks at both sides, hears of changes, and lets the runner work.

Nothing is planned before both sides were looked at once.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from u1tray.engine.core import operations as op
from u1tray.engine.core.holds import Limits
from u1tray.engine.core.values import Side
from u1tray.engine.ports import (
    Changed,
    Clock,
    Delta,
    DiskError,
    Folder,
    Hint,
    Names,
    RemoteNode,
    Stat,
)
from u1tray.engine.ports import Volume as RemoteVolume
from u1tray.engine.runner.backlog import Backlog
from u1tray.engine.runner.executor import Executor, Progress
from u1tray.engine.runner.runner import Runner, Watchers, is_deletion_there
from u1tray.engine.runner.scanner import Scan
from u1tray.engine.store.remote import Incoming, Intake, OutOfDateError
from u1tray.engine.store.trees import TreeStore
from u1tray.vocabulary.errors import U1Error

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 0.2  # a file that nobody closed is read once it was left alone so long
RETRY_SECONDS = 5.0
_ROOT: Names = ()
_NODES_AT_ONCE = 1000


@dataclass
class VolumeSync:
    """One volume that is being synced. `run` until cancelled."""

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

    def __post_init__(self) -> None:
        self.is_looked_at = {Side.LOCAL: False, Side.REMOTE: False}
        self.has_root = True
        self.is_held = {Side.LOCAL: False, Side.REMOTE: False}
        self.applies = {Side.LOCAL: False, Side.REMOTE: False}
        self._hints: dict[tuple[Names, bool], None] = {}
        self._news_here = asyncio.Event()
        self._news_there = asyncio.Event()
        self._unread = asyncio.Event()
        self._ready = asyncio.Event()
        self._settled: set[int] = set()
        self._executor = Executor(
            self.trees,
            folder=self.folder,
            volume=self.volume,
            clock=self.clock,
            device=self.device,
            progress=self.progress,
        )
        self.runner = Runner(
            Backlog(self.trees),
            self._executor,
            self.clock,
            watchers=Watchers(
                begun=self.watchers.begun,
                done=self._done,
                failed=self.watchers.failed,
                changed=self._look_again_at,
                decided=self._unread.set,
                may_run=self._may_run,
            ),
            chance=self.chance,
        )

    async def run(self) -> None:
        """Keep both sides the same until cancelled. Raises what no retry can mend."""
        self.runner.backlog.add(self.trees.differences())
        await _together(
            self._hear(), self._look(), self._listen(), self._ask(), self._read(), self._work()
        )

    @property
    def is_idle(self) -> bool:
        """Both sides are the same, as far as is known, or nothing can be done for now."""
        return (
            all(self.is_looked_at.values())
            and not self._hints
            and not self._news_there.is_set()
            and self.runner.is_idle
            and not self._to_read()
        )

    def apply_held(self) -> None:
        """The deletions that are held are meant."""
        for side in Side:
            self.applies[side] = self.is_held[side]
        self.runner.try_again()

    def restore_held(self) -> None:
        """The deletions that are held are not meant: what is lost comes back."""
        with self.trees.changing():
            for side in Side:
                if self.is_held[side]:
                    self.trees.revive_lost(side)
        self._weigh()
        self.runner.try_again()

    # Here

    async def _hear(self) -> None:
        async for hint in self.folder.hints():
            self._heed(hint)

    def _heed(self, hint: Hint) -> None:
        self._hints[(hint.names, hint.is_deep)] = None
        if hint.is_settled is not None:
            self._settle((*hint.names, hint.is_settled))
        self._news_here.set()

    def _settle(self, names: Names) -> None:
        node = self.trees.root(Side.LOCAL)
        for name in names:
            child = self.trees.child(Side.LOCAL, node.id, name)
            if child is None:
                return
            node = child
        self._settled.add(node.id)

    async def _look(self) -> None:
        while True:
            await self._news_here.wait()
            self._news_here.clear()
            hints, self._hints = self._hints, {}
            try:
                await self._scan(list(hints))
            except DiskError as error:
                logger.warning("cannot look at the folder: %s", error.text)
                self._hints = hints | self._hints
                await self.clock.sleep(RETRY_SECONDS)
                self._news_here.set()

    async def _scan(self, directories: list[tuple[Names, bool]]) -> None:
        async with self._executor.hands:
            self.has_root = await self.folder.stat(_ROOT) is not None
            if not self.has_root:
                self.state_changed()
                return
            scan = Scan(self.trees, self.folder)
            await scan.look(directories)
            scan.finish()
        self.is_looked_at[Side.LOCAL] = True
        self._seen()

    async def _read(self) -> None:
        """Reads new and changed files to know their content."""
        while True:
            self._unread.clear()
            for node_id in self._to_read():
                await self._read_one(node_id)
            if not self._to_read():
                await self._unread.wait()

    def _to_read(self) -> list[int]:
        return [
            stuck.node
            for stuck in list(self.runner.backlog.stuck.values())
            if stuck.cause is op.Cause.BEING_WRITTEN
        ]

    async def _read_one(self, node_id: int) -> None:
        trees = self.trees
        stat = trees.stat(node_id)
        if stat is not None and node_id not in self._settled:
            rest = stat.mtime_ns / 1e9 + SETTLE_SECONDS - self.clock.now()
            if rest > 0:
                await self.clock.sleep(min(rest, SETTLE_SECONDS))
        self._settled.discard(node_id)
        node, stat = trees.node(Side.LOCAL, node_id), trees.stat(node_id)
        if node is not None and stat is not None and node.content is None:
            await self._read_content(node_id, stat)
        self.runner.backlog.decide_again(node_id)
        self._seen()

    async def _read_content(self, node_id: int, stat: Stat) -> None:
        trees = self.trees
        names = trees.names(Side.LOCAL, node_id)
        try:
            content = await self.folder.content(names, stat)
        except (Changed, DiskError) as error:
            logger.debug("%s: %s", "/".join(names), error.text)
            self._heed(Hint(names[:-1]))
            await self.clock.sleep(
                RETRY_SECONDS if isinstance(error, DiskError) else SETTLE_SECONDS
            )
            return
        if trees.stat(node_id) == stat:
            with trees.changing():
                trees.fill(Side.LOCAL, node_id, content)

    # There

    async def _listen(self) -> None:
        async for generation in self.volume.generations():
            if (
                str(generation) != self.trees.fact("generation")
                or not self.is_looked_at[Side.REMOTE]
            ):
                self._news_there.set()

    async def _ask(self) -> None:
        while True:
            await self._news_there.wait()
            self._news_there.clear()
            try:
                await self._take_in()
            except OutOfDateError as error:
                logger.debug("asking again: %s", error)
                self._news_there.set()
                with self.trees.changing():
                    self.trees.note("generation", "0")
                await self.clock.sleep(SETTLE_SECONDS)
            except U1Error as error:
                logger.info("cannot read the volume: %s", error.text)
                self._news_there.set()
                await self.clock.sleep(RETRY_SECONDS)

    async def _take_in(self) -> None:
        known = int(self.trees.fact("generation") or 0)
        if known == 0:
            await self._take_in_tree()
        else:
            try:
                delta = await self.volume.delta(known)
            except Changed:
                await self._take_in_tree()
            else:
                if delta.generation < known or delta.root_key != self._root_key():
                    await self._start_over(delta.root_key)
                else:
                    self._intake([_incoming(node) for node in delta.nodes], delta)
        self.is_looked_at[Side.REMOTE] = True
        self._seen()

    async def _start_over(self, root_key: str) -> None:
        """Another cloud, or an older state of it: no loss of either side is a deletion now."""
        logger.warning("the cloud's volume is another one, or was restored: comparing anew")
        with self.trees.changing():
            self.trees.part_all()
            self.trees.rename_root(root_key)
            self.trees.note("generation", "0")
        await self._take_in_tree()

    async def _take_in_tree(self) -> None:
        nodes: list[Incoming] = []
        end: Delta | None = None
        async for found in self.volume.tree():
            if isinstance(found, Delta):
                end = found
            else:
                nodes.append(_incoming(found))
        if end is None:
            message = "a listing without an end"
            raise OutOfDateError(message)
        if end.root_key != self._root_key():
            with self.trees.changing():
                self.trees.part_all()
                self.trees.rename_root(end.root_key)
        self._intake(nodes, end, is_whole=True)

    def _intake(self, nodes: list[Incoming], delta: Delta, *, is_whole: bool = False) -> None:
        with self.trees.changing():
            intake = Intake(self.trees)
            intake.add(nodes)
            intake.finish(delta.generation, is_whole=is_whole)

    def _root_key(self) -> str:
        return self.trees.key(self.trees.root(Side.REMOTE).id)

    # Both

    async def _work(self) -> None:
        await self._ready.wait()
        await self.runner.run()

    def _seen(self) -> None:
        if all(self.is_looked_at.values()):
            self._ready.set()
        self._weigh()
        self.runner.wake()
        self._unread.set()
        self.state_changed()

    def _weigh(self) -> None:
        """Whether what a side lost is so much that it is held."""
        total = self.trees.count_files()
        for side in Side:
            lost = self.trees.count_lost(side)
            self.applies[side] = self.applies[side] and lost > 0
            was_held = self.is_held[side]
            self.is_held[side] = self.limits.holds(lost, total) and not self.applies[side]
            if was_held and not self.is_held[side]:
                self.runner.try_again()

    def _may_run(self, operation: op.Operation) -> bool:
        if isinstance(operation, op.Delete) and self.is_held[operation.side.other]:
            return False
        return self.watchers.may_run(operation)

    def _done(self, operation: op.Operation) -> None:
        if is_deletion_there(operation):
            self._news_there.set()
        self.watchers.done(operation)

    def _look_again_at(self, operation: op.Operation) -> None:
        self.watchers.changed(operation)
        for node_id in local_nodes(self.trees, operation):
            names = self.trees.names(Side.LOCAL, node_id)
            self._hints[(names, True)] = None
            self._hints[(names[:-1], False)] = None
        self._news_here.set()
        self._news_there.set()


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


def _incoming(node: RemoteNode) -> Incoming:
    return (
        node.key,
        node.parent_key,
        node.names[-1],
        node.kind,
        node.content,
        node.generation,
        node.is_live,
    )


async def _together(*parts: Coroutine[Any, Any, None]) -> None:
    """Run all until the first ends; then end the others. Raises what that one raised."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

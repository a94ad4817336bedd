"""Hears of changes of a volume in the cloud, and asks what they are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from u1tray.engine.core.values import Side, Subject
from u1tray.engine.ports import Changed, Clock, Delta, DiskError, RemoteNode, Volume
from u1tray.engine.store.intake import Incoming, Intake, OutOfDateError
from u1tray.engine.store.trees import TreeStore
from u1tray.vocabulary.errors import U1Error

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 0.2
GATHER_SECONDS = 0.1  # after an answer: what comes meanwhile is asked for together
RETRY_SECONDS = 5.0


class RemoteSide:
    """The observations of the cloud's volume, kept up to date. `seen` is called after each."""

    def __init__(
        self, trees: TreeStore, volume: Volume, clock: Clock, seen: Callable[[], None]
    ) -> None:
        self.is_looked_at = False
        self.trouble: DiskError | None = None
        """Why what is in the cloud cannot be written down; it is tried again."""
        self.trees = trees
        self.volume = volume
        self.clock = clock
        self._seen = seen
        self._starts_over = False  # for what was told did not fit what is known
        self._news = asyncio.Event()

    @property
    def is_quiet(self) -> bool:
        """Everything that was told was asked for."""
        return self.is_looked_at and not self._news.is_set()

    def ask_soon(self) -> None:
        """Something may have changed."""
        self._news.set()

    def start_over(self) -> None:
        """Compare everything anew: what is known of the cloud is not what is there."""
        self._starts_over = True
        self._news.set()

    async def listen(self) -> None:
        async for generation in self.volume.generations():
            if str(generation) != self.trees.fact("generation") or not self.is_looked_at:
                self._news.set()

    async def ask(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._take_in()
                await self.clock.sleep(GATHER_SECONDS)
            except OutOfDateError as error:
                logger.debug("asking again: %s", error)
                self._news.set()
                self._starts_over = True
                await self.clock.sleep(AGAIN_SECONDS)
            except U1Error as error:
                logger.info("cannot read the volume: %s", error.text)
                self._note_trouble(error if isinstance(error, DiskError) else None)
                self._news.set()
                await self.clock.sleep(RETRY_SECONDS)

    async def _take_in(self) -> None:
        known, answers = self.trees.generation, self.trees.going.answers
        if not self.trees.is_told or self._starts_over:
            await self._take_in_tree(is_another=self._starts_over)
            self._starts_over = False
        else:
            await self._take_in_delta(known)
        self.trees.touched.update(map(Subject, self.trees.going.hear(answers)))
        self.is_looked_at = True
        self.trouble = None
        self._seen()

    def _note_trouble(self, error: DiskError | None) -> None:
        before, self.trouble = self.trouble, error
        if (before is None) != (error is None):
            self._seen()

    async def _take_in_delta(self, known: int) -> None:
        answered = self.trees.last_generation
        try:
            delta = await self.volume.delta(known)
        except Changed:
            # Forgotten tombstones, or a restored cloud: what is missing there is not deleted.
            await self._take_in_tree(is_another=True)
            return
        if delta.generation < answered or delta.root_key != self._root_key():
            await self._take_in_tree(is_another=True)
            return
        nodes = [_incoming(node) for node in delta.nodes]
        if known == 0 and not Intake(self.trees).tells_all(nodes, answered):
            # From the beginning on nothing is ever called forgotten.
            await self._take_in_tree(is_another=True)
            return
        with self.trees.changing():
            self._intake(nodes, delta)

    async def _take_in_tree(self, *, is_another: bool = False) -> None:
        """Take in all there is. With `is_another`, no loss of either side is a deletion."""
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
        with self.trees.changing():
            # At once: nothing may be agreed with what the cloud was before.
            if is_another or end.root_key != self._root_key():
                if self.trees.is_told:
                    logger.warning("the volume is another one, or was restored: comparing anew")
                self.trees.part_all()
                self.trees.rename_root(end.root_key)
            self._intake(nodes, end, is_whole=True)

    def _intake(self, nodes: list[Incoming], delta: Delta, *, is_whole: bool = False) -> None:
        intake = Intake(self.trees)
        intake.add(nodes)
        intake.finish(delta.generation, is_whole=is_whole)

    def _root_key(self) -> str:
        return self.trees.key(self.trees.root(Side.REMOTE).id)


def _incoming(node: RemoteNode) -> Incoming:
    return Incoming(
        node.key,
        node.parent_key,
        node.names[-1],
        node.kind,
        node.content,
        node.generation,
        node.is_live,
        node.changed_at,
    )

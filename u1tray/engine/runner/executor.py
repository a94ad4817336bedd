"""Carries out one operation: the world first, then observation and agreement in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from u1tray.engine.core import operations as op
from u1tray.engine.core.planner import decide
from u1tray.engine.core.values import Side, Subject
from u1tray.engine.ports import Changed, Clock, Folder, Volume
from u1tray.engine.runner.agreements import Agreements
from u1tray.engine.runner.arrivals import Arrival, Arrivals
from u1tray.engine.runner.grouping import Grouping
from u1tray.engine.runner.here import Deleting, Here
from u1tray.engine.runner.recorder import Recorder
from u1tray.engine.runner.there import Progress, There
from u1tray.engine.store.journal import Journal
from u1tray.engine.store.trees import TreeStore


class Executor:
    """Carries out the operations of one volume. `device` is what conflict copies name."""

    def __init__(
        self,
        trees: TreeStore,
        *,
        folder: Folder,
        volume: Volume,
        clock: Clock,
        device: str,
        progress: Progress | None = None,
        journal: Journal | None = None,
        deleting: Deleting = lambda _delete, _files: None,
    ) -> None:
        self._trees = trees
        self._agreements = Agreements(trees)
        self._recorder = Recorder(trees, journal or Journal(trees.connection), clock)
        grouping = Grouping(trees)
        self._here = Here(
            self._agreements,
            folder,
            clock,
            device=device,
            recorder=self._recorder,
            grouping=grouping,
            deleting=deleting,
        )
        self._there = There(
            self._agreements,
            folder,
            volume,
            progress=progress or Progress(),
            recorder=self._recorder,
            grouping=grouping,
            deleting=deleting,
        )
        self.hands = asyncio.Lock()
        """Held while the folder is changed and that is noted, and while it is scanned."""
        self._arrivals = Arrivals(self.hands, self._install_new)

    async def carry_out(
        self, subject: Subject, operation: op.Operation, version: int | None = None
    ) -> None:
        """Do what was decided about a subject; `version` is that of the trees then.

        Raises Changed where something is not as expected, and what the ports raise.
        """
        if version != self._trees.version:
            self._confirm(subject, operation)
        if operation_side(operation) is Side.REMOTE:
            await self._there.do(operation)
            return
        partial = None
        if isinstance(operation, op.Transfer):
            partial = await self._there.download(operation)
            if operation.target is None:
                await self._arrivals.put(Arrival(subject, operation, partial))
                return
        async with self.hands:
            self._confirm(subject, operation)
            with self._recorder.doing(operation):
                await self._here.do(operation, partial)

    def note(self, operation: op.Operation) -> None:
        """Change what is agreed, and nothing else. Raises Changed."""
        with self._trees.changing():
            self._agreements.note(operation)

    def _confirm(self, subject: Subject, operation: op.Operation) -> None:
        """What was observed meanwhile may ask for something else."""
        if decide(self._trees, subject) != operation:
            message = "it is planned otherwise meanwhile"
            raise Changed(message)

    async def _install_new(self, group: Sequence[Arrival]) -> None:
        await self._here.install_new(group, lambda one: self._confirm(one.subject, one.transfer))


def operation_side(operation: op.Operation) -> Side:
    """The side that an operation changes."""
    return operation.side if isinstance(operation, _TWO_SIDED) else Side.LOCAL


_TWO_SIDED = (op.Make, op.Transfer, op.Move, op.Delete)

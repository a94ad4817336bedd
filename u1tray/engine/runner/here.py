"""Carries operations out in the folder: the disk first, then the trees in one transaction."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence

from u1tray.engine.core import operations as op
from u1tray.engine.core.conflict_names import conflict_name
from u1tray.engine.core.values import Kind, Node, Side
from u1tray.engine.ports import Changed, Clock, DiskError, Folder, New, Partial, Stat
from u1tray.engine.runner.agreements import Agreements
from u1tray.engine.runner.answers import gone
from u1tray.engine.runner.arrivals import Arrival
from u1tray.engine.runner.grouping import Grouping
from u1tray.engine.runner.recorder import Recorder
from u1tray.vocabulary.errors import U1Error

Deleting = Callable[[op.Delete, int], None]
"""Hears, in a transaction, how many files a deletion is about to delete."""


class Here:
    """What is done in the folder. Nobody scans it meanwhile; `device` names conflict copies."""

    def __init__(
        self,
        agreements: Agreements,
        folder: Folder,
        clock: Clock,
        *,
        device: str,
        recorder: Recorder,
        grouping: Grouping,
        deleting: Deleting,
    ) -> None:
        self._agreements = agreements
        self._trees = agreements.trees
        self._folder = folder
        self._clock = clock
        self._device = device
        self._recorder = recorder
        self._grouping = grouping
        self._deleting = deleting

    async def do(self, operation: op.Operation, partial: Partial | None) -> None:
        """Carry one out; `partial` is the content of a file that is replaced."""
        match operation:
            case op.Make():
                await self._make(operation)
            case op.Transfer():
                assert partial is not None
                assert operation.target is not None
                await self._replace(operation, operation.target, partial)
            case op.Move():
                await self._move(operation)
            case op.Delete():
                await self._delete(operation)
            case op.SetAside():
                await self._set_aside(operation)

    async def install_new(
        self, group: Sequence[Arrival], confirm: Callable[[Arrival], None]
    ) -> None:
        """Put new files in place; the error of each that could not be is noted in it."""
        wanted: dict[Arrival, New] = {}
        for one in group:
            with _noting(one):
                confirm(one)
                above = self._agreements.names(Side.LOCAL, one.transfer.parent)
                changed_at = self._trees.changed_at(one.transfer.source)
                wanted[one] = New(one.partial, (*above, one.transfer.name), changed_at)
        if not wanted:
            return
        epoch = self._trees.epoch
        found = await self._folder.install_new(list(wanted.values()))
        errors = self._grouping.write_all(
            [
                functools.partial(self._note_new, one.transfer, stat, epoch)
                for one, stat in zip(wanted, found, strict=True)
            ]
        )
        for one, error in zip(wanted, errors, strict=True):
            one.error = error

    def _note_new(
        self, transfer: op.Transfer, stat: Stat | Changed | DiskError, epoch: int
    ) -> None:
        agreements = self._agreements
        agreements.expect_epoch(epoch)
        if not isinstance(stat, Stat):
            raise stat
        with self._recorder.noting(transfer):
            made = agreements.appear_here(
                transfer.parent, transfer.name, Kind.FILE, transfer.content, stat
            )
            agreements.link(made.id, agreements.alive(Side.REMOTE, transfer.source), made)

    async def _make(self, make: op.Make) -> None:
        agreements = self._agreements
        names = (*agreements.names(Side.LOCAL, make.parent), make.name)
        epoch = self._trees.epoch
        stat = await self._folder.make_directory(names)
        agreements.expect_epoch(epoch)
        with self._recorder.done(make):
            made = agreements.appear_here(make.parent, make.name, Kind.DIRECTORY, None, stat)
            agreements.link(made.id, agreements.alive(Side.REMOTE, make.source), made)

    async def _replace(self, transfer: op.Transfer, target: int, partial: Partial) -> None:
        trees, agreements = self._trees, self._agreements
        names = (*agreements.names(Side.LOCAL, transfer.parent), transfer.name)
        changed_at = trees.changed_at(transfer.source)
        stat = await self._folder.install(partial, names, agreements.stat(target), changed_at)
        with self._recorder.done(transfer):
            trees.fill(Side.LOCAL, target, transfer.content)
            trees.see(target, stat)
            agreements.agree_content(Side.LOCAL, target, transfer.content)

    async def _move(self, move: op.Move) -> None:
        trees, node_id, parent, name = self._trees, move.node, move.parent, move.name
        names = self._agreements.names(Side.LOCAL, node_id)
        target = (*self._agreements.names(Side.LOCAL, parent), name)
        stat = await self._folder.move(names, self._agreements.stat(node_id), target)
        node = trees.node(Side.LOCAL, node_id)
        assert node is not None  # nothing else changes the local tree meanwhile
        with self._recorder.done(move):
            trees.place(Side.LOCAL, node_id, parent, name)
            trees.see(node_id, stat)
            self._agreements.agree_place(Side.LOCAL, node_id, parent, name)

    async def _delete(self, delete: op.Delete) -> None:
        names = self._agreements.names(Side.LOCAL, delete.node)
        stats = self._agreements.stats_below(names, delete.node)
        with self._trees.changing():
            self._deleting(delete, sum(stat.kind is Kind.FILE for stat in stats.values()))
        await self._folder.trash(names, stats)
        with self._recorder.done(delete):
            self._trees.remove(Side.LOCAL, delete.node)

    async def _set_aside(self, aside: op.SetAside) -> None:
        trees = self._trees
        node = trees.node(Side.LOCAL, aside.node)
        if node is None or node.parent is None:
            raise gone()
        name = self._conflict_name(node, node.parent)
        names = self._agreements.names(Side.LOCAL, node.id)
        stat = self._agreements.stat(node.id)
        stat = await self._folder.move(names, stat, (*names[:-1], name))
        with self._recorder.done(aside):
            trees.place(Side.LOCAL, node.id, node.parent, name)
            trees.see(node.id, stat)
            known = trees.node(Side.LOCAL, node.id)  # the cloud may have been compared anew
            if aside.is_parted and known is not None and known.entry is not None:
                trees.part(known.entry)

    def _conflict_name(self, node: Node, parent: int) -> str:
        def is_taken(name: str) -> bool:
            return self._trees.child(Side.LOCAL, parent, name) is not None

        is_file = not node.is_directory
        return conflict_name(node.name, self._device, self._clock.now(), is_taken, is_file=is_file)


@contextlib.contextmanager
def _noting(arrival: Arrival) -> Iterator[None]:
    """What fails fails for this one alone."""
    try:
        yield
    except U1Error as error:
        arrival.error = error

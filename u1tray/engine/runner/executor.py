"""Carries out one operation: the world first, then observation and agreement in one transaction.

Whatever the trees say when an effect is done is newer than the operation; what it made is agreed
as it was made, so that every later change shows as a difference.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from u1tray.engine.core import operations as op
from u1tray.engine.core.conflict_names import conflict_name
from u1tray.engine.core.planner import decide
from u1tray.engine.core.values import Content, Kind, Node, Side, Subject
from u1tray.engine.ports import (
    Changed,
    Clock,
    DiskError,
    Folder,
    Names,
    New,
    Partial,
    RemoteNode,
    Stat,
    Volume,
)
from u1tray.engine.runner.answers import Answers, Asked, gone
from u1tray.engine.runner.arrivals import Arrival, Arrivals
from u1tray.engine.runner.grouping import Grouping
from u1tray.engine.runner.recorder import Recorder
from u1tray.engine.store.journal import Journal
from u1tray.engine.store.trees import TreeStore
from u1tray.vocabulary.errors import ContractError, U1Error


@dataclass(frozen=True)
class Progress:
    """Who wants to hear of a transfer's bytes: `(operation, done)`."""

    moved: Callable[[op.Transfer, int], None] = field(default=lambda _operation, _done: None)


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
        deleting: Callable[[op.Delete, int], None] = lambda _delete, _files: None,
    ) -> None:
        """`deleting` hears, in a transaction, how many files a deletion is about to delete."""
        self._trees = trees
        self._folder = folder
        self._volume = volume
        self._clock = clock
        self._device = device
        self._progress = progress or Progress()
        self._recorder = Recorder(trees, journal or Journal(trees.connection), clock)
        self._deleting = deleting
        self._answers = Answers(trees)
        self._grouping = Grouping(trees)
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
            await self._do_there(operation)
            return
        partial = None
        if isinstance(operation, op.Transfer):
            partial = await self._download(operation)
            if operation.target is None:
                await self._arrivals.put(Arrival(subject, operation, partial))
                return
        async with self.hands:
            self._confirm(subject, operation)
            with self._recorder.doing(operation):
                await self._do_here(operation, partial)

    def _confirm(self, subject: Subject, operation: op.Operation) -> None:
        """What was observed meanwhile may ask for something else."""
        if decide(self._trees, subject) != operation:
            message = "it is planned otherwise meanwhile"
            raise Changed(message)

    async def _do_there(self, operation: op.Operation) -> None:
        match operation:
            case op.Make():
                await self._make_there(operation)
            case op.Transfer():
                await self._upload(operation)
            case op.Move():
                await self._move_there(operation)
            case op.Delete():
                await self._delete_there(operation)

    async def _do_here(self, operation: op.Operation, partial: Partial | None) -> None:
        match operation:
            case op.Make():
                await self._make_here(operation)
            case op.Transfer():
                assert partial is not None
                assert operation.target is not None
                await self._replace(operation, operation.target, partial)
            case op.Move():
                await self._move_here(operation)
            case op.Delete():
                await self._delete_here(operation)
            case op.SetAside():
                await self._set_aside(operation)

    def note(self, operation: op.Operation) -> None:
        """Change what is agreed, and nothing else. Raises Changed."""
        with self._trees.changing():
            _agree(self._trees, operation)

    async def _make_there(self, make: op.Make) -> None:
        names = (*self._names(Side.REMOTE, make.parent), make.name)
        answer = await self._answers.of(self._volume.make_directory(names))
        with self._recorder.done(make):
            made = self._answers.made(make.parent, make.name, answer)
            self._link_there(make.source, made)

    async def _make_here(self, make: op.Make) -> None:
        names = (*self._names(Side.LOCAL, make.parent), make.name)
        epoch = self._trees.epoch
        stat = await self._folder.make_directory(names)
        self._expect_epoch(epoch)
        with self._recorder.done(make):
            made = self._appear_here(make.parent, make.name, Kind.DIRECTORY, None, stat)
            self._link(made.id, self._alive(Side.REMOTE, make.source), made)

    async def _download(self, transfer: op.Transfer) -> Partial:
        partial = await self._folder.partial(self._trees.key(transfer.source), transfer.content)
        if partial.size < transfer.content.size:
            names = self._names(Side.REMOTE, transfer.source)
            async for data in self._volume.download(names, transfer.content, partial.size):
                await partial.write(data)
                self._progress.moved(transfer, partial.size)
        if await partial.content() != transfer.content:
            await partial.discard()
            message = "a download was not what the cloud had announced"
            raise ContractError(message)
        return partial

    async def _replace(self, transfer: op.Transfer, target: int, partial: Partial) -> None:
        trees = self._trees
        names = (*self._names(Side.LOCAL, transfer.parent), transfer.name)
        changed_at = trees.changed_at(transfer.source)
        stat = await self._folder.install(partial, names, self._stat(target), changed_at)
        with self._recorder.done(transfer):
            trees.fill(Side.LOCAL, target, transfer.content)
            trees.see(target, stat)
            self._agree_content(Side.LOCAL, target, transfer.content)

    async def _install_new(self, group: Sequence[Arrival]) -> None:
        """Put new files in place; the error of each that could not be is noted in it."""
        wanted: dict[Arrival, New] = {}
        for one in group:
            with _noting(one):
                self._confirm(one.subject, one.transfer)
                names = (*self._names(Side.LOCAL, one.transfer.parent), one.transfer.name)
                changed_at = self._trees.changed_at(one.transfer.source)
                wanted[one] = New(one.partial, names, changed_at)
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
        self._expect_epoch(epoch)
        if not isinstance(stat, Stat):
            raise stat
        with self._recorder.noting(transfer):
            made = self._appear_here(
                transfer.parent, transfer.name, Kind.FILE, transfer.content, stat
            )
            self._link(made.id, self._alive(Side.REMOTE, transfer.source), made)

    async def _upload(self, transfer: op.Transfer) -> None:
        source = _Upload(self, transfer, self._stat(transfer.source))
        await self._grouping.write(lambda: self._note_sending(transfer))
        names = (*self._names(Side.REMOTE, transfer.parent), transfer.name)
        asked = self._answers.ask()
        answer = await self._volume.upload(names, transfer.content, source, transfer.replaces)
        await self._grouping.write(lambda: self._note_upload(transfer, asked, answer))

    def _note_sending(self, transfer: op.Transfer) -> None:
        if self._alive(Side.LOCAL, transfer.source) is None:
            raise gone()
        self._trees.send(transfer.source, transfer.content)

    def _note_upload(self, transfer: op.Transfer, asked: Asked, answer: RemoteNode) -> None:
        self._answers.check(asked, answer)
        with self._recorder.noting(transfer):
            if transfer.target is None:
                made = self._answers.made(transfer.parent, transfer.name, answer)
                self._link_there(transfer.source, made)
            else:
                # What the cloud read, should the file have changed on the way.
                content = answer.content or transfer.content
                self._answers.fill(transfer.target, content, answer)
                self._agree_content(Side.REMOTE, transfer.target, content)

    async def _move_there(self, move: op.Move) -> None:
        trees = self._trees
        names = self._names(Side.REMOTE, move.node)
        target = (*self._names(Side.REMOTE, move.parent), move.name)
        answer = await self._answers.of(self._volume.move(names, trees.key(move.node), target))
        with self._recorder.done(move):
            self._answers.place(move.node, move.parent, move.name, answer)
            self._agree_place(Side.REMOTE, move.node, move.parent, move.name)

    async def _move_here(self, move: op.Move) -> None:
        trees, node_id, parent, name = self._trees, move.node, move.parent, move.name
        names = self._names(Side.LOCAL, node_id)
        target = (*self._names(Side.LOCAL, parent), name)
        stat = await self._folder.move(names, self._stat(node_id), target)
        node = trees.node(Side.LOCAL, node_id)
        assert node is not None  # nothing else changes the local tree meanwhile
        with self._recorder.done(move):
            trees.place(Side.LOCAL, node_id, parent, name)
            trees.see(node_id, stat)
            self._agree_place(Side.LOCAL, node_id, parent, name)

    def _agree_place(self, side: Side, node_id: int, parent: int, name: str) -> None:
        node, directory = self._trees.node(side, node_id), self._trees.node(side, parent)
        if node is None or node.entry is None or directory is None or directory.entry is None:
            return  # a place is one in an agreed directory
        self._trees.agree_place(node.entry, directory.entry, name)

    async def _delete_here(self, delete: op.Delete) -> None:
        names = self._names(Side.LOCAL, delete.node)
        stats = self._stats_below(names, delete.node)
        with self._trees.changing():
            self._deleting(delete, sum(stat.kind is Kind.FILE for stat in stats.values()))
        await self._folder.trash(names, stats)
        with self._recorder.done(delete):
            self._trees.remove(Side.LOCAL, delete.node)

    async def _delete_there(self, delete: op.Delete) -> None:
        node = self._trees.node(Side.REMOTE, delete.node)
        if node is None:
            raise gone()
        if not node.is_directory:
            await self._grouping.write(lambda: self._deleting(delete, 1))
        # By its path, where another node may have come to stand: the cloud tells which is gone.
        await self._volume.delete(self._names(Side.REMOTE, delete.node), delete.content)
        with self._recorder.done(delete):
            pass

    async def _set_aside(self, aside: op.SetAside) -> None:
        trees = self._trees
        node = trees.node(Side.LOCAL, aside.node)
        if node is None or node.parent is None:
            raise gone()
        name = self._conflict_name(node, node.parent)
        names = self._names(Side.LOCAL, node.id)
        stat = await self._folder.move(names, self._stat(node.id), (*names[:-1], name))
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

    # What the trees know

    def _names(self, side: Side, node_id: int) -> Names:
        try:
            return self._trees.names(side, node_id)
        except KeyError:
            raise gone() from None

    def _stat(self, node_id: int) -> Stat:
        stat = self._trees.stat(node_id)
        if stat is None:
            raise gone()
        return stat

    def _expect_epoch(self, epoch: int) -> None:
        """Raises Changed where all was compared anew since: what was made here is seen as new.

        Or it would count as deleted in the cloud, where an older state of it lacks it.
        """
        if self._trees.epoch != epoch:
            raise gone()

    def _alive(self, side: Side, node_id: int) -> int | None:
        return None if self._trees.node(side, node_id) is None else node_id

    def _stats_below(self, names: Names, node_id: int) -> dict[Names, Stat]:
        """How a node and everything below it was seen."""
        stats = {names: self._stat(node_id)}
        for name, (child, stat) in self._trees.seen_in(node_id).items():
            if stat.kind is Kind.DIRECTORY:
                stats |= self._stats_below((*names, name), child)
            else:
                stats[(*names, name)] = stat
        return stats

    def _link(self, local: int | None, remote: int | None, made: Node) -> None:
        """Raises Changed where one of them is agreed to be something else by now."""
        trees = self._trees
        for side, node_id, across in ((Side.LOCAL, local, remote), (Side.REMOTE, remote, local)):
            node = trees.node(side, node_id)
            entry = None if node is None or node.entry is None else trees.entry(node.entry)
            if entry is not None and entry.node(side.other) not in (None, across):
                raise gone()
        directory = trees.node(made.side, made.parent)
        if directory is None or directory.entry is None:
            raise gone()
        trees.link(local, remote, made)

    def _link_there(self, source: int, made: Node) -> None:
        self._link(self._alive(Side.LOCAL, source), self._alive(Side.REMOTE, made.id), made)

    # What was made becomes an observation

    def _appear_here(
        self, parent: int, name: str, kind: Kind, content: Content | None, stat: Stat
    ) -> Node:
        trees = self._trees
        made = trees.child(Side.LOCAL, parent, name)
        if made is None:
            return trees.add(Side.LOCAL, parent, name, kind, content, stat=stat)
        trees.see(made.id, stat)
        return made

    def _agree_content(self, side: Side, target: int, content: Content) -> None:
        node = self._trees.node(side, target)
        if node is not None and node.entry is not None:
            self._trees.agree_content(node.entry, content)


def operation_side(operation: op.Operation) -> Side:
    """The side that an operation changes."""
    return operation.side if isinstance(operation, _TWO_SIDED) else Side.LOCAL


_TWO_SIDED = (op.Make, op.Transfer, op.Move, op.Delete)


def _agree(trees: TreeStore, note: op.Operation) -> None:
    """Change what is agreed, and nothing else."""
    match note:
        case op.Link(local, remote):
            made = trees.node(Side.REMOTE, remote)
            if made is None:
                raise gone()
            trees.link(local, remote, made)
        case op.AgreePlace(entry):
            _agree_place(trees, entry)
        case op.AgreeContent(entry):
            agreed = trees.entry(entry)
            remote_node = None if agreed is None else trees.node(Side.REMOTE, agreed.remote)
            if remote_node is None:
                raise gone()
            trees.agree_content(entry, remote_node.content)
        case op.Revive(entry):
            trees.revive(entry)
        case op.Forget(entry):
            trees.forget(entry)


def _agree_place(trees: TreeStore, entry_id: int) -> None:
    entry = trees.entry(entry_id)
    node = None if entry is None else trees.node(Side.LOCAL, entry.local)
    directory = None if node is None else trees.node(Side.LOCAL, node.parent)
    if node is None or directory is None or directory.entry is None:
        raise gone()
    trees.agree_place(entry_id, directory.entry, node.name)


@contextlib.contextmanager
def _noting(arrival: Arrival) -> Iterator[None]:
    """What fails fails for this one alone."""
    try:
        yield
    except U1Error as error:
        arrival.error = error


class _Upload:
    """The bytes of a local file on their way up."""

    def __init__(self, executor: Executor, transfer: op.Transfer, stat: Stat) -> None:
        self._executor = executor
        self._transfer = transfer
        self._stat = stat

    def read(self, start: int) -> AsyncIterator[bytes]:
        executor = self._executor
        names = executor._names(Side.LOCAL, self._transfer.source)
        return executor._folder.read(names, self._stat, start)

    def progress(self, sent: int) -> None:
        self._executor._progress.moved(self._transfer, sent)

"""Carries operations out in the cloud, and fetches from it: first that, then the trees."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from u1tray.engine.core import operations as op
from u1tray.engine.core.values import Side
from u1tray.engine.ports import Folder, Partial, RemoteNode, Stat, Volume
from u1tray.engine.runner.agreements import Agreements
from u1tray.engine.runner.answers import Answers, Asked, gone
from u1tray.engine.runner.grouping import Grouping
from u1tray.engine.runner.here import Deleting
from u1tray.engine.runner.recorder import Recorder
from u1tray.vocabulary.errors import ContractError


@dataclass(frozen=True)
class Progress:
    """Who wants to hear of a transfer's bytes: `(operation, done)`."""

    moved: Callable[[op.Transfer, int], None] = field(default=lambda _operation, _done: None)


class There:
    """What is done in the cloud, and what comes from it."""

    def __init__(
        self,
        agreements: Agreements,
        folder: Folder,
        volume: Volume,
        *,
        progress: Progress,
        recorder: Recorder,
        grouping: Grouping,
        deleting: Deleting,
    ) -> None:
        self._agreements = agreements
        self._trees = agreements.trees
        self._folder = folder
        self._volume = volume
        self._progress = progress
        self._recorder = recorder
        self._grouping = grouping
        self._deleting = deleting
        self._answers = Answers(agreements.trees)

    async def do(self, operation: op.Operation) -> None:
        """Carry one out."""
        match operation:
            case op.Make():
                await self._make(operation)
            case op.Transfer():
                await self._upload(operation)
            case op.Move():
                await self._move(operation)
            case op.Delete():
                await self._delete(operation)

    async def download(self, transfer: op.Transfer) -> Partial:
        """The content of a transfer to the folder, whole."""
        partial = await self._folder.partial(self._trees.key(transfer.source), transfer.content)
        if partial.size < transfer.content.size:
            names = self._agreements.names(Side.REMOTE, transfer.source)
            async for data in self._volume.download(names, transfer.content, partial.size):
                await partial.write(data)
                self._progress.moved(transfer, partial.size)
        if await partial.content() != transfer.content:
            await partial.discard()
            message = "a download was not what the cloud had announced"
            raise ContractError(message)
        return partial

    async def _make(self, make: op.Make) -> None:
        names = (*self._agreements.names(Side.REMOTE, make.parent), make.name)
        answer = await self._answers.of(self._volume.make_directory(names))
        with self._recorder.done(make):
            made = self._answers.made(make.parent, make.name, answer)
            self._agreements.link_there(make.source, made)

    async def _upload(self, transfer: op.Transfer) -> None:
        source = _Upload(self, transfer, self._agreements.stat(transfer.source))
        await self._grouping.write(lambda: self._note_sending(transfer))
        names = (*self._agreements.names(Side.REMOTE, transfer.parent), transfer.name)
        asked = self._answers.ask()
        answer = await self._volume.upload(names, transfer.content, source, transfer.replaces)
        await self._grouping.write(lambda: self._note_upload(transfer, asked, answer))

    def _note_sending(self, transfer: op.Transfer) -> None:
        if self._agreements.alive(Side.LOCAL, transfer.source) is None:
            raise gone()
        self._trees.send(transfer.source, transfer.content)

    def _note_upload(self, transfer: op.Transfer, asked: Asked, answer: RemoteNode) -> None:
        self._answers.check(asked, answer)
        with self._recorder.noting(transfer):
            if transfer.target is None:
                made = self._answers.made(transfer.parent, transfer.name, answer)
                self._agreements.link_there(transfer.source, made)
            else:
                # What the cloud read, should the file have changed on the way.
                content = answer.content or transfer.content
                self._answers.fill(transfer.target, content, answer)
                self._agreements.agree_content(Side.REMOTE, transfer.target, content)

    async def _move(self, move: op.Move) -> None:
        names = self._agreements.names(Side.REMOTE, move.node)
        target = (*self._agreements.names(Side.REMOTE, move.parent), move.name)
        key = self._trees.key(move.node)
        answer = await self._answers.of(self._volume.move(names, key, target))
        with self._recorder.done(move):
            self._answers.place(move.node, move.parent, move.name, answer)
            self._agreements.agree_place(Side.REMOTE, move.node, move.parent, move.name)

    async def _delete(self, delete: op.Delete) -> None:
        node = self._trees.node(Side.REMOTE, delete.node)
        if node is None:
            raise gone()
        if not node.is_directory:
            await self._grouping.write(lambda: self._deleting(delete, 1))
        assert node.entry is not None
        self._trees.going.ask(node.entry)
        try:
            # By its path, where another node may have come to stand: the news tell which is gone.
            names = self._agreements.names(Side.REMOTE, delete.node)
            await self._volume.delete(names, delete.content)
        finally:
            self._trees.going.answer(node.entry)
        with self._recorder.done(delete):
            pass

    def read(self, transfer: op.Transfer, stat: Stat, start: int) -> AsyncIterator[bytes]:
        """The bytes of a local file on their way up."""
        names = self._agreements.names(Side.LOCAL, transfer.source)
        return self._folder.read(names, stat, start)

    def sent(self, transfer: op.Transfer, sent: int) -> None:
        """So many of them are there."""
        self._progress.moved(transfer, sent)


class _Upload:
    """The bytes of a local file on their way up (ports.Source)."""

    def __init__(self, there: There, transfer: op.Transfer, stat: Stat) -> None:
        self._there = there
        self._transfer = transfer
        self._stat = stat

    def read(self, start: int) -> AsyncIterator[bytes]:
        return self._there.read(self._transfer, self._stat, start)

    def progress(self, sent: int) -> None:
        self._there.sent(self._transfer, sent)

"""What a volume's runner does, as commands of the queue and as transfers (6.2 and 10.4)."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from u1tray.engine.core import operations as op
from u1tray.engine.core.values import Content, Side
from u1tray.engine.ports import Changed, Names
from u1tray.engine.store.trees import TreeStore
from u1tray.syncdaemon.queue import CommandQueue
from u1tray.syncdaemon.sync.transfers import Direction, Transfer, Transfers
from u1tray.vocabulary.errors import QuotaError, U1Error
from u1tray.vocabulary.wire import flag

_NONE = "None"
_MARKER = "marker:"

Key = tuple[str, int]
"""An operation through all its attempts: the command's name, and the node it is about."""


@dataclass(frozen=True)
class Spot:
    """A volume as the bus names it, and its folder."""

    volume_id: str
    directory: Path

    def path(self, names: Names) -> str:
        """Where something is on this computer; what is no text is shown as `?`."""
        return printable(os.path.join(self.directory, *names))


def printable(text: str) -> str:
    """A name or path as the bus can carry it."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class Work:
    """Tells what one volume's runner does. `refused` hears of a full cloud."""

    def __init__(
        self,
        spot: Spot,
        trees: TreeStore,
        queue: CommandQueue,
        transfers: Transfers,
        refused: Callable[[], None],
    ) -> None:
        self._spot = spot
        self._trees = trees
        self._queue = queue
        self._transfers = transfers
        self._refused = refused
        self._commands: dict[Key, str] = {}
        self._resting: dict[Key, None] = {}

    def begun(self, operation: op.Operation) -> None:
        """An operation is carried out from now on."""
        key = key_of(operation)
        if key is None:
            return
        data = self._data(operation)
        if key in self._commands:
            self._resting.pop(key, None)
            self._queue.resume(self._commands[key], data)
        else:
            self._commands[key] = self._queue.begin(key[0], data)
        if isinstance(operation, op.Transfer):
            self._transfers.start((self._spot.volume_id, key), self._transfer(operation, data))

    def progressed(self, transfer: op.Transfer, moved: int) -> None:
        """So many bytes of a transfer have gone."""
        self._transfers.progress((self._spot.volume_id, key_of(transfer)), moved)

    def done(self, operation: op.Operation) -> None:
        """An operation was carried out."""
        self._end(operation, "")

    def changed(self, operation: op.Operation) -> None:
        """It is not as was expected, and is planned anew."""
        self._end(operation, "It changed meanwhile.")

    def dropped(self, operation: op.Operation) -> None:
        """What failed before is not to be done any more."""
        self._end(operation, "It is not needed any more.")

    def stopped(self, operation: op.Operation) -> None:
        """It waits because network or power are spared."""
        self._end(operation, "It waits: network or power are spared.")

    def failed(self, operation: op.Operation, error: U1Error) -> None:
        """It will be tried again."""
        if isinstance(error, Changed):
            return
        self._rest(key_of(operation))
        if isinstance(error, QuotaError) and isinstance(operation, op.Transfer):
            self._refused()

    def interrupted(self) -> None:
        """The connection is over: everything waits."""
        for key in list(self._commands):
            self._rest(key)

    def given_up(self) -> None:
        """The volume is not synced any more: nothing waits."""
        for key in list(self._commands):
            self._finish(key, "Its folder is not synced any more.")

    def keep_only(self, troubled: list[op.Operation]) -> None:
        """All that can be begun was: what waits without a trouble is not to be done any more."""
        if not self._resting:
            return
        kept = {key_of(operation) for operation in troubled}
        for key in [key for key in self._resting if key not in kept]:
            self._finish(key, "It is not needed any more.")

    def _rest(self, key: Key | None) -> None:
        if key is not None and key in self._commands:
            self._resting[key] = None
            self._queue.rest(self._commands[key])
            self._transfers.leave((self._spot.volume_id, key))

    def _end(self, operation: op.Operation, error: str) -> None:
        key = key_of(operation)
        if key is not None:
            self._finish(key, error)

    def _finish(self, key: Key, error: str) -> None:
        self._resting.pop(key, None)
        self._transfers.finish((self._spot.volume_id, key), error)
        command = self._commands.pop(key, None)
        if command is not None:
            self._queue.end(command)

    # What is told of an operation

    def _transfer(self, transfer: op.Transfer, data: dict[str, str]) -> Transfer:
        direction = Direction.UPLOAD if transfer.side is Side.REMOTE else Direction.DOWNLOAD
        return Transfer(
            direction, data["path"], data["share_id"], data["node_id"], transfer.content.size
        )

    def _data(self, operation: op.Operation) -> dict[str, str]:
        found = {"share_id": self._spot.volume_id}
        match operation:
            case op.Transfer(Side.REMOTE):
                return found | self._upload(operation)
            case op.Transfer(Side.LOCAL, source, parent, name, content):
                return found | {
                    "node_id": self._node_id(source),
                    "server_hash": _hash(content),
                    "mdid": _NONE if operation.target is None else str(operation.target),
                    "path": self._place(Side.LOCAL, parent, name),
                }
            case op.Make(_, source, parent, name):
                return found | {
                    "parent_id": self._node_id(parent),
                    "name": printable(name),
                    "marker": f"{_MARKER}{source}",
                    "mdid": str(source),
                    "path": self._place(Side.LOCAL, source),
                }
            case op.Delete(_, node):
                known = self._trees.node(Side.REMOTE, node)
                return found | {
                    "node_id": self._node_id(node),
                    "parent_id": self._node_id(None if known is None else known.parent),
                    "path": self._place(Side.REMOTE, node),
                    "is_dir": flag(known is not None and known.is_directory),
                }
            case op.Move(_, node, parent, name):
                return found | {
                    "node_id": self._node_id(node),
                    "path_from": self._place(Side.REMOTE, node),
                    "path": self._place(Side.REMOTE, parent, name),
                }
        return found

    def _upload(self, transfer: op.Transfer) -> dict[str, str]:
        return {
            "node_id": self._node_id(transfer.target, transfer.source),
            "previous_hash": _hash(transfer.replaces),
            "hash": _hash(transfer.content),
            "crc32": _NONE,
            "size": str(transfer.content.size),
            "upload_id": _NONE,
            "mdid": str(transfer.source),
            "path": self._place(Side.LOCAL, transfer.source),
        }

    def _node_id(self, remote: int | None, local: int | None = None) -> str:
        try:
            return f"{_MARKER}{local or ''}" if remote is None else self._trees.key(remote)
        except KeyError:
            return _MARKER

    def _place(self, side: Side, node: int, *more: str) -> str:
        try:
            return self._spot.path((*self._trees.names(side, node), *more))
        except KeyError:
            return self._spot.path(more)


def key_of(operation: op.Operation) -> Key | None:
    """The command of an operation that asks something of the cloud; None for what does not."""
    match operation:
        case op.Transfer(Side.REMOTE, source):
            return "Upload", source
        case op.Transfer(Side.LOCAL, source):
            return "Download", source
        case op.Make(Side.REMOTE, source):
            return "MakeDir", source
        case op.Delete(Side.REMOTE, node):
            return "Unlink", node
        case op.Move(Side.REMOTE, node):
            return "Move", node
    return None


def _hash(content: Content | None) -> str:
    return _NONE if content is None else f"sha1:{content.sha1.hex()}"

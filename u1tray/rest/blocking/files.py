"""The account's volumes and nodes, through the blocking client (REST contract, 5, 6, 10, 16, 17).

Each method is one request of the contract; what follows from a repeated attempt is judged here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from u1tray.rest import fields, file_requests, nodes
from u1tray.rest.blocking.contents import Contents
from u1tray.rest.blocking.wire.line import Write
from u1tray.rest.file_requests import KEEP_TARGET
from u1tray.rest.nodes import Node, Volume
from u1tray.rest.requests import Request

if TYPE_CHECKING:  # each is loaded where it is used: most runs need none of them
    from u1tray.rest.batch import Operation, Result
    from u1tray.rest.trees import Tree

_NO_CONDITION: Mapping[str, str] = {}
_Value = TypeVar("_Value")


class Files(Contents):
    """What an account stores. Every method raises the families of `vocabulary.errors`.

    Paths are `resource_path`s such as `/~/Docs/a.txt`. `force` means without preconditions.
    """

    def volumes(self) -> tuple[Volume, ...]:
        """All volumes, the root first."""
        return self._cloud.ask(file_requests.volumes(self._settings), nodes.volumes)

    def create_volume(self, volume_path: str) -> tuple[Volume, bool]:
        """The volume, such as `~/Docs`, and whether it is new."""
        reply = self._cloud.send(file_requests.create_volume(self._settings, volume_path))
        return nodes.volume(reply, self._cloud.now()), reply.status == 201

    def directory(self, path: str) -> Node:
        """A directory with its children. Raises RefusedError `no_children` for a file."""
        request = file_requests.node(self._settings, path, with_children=True)
        return self._cloud.ask(request, nodes.node)

    def tree(self, path: str) -> Tree:
        """A directory and all below in one snapshot, where the server announces `recursive`.

        Raises RefusedError `no_children` for a file, ContractError for what is not whole.
        """
        from u1tray.rest.trees import Tree  # noqa: PLC0415

        found = list[Node]()

        def begin() -> Callable[[Iterator[Node]], object]:
            found.clear()
            return found.extend

        generation = self.tree_into(path, nodes.node_of, begin)
        return Tree(generation, tuple(found))

    def tree_into(
        self,
        path: str,
        read: Callable[[fields.Object], _Value],
        begin: Callable[[], Callable[[Iterator[_Value]], object]],
    ) -> int:
        """The same bit by bit, what `read` makes of the nodes, into a `begin()` of each attempt.

        The generation of the volume. Nothing counts before it is there.
        """
        from u1tray.rest.trees import TreeReader  # noqa: PLC0415

        reader = TreeReader(read)

        def sink() -> Write:
            nonlocal reader
            reader, take = TreeReader(read), begin()
            return lambda part: take(reader.feed(bytes(part)))

        reply = self._cloud.download(file_requests.tree(self._settings, path), sink)
        fields.raise_failure(reply, self._cloud.now())
        return reader.finish()

    def batch(
        self, operations: Sequence[Operation], *, stop_on_error: bool = False
    ) -> tuple[Result, ...]:
        """What became of each operation, in their order; at most 1000, not atomic (16.4).

        Raises NotFoundError where the server announces no `batch`.
        """
        from u1tray.rest import batch  # noqa: PLC0415

        url = batch.announced(self._cloud.feature_url(batch.FEATURE))
        request = batch.request(url, operations, stop_on_error=stop_on_error)
        reply = self._cloud.send(request)
        return batch.results(reply, self._cloud.now(), len(operations))

    def make(self, path: str, kind: str) -> tuple[Node, bool]:
        """The node at a path, made with its parents if there was none, and whether it is new.

        One of the other kind is returned as it is: check `kind`.
        """
        reply = self._change(path, {"kind": kind})
        return nodes.node(reply, self._cloud.now()), reply.status == 201

    def delete(self, path: str, condition: Mapping[str, str] = _NO_CONDITION) -> None:
        """Remove a node and everything below it; `condition` are headers (7)."""
        self._delete(file_requests.delete_node(self._settings, path, condition))

    def delete_empty(self, path: str) -> None:
        """Remove a file, or a directory with nothing in it.

        Raises ConflictError for one that is not empty. Only where `delete_empty` is announced:
        other clouds remove everything below it.
        """
        self._delete(file_requests.delete_node(self._settings, path, is_recursive=False))

    def delete_volume(self, volume_path: str) -> None:
        """Remove a volume, such as `~/Docs`, with its tree. Raises RefusedError for the root."""
        self._delete(file_requests.delete_volume(self._settings, volume_path))

    def move(self, node: Node, new_path: str, *, force: bool = False) -> Node:
        """Move or rename within the volume. Raises ConflictError for an occupied place."""
        headers = _NO_CONDITION if force else KEEP_TARGET
        reply = self._change(node.resource_path, {"path": new_path}, headers)
        if reply.status == 404 and reply.is_repeated:
            moved = self.node(node.volume_path.removeprefix("/volumes") + new_path)
            if moved.key == node.key:
                return moved
        return nodes.node(reply, self._cloud.now())

    def publish(self, path: str, *, public: bool) -> Node:
        """Give a file a public address, or take it away."""
        return nodes.node(self._change(path, {"is_public": public}), self._cloud.now())

    def published(self) -> tuple[Node, ...]:
        """All published files of all volumes."""
        return self._cloud.ask(file_requests.public_files(self._settings), nodes.nodes)

    def _delete(self, request: Request) -> None:
        reply = self._cloud.send(request)
        if reply.status == 404 and reply.is_repeated:
            return  # an earlier attempt got through
        fields.raise_failure(reply, self._cloud.now())

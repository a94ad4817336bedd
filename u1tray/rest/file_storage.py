"""The account's volumes and files, through the blocking client (REST contract, 5 to 8, 10, 17).

Each method is one request of the contract; what follows from a repeated attempt is judged here.
Nothing here knows of local files: bytes come from and go to whoever calls.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from u1tray.rest import fields, file_requests, nodes, replies
from u1tray.rest.failures import Reply, code_of
from u1tray.rest.file_requests import KEEP_TARGET, unchanged_since
from u1tray.rest.nodes import Node, Place, Volume
from u1tray.rest.requests import Request
from u1tray.rest.uploads import FEATURE as UPLOADS
from u1tray.rest.uploads import RESUMABLE_ABOVE_BYTES
from u1tray.rest.wire.line import Part, Write
from u1tray.vocabulary.errors import NotFoundError, U1Error

if TYPE_CHECKING:  # each is loaded where it is used: most runs need none of them
    from u1tray.rest.batch import Operation, Result
    from u1tray.rest.blocking import Cloud
    from u1tray.rest.blocking_uploads import Resumable
    from u1tray.rest.contents import BatchGet, BatchPut, Offer
    from u1tray.rest.trees import Tree

_NO_CONDITION: Mapping[str, str] = {}
_Value = TypeVar("_Value")


class Files:
    """What an account stores. Every method raises the families of `vocabulary.errors`.

    Paths are `resource_path`s such as `/~/Docs/a.txt`. `force` means without preconditions.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._settings = cloud.settings

    def volumes(self) -> tuple[Volume, ...]:
        """All volumes, the root first."""
        return self._cloud.ask(file_requests.volumes(self._settings), nodes.volumes)

    def create_volume(self, volume_path: str) -> tuple[Volume, bool]:
        """The volume, such as `~/Docs`, and whether it is new."""
        reply = self._cloud.send(file_requests.create_volume(self._settings, volume_path))
        return nodes.volume(reply, self._cloud.now()), reply.status == 201

    def node(self, path: str) -> Node:
        """A file or directory."""
        return self._cloud.ask(file_requests.node(self._settings, path), nodes.node)

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

    def put_contents(self, puts: Sequence[BatchPut]) -> list[Node | U1Error]:
        """Each file with its new content, or the error of its single PUT, in order (16.8).

        Within what `Cloud.offered` says, else UsageError. Raises what befell all of them;
        NotFoundError `no_batches` where they must go one by one, and OfflineError soon, for
        alone they may get through: then with `is_repeated`.
        """
        from u1tray.rest import contents  # noqa: PLC0415

        if not puts:
            return []
        with self._offered(contents.UPLOAD) as offer:
            upload = contents.Upload(offer, puts)
            if upload.refusals is not None:
                return [*upload.refusals]
            reply = self._cloud.upload(upload.request, upload.pieces)
            stored = upload.read(reply, self._cloud.now())
        return [
            self._confirmed(put) if one is None else one
            for put, one in zip(puts, stored, strict=True)
        ]

    def get_contents(self, gets: Sequence[BatchGet]) -> list[bytes | U1Error]:
        """Each content, or the error of its single GET, in order (16.8); raises the same.

        RefusedError `too_large` is one that must be fetched alone. Hashes are the caller's to
        check.
        """
        from u1tray.rest import contents  # noqa: PLC0415

        if not gets:
            return []
        with self._offered(contents.DOWNLOAD) as offer:
            download = contents.Download(offer, gets)
            if download.refusals is not None:
                return [*download.refusals]
            return download.read(self._cloud.send(download.request), self._cloud.now())

    def _confirmed(self, put: BatchPut) -> Node | U1Error:
        """The node of a content that an earlier attempt stored (17)."""
        from u1tray.rest import contents  # noqa: PLC0415

        try:
            return contents.checked(self.node(put.path), put.data)
        except U1Error as error:
            return error

    @contextlib.contextmanager
    def _offered(self, feature: str) -> Iterator[Offer]:
        """What the server takes; forgotten where that turns out to be nothing."""
        from u1tray.rest import contents  # noqa: PLC0415

        offer = self._cloud.offered(feature)
        if offer is None:
            raise contents.missing()
        try:
            yield offer
        except NotFoundError as error:
            if error.code == contents.NO_BATCHES:
                self._cloud.forget(feature)
            raise

    def make(self, path: str, kind: str) -> tuple[Node, bool]:
        """The node at a path, made with its parents if there was none, and whether it is new.

        One of the other kind is returned as it is: check `kind`.
        """
        reply = self._change(path, {"kind": kind})
        return nodes.node(reply, self._cloud.now()), reply.status == 201

    def delete(self, path: str, condition: Mapping[str, str] = _NO_CONDITION) -> None:
        """Remove a node and everything below it; `condition` are headers (7)."""
        self._delete(file_requests.delete_node(self._settings, path, condition))

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

    def fill(self, node: Place, sha1: str, magic: str, *, force: bool = False) -> Node | None:
        """The file with content that the cloud holds already (8), None if it does not.

        `sha1` and `magic` as `sha1:...` and `magic_hash:...`.
        """
        body = {"kind": nodes.FILE, "hash": sha1, "magic_hash": magic}
        reply = self._change(node.resource_path, body, _condition(node, force=force))
        if code_of(reply) == "magic_unknown":
            return None
        return self._filled(node, reply, lambda: sha1)

    def put_content(
        self,
        node: Place,
        size: int,
        body: Callable[[], Iterator[Part]],
        sha1: Callable[[], str],
        *,
        force: bool = False,
        is_repeated: bool = False,
        resumable: Resumable | None = None,
    ) -> Node:
        """The file with new content: `size` bytes of a `body()` anew for each attempt.

        `sha1()` is the hash of what was sent last, such as `sha1:...`; it is asked for when all
        has gone, and compared with the cloud's. With `resumable` a large upload goes on where it
        broke off, if the cloud can do that, and without `body`. `is_repeated`: an attempt before
        this call may have got through (17).
        Raises ConflictError when the content is not the one `node` shows any more.
        """
        condition = _condition(node, force=force)
        if resumable is not None and size > RESUMABLE_ABOVE_BYTES:
            url = self._cloud.feature_url(UPLOADS)
            if url:
                from u1tray.rest import blocking_uploads  # noqa: PLC0415
                from u1tray.rest.resumption import Sending  # noqa: PLC0415

                sending = Sending(
                    self._settings,
                    url,
                    node.resource_path,
                    size,
                    sha1,
                    condition,
                    resumable.url,
                )
                return blocking_uploads.send(
                    self._cloud, self._cloud.resumption(sending), resumable
                )
        request = file_requests.put_content(self._settings, node.content_path, size, condition)
        reply = self._cloud.upload(request, body)
        return self._filled(node, replace(reply, is_repeated=True) if is_repeated else reply, sha1)

    def get_content(self, node: Node, sink: Callable[[], Write]) -> None:
        """Write a file's content, the one `node` shows, to a `sink()` anew for each attempt."""
        condition = {} if node.tag is None else {"If-Match": node.tag}
        request = file_requests.content(self._settings, node.content_path, condition)
        fields.raise_failure(self._cloud.download(request, sink), self._cloud.now())

    def get_content_from(
        self,
        node: Place,
        offset: Callable[[], int],
        sink: Callable[[int], Write],
    ) -> None:
        """The same from the `offset()` of each attempt on; `sink` is told where its bytes begin.

        That is the offset, or 0 where the cloud gives everything (7, Range).
        """
        condition = {} if node.tag is None else {"If-Match": node.tag}
        request = file_requests.content(self._settings, node.content_path, condition)
        asked = 0

        def ranged() -> Mapping[str, str]:
            nonlocal asked
            asked = offset()
            return file_requests.rest_of(node.tag, asked)

        def beginning(head: Reply) -> Write:
            return sink(replies.begins_at(head, asked))

        reply = self._cloud.download_rest(request, ranged, beginning)
        fields.raise_failure(reply, self._cloud.now())

    def _delete(self, request: Request) -> None:
        reply = self._cloud.send(request)
        if reply.status == 404 and reply.is_repeated:
            return  # an earlier attempt got through
        fields.raise_failure(reply, self._cloud.now())

    def _change(
        self, path: str, body: Mapping[str, object], headers: Mapping[str, str] = _NO_CONDITION
    ) -> Reply:
        request = file_requests.change_node(self._settings, path, body, headers)
        return self._cloud.send(request)

    def _filled(self, node: Place, reply: Reply, sha1: Callable[[], str]) -> Node:
        """The node after its content came, by this attempt or by an earlier one (17).

        The hash may have to be computed first: a failure does without it.
        """
        is_repeated = reply.status == 412 and reply.is_repeated
        if is_repeated and reply.header("etag") == f'"{sha1()}"':
            filled = self.node(node.resource_path)
        else:
            filled = nodes.node(reply, self._cloud.now())
        if filled.hash != sha1():
            raise fields.broken(what="the hash of the stored content is another")
        return filled


def _condition(node: Place, *, force: bool) -> Mapping[str, str]:
    return _NO_CONDITION if force else unchanged_since(node.tag)

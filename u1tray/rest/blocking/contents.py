"""The contents of an account's files, through the blocking client (REST contract, 7, 8, 16.8, 17).

What follows from a repeated attempt is judged here. Nothing here knows of local files: bytes come
from and go to whoever calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from u1tray.rest import fields, file_requests, nodes, replies
from u1tray.rest.blocking.wire.line import Part, Write
from u1tray.rest.failures import Reply, code_of
from u1tray.rest.file_requests import unchanged_since
from u1tray.rest.nodes import Node, Place
from u1tray.rest.uploads import FEATURE as UPLOADS
from u1tray.rest.uploads import RESUMABLE_ABOVE_BYTES
from u1tray.vocabulary.errors import U1Error

if TYPE_CHECKING:  # each is loaded where it is used: most runs need none of them
    from u1tray.rest.blocking.cloud import Cloud
    from u1tray.rest.blocking.uploads import Resumable
    from u1tray.rest.contents import BatchGet, BatchPut

_NO_CONDITION: Mapping[str, str] = {}


class Contents:
    """What files hold. Every method raises the families of `vocabulary.errors`.

    Paths are `resource_path`s such as `/~/Docs/a.txt`. `force` means without preconditions.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._settings = cloud.settings

    def node(self, path: str) -> Node:
        """A file or directory."""
        return self._cloud.ask(file_requests.node(self._settings, path), nodes.node)

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
                from u1tray.rest.blocking import uploads  # noqa: PLC0415
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
                return uploads.send(self._cloud, self._cloud.resumption(sending), resumable)
        request = file_requests.put_content(self._settings, node.content_path, size, condition)
        reply = self._cloud.upload(request, body)
        return self._filled(node, replace(reply, is_repeated=True) if is_repeated else reply, sha1)

    def get_content(self, node: Place, sink: Callable[[], Write]) -> None:
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

    def put_contents(self, puts: Sequence[BatchPut]) -> list[Node | U1Error]:
        """Each file with its new content, or the error of its single PUT, in order (16.8).

        Within what `Cloud.offered` says, else UsageError. Raises what befell all of them;
        NotFoundError `no_batches` where they must go one by one, and OfflineError soon, for
        alone they may get through: then with `is_repeated`.
        """
        from u1tray.rest import content_batches, contents  # noqa: PLC0415

        if not puts:
            return []
        offered = self._cloud.offered(contents.UPLOAD)
        with contents.using(self._cloud, contents.UPLOAD, offered) as offer:
            upload = content_batches.Upload(offer, puts)
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
        from u1tray.rest import content_batches, contents  # noqa: PLC0415

        if not gets:
            return []
        offered = self._cloud.offered(contents.DOWNLOAD)
        with contents.using(self._cloud, contents.DOWNLOAD, offered) as offer:
            download = content_batches.Download(offer, gets)
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

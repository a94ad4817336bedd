"""The account's volumes and files, through the asyncio client (REST contract, 16).

Each method is one request of the contract; the daemon's single transfers are its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import TYPE_CHECKING

from u1tray.rest import batch, changes, content_batches, contents, file_requests, nodes, offline
from u1tray.rest.batch import Operation, Result
from u1tray.rest.changes import Bye, Change
from u1tray.rest.contents import BatchGet, BatchPut
from u1tray.rest.events import EventReader
from u1tray.rest.nodes import Node, node_of
from u1tray.rest.trees import Tree, TreeReader
from u1tray.vocabulary.errors import NotFoundError, U1Error

if TYPE_CHECKING:
    from u1tray.rest.asynchronous.cloud import Cloud


class Files:
    """What an account stores. Every method raises the families of `vocabulary.errors`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def changes(
        self, *, silence_seconds: float = changes.SILENCE_SECONDS
    ) -> AsyncGenerator[Change, None]:
        """What changes, as it happens: first a Hello, last a Bye. To be closed (`aclosing`).

        Raises OfflineError when the connection breaks or nothing comes for `silence_seconds`,
        NotFoundError where the server announces no `changes`. Connecting anew is the caller's.
        """
        url = await self._cloud.feature_url(changes.FEATURE)
        if not url:
            text = "This cloud does not tell of changes; it must be asked again and again."
            raise NotFoundError(text)
        reader = EventReader()
        incoming = await self._cloud.receive(changes.request(url), silence_seconds)
        with contextlib.closing(incoming):
            async with contextlib.aclosing(incoming.parts()) as parts:
                async for part in parts:
                    for message in reader.feed(part):
                        change = changes.read(message)
                        if change is not None:
                            yield change
                        if isinstance(change, Bye):
                            return
        raise offline.unreachable(self._cloud.host, "the connection was closed")

    async def nodes_below(self, path: str) -> AsyncGenerator[Node | int, None]:
        """A node and all live ones below as they come, parents first; last the generation.

        What came counts only with the generation: without it ContractError or OfflineError is
        raised, and everything must be discarded. To be closed (`aclosing`).
        """
        request = file_requests.tree(self._cloud.settings, path)
        reader = TreeReader(node_of)
        with contextlib.closing(await self._cloud.receive(request)) as incoming:
            async with contextlib.aclosing(incoming.parts()) as parts:
                async for part in parts:
                    for node in reader.feed(part):
                        yield node
        yield reader.finish()

    async def tree(self, path: str) -> Tree:
        """The same, once all of it came."""
        nodes: list[Node] = []
        generation = 0
        async with contextlib.aclosing(self.nodes_below(path)) as below:
            async for one in below:
                if isinstance(one, Node):
                    nodes.append(one)
                else:
                    generation = one
        return Tree(generation, tuple(nodes))

    async def batch(
        self, operations: Sequence[Operation], *, stop_on_error: bool = False
    ) -> tuple[Result, ...]:
        """What became of each operation, in their order; at most 1000, not atomic.

        Raises NotFoundError where the server announces no `batch`.
        """
        url = batch.announced(await self._cloud.feature_url(batch.FEATURE))
        request = batch.request(url, operations, stop_on_error=stop_on_error)
        reply = await self._cloud.send(request)
        return batch.results(reply, self._cloud.now(), len(operations))

    async def put_contents(self, puts: Sequence[BatchPut]) -> list[Node | U1Error]:
        """Each file with its new content, or the error of its single PUT, in order (16.8).

        Within what `Cloud.offered` says, else UsageError. Raises what befell all of them;
        NotFoundError `no_batches` where they must go one by one, and OfflineError soon, for
        alone they may get through: then a 412 with the content's own tag is a success (17).
        """
        if not puts:
            return []
        offered = await self._cloud.offered(contents.UPLOAD)
        with contents.using(self._cloud, contents.UPLOAD, offered) as offer:
            upload = content_batches.Upload(offer, puts)
            if upload.refusals is not None:
                return [*upload.refusals]
            reply = await self._cloud.upload(upload.request, lambda: _each(upload.pieces()))
            stored = upload.read(reply, self._cloud.now())
        return [
            await self._confirmed(put) if one is None else one
            for put, one in zip(puts, stored, strict=True)
        ]

    async def get_contents(self, gets: Sequence[BatchGet]) -> list[bytes | U1Error]:
        """Each content, or the error of its single GET, in order (16.8); raises the same.

        RefusedError `too_large` is one that must be fetched alone. Hashes are the caller's to
        check.
        """
        if not gets:
            return []
        offered = await self._cloud.offered(contents.DOWNLOAD)
        with contents.using(self._cloud, contents.DOWNLOAD, offered) as offer:
            download = content_batches.Download(offer, gets)
            if download.refusals is not None:
                return [*download.refusals]
            return download.read(await self._cloud.send(download.request), self._cloud.now())

    async def _confirmed(self, put: BatchPut) -> Node | U1Error:
        """The node of a content that an earlier attempt stored (17)."""
        request = file_requests.node(self._cloud.settings, put.path)
        try:
            node = nodes.node(await self._cloud.send(request), self._cloud.now())
        except U1Error as error:
            return error
        return contents.checked(node, put.data)


async def _each(pieces: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
    for piece in pieces:
        yield piece

"""The account's volumes and files, through the asyncio client (REST contract, 16.2, 16.4, 16.5)."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING

from u1tray.rest import batch, changes, file_requests, offline
from u1tray.rest.batch import Operation, Result
from u1tray.rest.changes import Bye, Change
from u1tray.rest.events import EventReader
from u1tray.rest.nodes import Node, node_of
from u1tray.rest.trees import Tree, TreeReader
from u1tray.vocabulary.errors import NotFoundError

if TYPE_CHECKING:
    from u1tray.rest.asynchronous import Cloud


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

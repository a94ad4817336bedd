"""A volume of the cloud as the engine needs it (ports.Volume), over REST.

Each method asks once: who tries again is the engine's runner. What is not as expected is Changed.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass

from u1tray.engine.core.values import Content
from u1tray.engine.ports import Changed, Delta, Names, RemoteNode, Source
from u1tray.engine.runner.lanes import SMALL_BYTES
from u1tray.rest import file_requests, nodes
from u1tray.rest.asynchronous.cloud import Cloud
from u1tray.rest.asynchronous.incoming import Incoming
from u1tray.rest.contents import BatchGet
from u1tray.rest.failures import failure_of
from u1tray.rest.file_requests import KEEP_TARGET
from u1tray.rest.nodes import Node
from u1tray.rest.urls import CONTENT
from u1tray.syncdaemon.remote.addresses import (
    content_of,
    expected,
    meant,
    node_in,
    raise_changed,
    remote_node,
    tag_of,
)
from u1tray.syncdaemon.remote.listings import Listings
from u1tray.syncdaemon.remote.news import News
from u1tray.syncdaemon.remote.throttle import UNLIMITED, Throttle
from u1tray.syncdaemon.remote.uplink import Uplink
from u1tray.syncdaemon.remote.uploads import Memory, Target, Uploads
from u1tray.vocabulary.errors import ConflictError, NotFoundError, RefusedError, U1Error

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Throttles:
    """The limits of both directions."""

    up: Throttle = UNLIMITED
    down: Throttle = UNLIMITED


class RemoteVolume:
    """One volume, such as `~/Docs`."""

    def __init__(
        self,
        uplink: Uplink,
        path: str,
        news: News,
        *,
        memory: Memory,
        is_known: Callable[[Content], bool],
        throttles: Throttles | None = None,
    ) -> None:
        self._uplink = uplink
        self._path = path
        self._news = news
        self._throttles = throttles or Throttles()
        self._listings = Listings(path)
        self._uploads = Uploads(memory, self._throttles.up, is_known)

    async def delta(self, generation: int) -> Delta:
        """See ports.Volume."""
        return await self._listings.delta(self._uplink.now(), generation)

    async def tree(self) -> AsyncGenerator[RemoteNode | Delta, None]:
        """See ports.Volume."""
        found = self._listings.tree(self._uplink.now(), in_one=self._uplink.lists_trees)
        async with contextlib.aclosing(found):
            async for one in found:
                yield one

    async def make_directory(self, names: Names) -> RemoteNode:
        """See ports.Volume."""
        result = await self._uplink.batches().make_directory(self._resource_path(names))
        if result is not None:
            node = node_in(result)
        else:
            async with self._uplink.alone:
                node = await self._change(names, {"kind": nodes.DIRECTORY})
        if node.is_file:
            text = "A file is there in the cloud."
            raise Changed(text)
        return remote_node(node, node.parent_key)

    async def upload(
        self, names: Names, content: Content, source: Source, replaces: Content | None
    ) -> RemoteNode:
        """See ports.Volume."""
        path = self._resource_path(names)
        target = Target(path, CONTENT + path, replaces)
        return await self._uploads.send(self._uplink, target, content, source)

    async def download(
        self, names: Names, content: Content, start: int
    ) -> AsyncGenerator[bytes, None]:
        """See ports.Volume."""
        path = self._resource_path(names)
        if start or content.size > SMALL_BYTES:
            async with contextlib.aclosing(self._receive(path, content, start)) as parts:
                async for part in parts:
                    await self._throttles.down.take(len(part))
                    yield part
            return
        # Paid before, so that a limit holds for batches, too.
        await self._throttles.down.take(content.size)
        get = BatchGet(path, {"If-Match": tag_of(content)})
        try:
            data = await self._uplink.batches().get(get, content.size)
        except U1Error as error:
            raise meant(error) from error
        if data is not None:
            yield data
            return
        async with (
            self._uplink.alone,
            contextlib.aclosing(self._receive(path, content, start)) as parts,
        ):
            async for part in parts:
                yield part

    async def _receive(
        self, path: str, content: Content, start: int
    ) -> AsyncGenerator[bytes, None]:
        """A content in a request of its own."""
        cloud, tag = self._uplink.now(), tag_of(content)
        headers = {"If-Match": tag}
        if start:
            headers |= {"Range": f"bytes={start}-", "If-Range": tag}
        request = file_requests.content(cloud.settings, CONTENT + path, headers)
        try:
            incoming = await cloud.receive(request)
        except (ConflictError, NotFoundError) as error:
            raise Changed(error.text, code=error.code) from error
        except RefusedError as error:
            if error.code in {"is_directory", "bad_range"}:
                raise Changed(error.text, code=error.code) from error
            raise
        with contextlib.closing(incoming):
            async for part in self._parts(incoming, tag, start):
                yield part

    async def move(self, names: Names, key: str, target: Names) -> RemoteNode:
        """See ports.Volume."""
        body = {"path": "/" + "/".join(target)}
        try:
            node = await self._change(names, body, KEEP_TARGET)
        except Changed:
            # An attempt whose answer was lost may have got through (17).
            found = await self._find(target)
            if found is None or found.key != key:
                raise
            node = found
        if node.key != key:
            text = "Another file stood there in the cloud, and was moved instead."
            raise Changed(text)
        return remote_node(node, node.parent_key)

    async def delete(self, names: Names, content: Content | None) -> None:
        """See ports.Volume.

        That a directory is empty is looked at right before, and again by clouds that can.
        """
        cloud = self._uplink.now()
        path = self._resource_path(names)
        headers = _NOTHING if content is None else {"If-Match": tag_of(content)}
        if content is None:
            await self._expect_empty(cloud, path)
        request = file_requests.delete_node(
            cloud.settings, path, headers, is_recursive=content is not None
        )
        reply = await cloud.send(request)
        raise_changed(reply, cloud.now())

    async def generations(self) -> AsyncGenerator[int, None]:
        """See ports.Volume."""
        async with contextlib.aclosing(self._news.generations(self._path)) as told:
            async for generation in told:
                yield generation

    async def _expect_empty(self, cloud: Cloud, path: str) -> None:
        """Raises Changed for what is no empty directory, nor a file without content."""
        request = file_requests.node(cloud.settings, path)
        node = expected(await cloud.send(request), cloud.now())
        if node.has_children or (node.is_file and content_of(node) is not None):
            text = "It is not empty in the cloud."
            raise Changed(text)

    async def _change(
        self, names: Names, body: Mapping[str, object], headers: Mapping[str, str] = _NOTHING
    ) -> Node:
        cloud = self._uplink.now()
        request = file_requests.change_node(
            cloud.settings, self._resource_path(names), body, headers
        )
        return expected(await cloud.send(request), cloud.now())

    async def _find(self, names: Names) -> Node | None:
        cloud = self._uplink.now()
        request = file_requests.node(cloud.settings, self._resource_path(names))
        reply = await cloud.send(request)
        if isinstance(failure_of(reply, cloud.now()), NotFoundError):
            return None
        return nodes.node(reply, cloud.now())

    async def _parts(self, incoming: Incoming, tag: str, start: int) -> AsyncGenerator[bytes, None]:
        """The bytes from `start` on, also of a cloud that knows no conditions or ranges."""
        head = incoming.head
        if head.header("etag") != tag:
            text = "The file is another in the cloud by now."
            raise Changed(text)
        left_out = 0 if head.status == 206 else start
        async with contextlib.aclosing(incoming.parts()) as parts:
            async for part in parts:
                skipped = min(left_out, len(part))
                left_out -= skipped
                if skipped < len(part):
                    yield part[skipped:]

    def _resource_path(self, names: Names) -> str:
        return "/" + "/".join((self._path, *names))

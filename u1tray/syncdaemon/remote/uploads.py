"""Brings the content of a file into the cloud: by its hashes, in one piece, or resumably.

What the cloud may hold already is offered by its hashes first (8); what is large goes on where a
connection or this program ended (16.3).
"""

from __future__ import annotations

import contextlib
import hashlib
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from u1tray.engine.core.values import Content
from u1tray.engine.ports import Changed, RemoteNode, Source
from u1tray.engine.runner.lanes import SMALL_BYTES
from u1tray.rest import file_requests, nodes
from u1tray.rest import uploads as tus
from u1tray.rest.asynchronous.cloud import Cloud
from u1tray.rest.asynchronous.uploads import Resumable, send
from u1tray.rest.contents import BatchPut
from u1tray.rest.failures import Reply, code_of
from u1tray.rest.nodes import Node
from u1tray.rest.resumption import Resumption, Sending
from u1tray.syncdaemon.remote.addresses import (
    condition,
    content_of,
    expected,
    meant,
    remote_node,
    tag_of,
    text_of,
)
from u1tray.syncdaemon.remote.throttle import Throttle
from u1tray.syncdaemon.remote.uplink import Uplink
from u1tray.vocabulary.errors import ConflictError, NotFoundError, U1Error

# Below, reading a file twice costs more than sending it.
MAGIC_ABOVE_BYTES = 256 * 1024
_MAGIC_PREFIX = b"Ubuntu One"


class Memory(Protocol):
    """Texts by name that survive a restart."""

    def recall(self, name: str) -> str:
        """What was remembered, or `''`."""

    def remember(self, name: str, text: str) -> None:
        """Remember a text; `''` forgets it."""


@dataclass(frozen=True)
class Target:
    """Where a content goes, and what it replaces there (None: nothing)."""

    resource_path: str
    content_path: str
    replaces: Content | None


class Uploads:
    """The uploads of one volume. `is_known` tells whether the cloud holds a content."""

    def __init__(
        self, memory: Memory, throttle: Throttle, is_known: Callable[[Content], bool]
    ) -> None:
        self._memory = memory
        self._throttle = throttle
        self._is_known = is_known

    async def send(
        self, uplink: Uplink, target: Target, content: Content, source: Source
    ) -> RemoteNode:
        """See ports.Volume.upload. `target.parent` is not made."""
        cloud = uplink.now()
        if content.size > MAGIC_ABOVE_BYTES and self._is_known(content):
            found = await self._conjure(cloud, target, content, source)
            if found is not None:
                return found
        url = ""
        if content.size > tus.RESUMABLE_ABOVE_BYTES:
            url = await cloud.feature_url(tus.FEATURE)
        body = _Body(source, self._throttle)
        try:
            if content.size <= SMALL_BYTES:
                return await self._put_whole(uplink, target, content, body)
            if url:
                return await self._send_resumably(cloud, url, target, content, body)
            return await self._put(cloud, target, content, body)
        except U1Error:
            if body.failure is not None:  # what the connection broke off for
                raise body.failure from None
            raise

    async def _conjure(
        self, cloud: Cloud, target: Target, content: Content, source: Source
    ) -> RemoteNode | None:
        """The file with the content that the cloud holds already; None: it must be sent."""
        magic = hashlib.sha1(_MAGIC_PREFIX, usedforsecurity=False)
        async for part in source.read(0):
            magic.update(part)
        body = {
            "kind": nodes.FILE,
            "hash": text_of(content),
            "magic_hash": f"magic_hash:{magic.hexdigest()}",
        }
        request = file_requests.change_node(
            cloud.settings, target.resource_path, body, condition(target.replaces)
        )
        reply = await cloud.send(request)
        if code_of(reply) == "magic_unknown":
            return None
        found = await self._stored(cloud, reply, target, content)
        source.progress(content.size)
        return found

    async def _put(self, cloud: Cloud, target: Target, content: Content, body: _Body) -> RemoteNode:
        request = file_requests.put_content(
            cloud.settings, target.content_path, content.size, condition(target.replaces)
        )
        reply = await cloud.upload(request, body.told_parts)
        if body.failure is not None:
            raise body.failure
        return await self._stored(cloud, reply, target, content)

    async def _put_whole(
        self, uplink: Uplink, target: Target, content: Content, body: _Body
    ) -> RemoteNode:
        """A small one: together with others, or alone where that cannot be."""
        data = await body.whole(content.size)
        if len(data) != content.size:
            text = "The file is not as long as it was."
            raise Changed(text)
        cloud, wanted = uplink.now(), condition(target.replaces)
        try:
            node = await uplink.batches().put(BatchPut(target.resource_path, data, wanted))
        except ConflictError as error:
            # An attempt whose answer was lost may have got through (17).
            node = await self._found(cloud, target)
            if content_of(node) != content:
                raise meant(error) from error
        except U1Error as error:
            raise meant(error) from error
        if node is not None:
            body.progress(len(data))
            return remote_node(node, node.parent_key)
        async with uplink.alone:
            request = file_requests.put_content(
                cloud.settings, target.content_path, content.size, wanted
            )
            reply = await cloud.send(replace(request, body=data))
            body.progress(len(data))
            return await self._stored(cloud, reply, target, content)

    async def _found(self, cloud: Cloud, target: Target) -> Node:
        request = file_requests.node(cloud.settings, target.resource_path)
        return expected(await cloud.send(request), cloud.now())

    async def _stored(
        self, cloud: Cloud, reply: Reply, target: Target, content: Content
    ) -> RemoteNode:
        """The file of an answer; an earlier attempt may have got through (17)."""
        if reply.status == 412 and reply.header("etag") == tag_of(content):
            request = file_requests.node(cloud.settings, target.resource_path)
            reply = await cloud.send(request)
        node = expected(reply, cloud.now())
        if not node.is_file:
            text = "A directory is there in the cloud."
            raise Changed(text)
        return remote_node(node, node.parent_key)

    async def _send_resumably(
        self, cloud: Cloud, url: str, target: Target, content: Content, body: _Body
    ) -> RemoteNode:
        name = f"upload {target.resource_path}"
        begun = await self._begun(cloud, name, content)
        sending = Sending(
            cloud.settings,
            url,
            target.resource_path,
            content.size,
            lambda: text_of(content),
            condition(target.replaces),
            begun,
        )
        resumption = Resumption(sending, now=cloud.now, draw=random.random, limit=1)

        def note(found: str) -> None:
            self._memory.remember(name, f"{text_of(content)} {found}" if found else "")

        resumable = Resumable(body.parts, begun, note, body.progress)
        try:
            node = await send(cloud, resumption, resumable)
        except (ConflictError, NotFoundError) as error:
            raise Changed(error.text, code=error.code) from error
        return remote_node(node, node.parent_key)

    async def _begun(self, cloud: Cloud, name: str, content: Content) -> str:
        """The upload of this content that was begun before; one of another is given up."""
        text, _, url = self._memory.recall(name).partition(" ")
        if not url or text == text_of(content):
            return url
        self._memory.remember(name, "")
        await cloud.send(tus.discard(url))
        return ""


class _Body:
    """The bytes of an upload on their way; `failure` is why they ended early."""

    def __init__(self, source: Source, throttle: Throttle) -> None:
        self._source = source
        self._throttle = throttle
        self.failure: U1Error | None = None

    def progress(self, sent: int) -> None:
        """So many bytes are in the cloud."""
        self._source.progress(sent)

    async def whole(self, size: int) -> bytes:
        """All bytes at once, read when it is their turn: until then they lie on the disk."""
        await self._throttle.take(size)
        return b"".join([part async for part in self._source.read(0)])

    async def told_parts(self) -> AsyncGenerator[bytes, None]:
        """All bytes, told as they go."""
        sent = 0
        async with contextlib.aclosing(self.parts(0)) as parts:
            async for part in parts:
                yield part
                sent += len(part)
                self.progress(sent)

    async def parts(self, start: int) -> AsyncGenerator[bytes, None]:
        """The bytes from an offset on."""
        try:
            async with contextlib.aclosing(_closing(self._source.read(start))) as parts:
                async for part in parts:
                    await self._throttle.take(len(part))
                    yield part
        except U1Error as error:
            self.failure = error
            raise


async def _closing(parts: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The same, closed with its reader."""
    try:
        async for part in parts:
            yield part
    finally:
        close = getattr(parts, "aclose", None)
        if close is not None:
            with contextlib.suppress(RuntimeError):
                await close()

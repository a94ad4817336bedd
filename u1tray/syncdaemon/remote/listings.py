"""What is in a volume of the cloud: all of it, or what changed after a generation (9, 16.5)."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import replace

from u1tray.engine.ports import Changed, Delta, RemoteNode
from u1tray.rest import deltas, file_requests, nodes
from u1tray.rest.asynchronous.cloud import Cloud
from u1tray.rest.deltas import VolumeDelta
from u1tray.rest.nodes import Node
from u1tray.syncdaemon.remote.addresses import expected, remote_node
from u1tray.vocabulary.errors import ConflictError


class Listings:
    """The listings of one volume, such as `~/Docs`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._root_key = ""

    async def delta(self, cloud: Cloud, generation: int) -> Delta:
        """See ports.Volume."""
        root_key = await self._key_of_root(cloud)
        try:
            found = await self._changed_after(cloud, generation)
        except ConflictError as error:
            if error.code == "delta_gone":
                raise Changed(error.text, code=error.code) from error
            raise
        if all(_tells_parent(node) for node in found.nodes):
            listed = [remote_node(node, node.parent_key) for node in found.nodes]
            return Delta(found.generation, root_key, listed)
        known = {node.resource_path: node.key for node in found.nodes if node.is_live}
        known[self._node_path] = root_key
        listed = [
            remote_node(node, await self._parent_key(cloud, node, known)) for node in found.nodes
        ]
        return Delta(found.generation, root_key, listed)

    async def _changed_after(self, cloud: Cloud, generation: int) -> VolumeDelta:
        # As it comes, because a delta may be of any length.
        incoming = await cloud.receive(deltas.request(cloud.settings, self._path, generation))
        with contextlib.closing(incoming):
            async with contextlib.aclosing(incoming.parts()) as parts:
                body = b"".join([part async for part in parts])
        return deltas.read(replace(incoming.head, body=body), cloud.now())

    async def tree(self, cloud: Cloud, *, in_one: bool) -> AsyncGenerator[RemoteNode | Delta, None]:
        """See ports.Volume; `in_one`: the cloud lists whole trees."""
        found = self._in_one(cloud) if in_one else self._by_directory(cloud)
        async with contextlib.aclosing(found):
            async for one in found:
                yield one

    async def _in_one(self, cloud: Cloud) -> AsyncGenerator[RemoteNode | Delta, None]:
        below = cloud.files.nodes_below(self._node_path)
        known: dict[str, str] = {}
        async with contextlib.aclosing(below):
            async for one in below:
                if not isinstance(one, Node):
                    yield Delta(one, self._root_key, ())
                    continue
                if one.parent_path is None:
                    self._root_key = one.key
                else:
                    yield remote_node(one, one.parent_key or known.get(one.parent_path))
                if one.parent_key is None and not one.is_file:
                    known[one.resource_path] = one.key

    async def _by_directory(self, cloud: Cloud) -> AsyncGenerator[RemoteNode | Delta, None]:
        """Directory by directory, for a cloud without whole trees: no snapshot.

        What changes meanwhile is seen again by a delta from the generation before.
        """
        volumes = nodes.volumes(
            await cloud.send(file_requests.volumes(cloud.settings)), cloud.now()
        )
        start = next((one.generation for one in volumes if one.path == self._path), None)
        if start is None:
            text = "The volume is gone from the cloud."
            raise ConflictError(text)
        todo = [self._node_path]
        while todo:
            request = file_requests.node(cloud.settings, todo.pop(0), with_children=True)
            directory = expected(await cloud.send(request), cloud.now())
            if directory.parent_path is None:
                self._root_key = directory.key
            for child in directory.children:
                yield remote_node(child, directory.key)
                if not child.is_file:
                    todo.append(child.resource_path)
        yield Delta(start, self._root_key, ())

    async def _key_of_root(self, cloud: Cloud) -> str:
        if not self._root_key:
            request = file_requests.node(cloud.settings, self._node_path)
            self._root_key = nodes.node(await cloud.send(request), cloud.now()).key
        return self._root_key

    async def _parent_key(self, cloud: Cloud, node: Node, known: dict[str, str]) -> str | None:
        """By what the cloud tells (20), or else by the parent's path of that moment."""
        if _tells_parent(node) or node.parent_path is None:
            return node.parent_key
        if node.parent_path not in known:
            request = file_requests.node(cloud.settings, node.parent_path)
            parent = nodes.node(await cloud.send(request), cloud.now())
            known[node.parent_path] = parent.key
        return known[node.parent_path]

    @property
    def _node_path(self) -> str:
        return f"/{self._path}"


def _tells_parent(node: Node) -> bool:
    """Whether nothing more has to be found out about where it is."""
    return node.parent_key is not None or node.parent_path is None or not node.is_live

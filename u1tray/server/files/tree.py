"""Changes of one volume's tree in one transaction (REST contract, 5, 6, 9).

Every change of a node takes the volume's next generation, which `finish` writes; `used` of the
account moves with the sizes of live files.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from u1tray.server.files import paths, space
from u1tray.server.files.keys import fresh_uuid
from u1tray.server.files.values import Content, Kind, Names, Node, Volume
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.storage.metadata import nodes as rows
from u1tray.server.storage.metadata import volumes as volume_rows

MAX_GENERATION = 2**31 - 1


@dataclass(frozen=True)
class Place:
    """How far a path leads into a tree: the nodes from the root on, and the names that miss."""

    found: tuple[Node, ...]
    missing: Names

    @property
    def node(self) -> Node | None:
        """What stands at the path."""
        return None if self.missing else self.found[-1]

    @property
    def has_file_above(self) -> bool:
        """Whether a parent in the path is a file."""
        return bool(self.missing) and self.found[-1].is_file

    @property
    def existing(self) -> Node:
        """What stands at the path. Raises Refusal `not_found`."""
        if self.missing:
            raise Refusal(Code.NOT_FOUND, "There is no such node.")
        return self.found[-1]


def locate(connection: Connection, volume: Volume, names: Names) -> Place:
    """Follow a path from the root of a volume."""
    found = [rows.root(connection, volume.id)]
    for depth, name in enumerate(names):
        child = rows.child(connection, found[-1].id, name) if not found[-1].is_file else None
        if child is None:
            return Place(tuple(found), names[depth:])
        found.append(child)
    return Place(tuple(found), ())


class Edit:
    """One transaction's changes of one volume, which the caller has locked."""

    def __init__(
        self,
        connection: Connection,
        volume: Volume,
        now: float,
        grow: Callable[[int], None] | None = None,
    ) -> None:
        """`grow` is told by how many bytes the account's live files grow, and raises Refusal."""
        self.connection = connection
        self._volume = volume
        self._now = now
        self._generation = volume.generation
        self._grow = grow or functools.partial(space.grow, connection, volume.account_id)
        self._touched: set[int] = set()

    @property
    def volume(self) -> Volume:
        """The volume with the generation that the changes lead to."""
        return replace(self._volume, generation=self._generation)

    def create(self, place: Place, kind: Kind, content: Content | None = None) -> Node:
        """The new node at a place where nothing stands, with its missing parents.

        Raises Refusal `not_a_directory`, `quota_exceeded`.
        """
        if place.has_file_above:
            raise Refusal(Code.NOT_A_DIRECTORY, "A parent in the path is a file.")
        self._grow(0 if content is None else content.size)
        parent = place.found[-1]
        self._touch(parent)
        for name in place.missing[:-1]:
            parent = self._add(parent, name, Kind.DIRECTORY, None)
        return self._add(parent, place.missing[-1], kind, content)

    def fill(self, node: Node, content: Content) -> Node:
        """The file with new content; its own changes nothing. Raises Refusal `quota_exceeded`."""
        if node.content_id == content.id:
            return node
        self._grow(content.size - (node.size or 0))
        filled = node._replace(
            content_id=content.id,
            sha1=content.sha1,
            size=content.size,
            changed_at=self._now,
            generation=self._next_generation(),
        )
        rows.fill(self.connection, filled)
        return filled

    def move(self, source: Place, names: Names, *, may_replace: bool) -> None:
        """Move the node of a place; what stands at the target is deleted first.

        The move was checked by `puts.check_move`. Raises Refusal.
        """
        node = source.existing
        target = locate(self.connection, self._volume, names)
        if len(target.missing) > 1:
            raise Refusal(Code.NOT_FOUND, "The new parent directory does not exist.")
        if target.has_file_above:
            raise Refusal(Code.NOT_A_DIRECTORY, "The new parent is a file.")
        self._check_length(source, names)
        if target.node is not None:
            if not may_replace:
                headers = () if target.node.tag is None else (("ETag", target.node.tag),)
                text = "There is something at the target."
                raise Refusal(Code.PRECONDITION_FAILED, text, headers=headers)
            self.delete(target)
        parent = target.found[-1] if target.missing else target.found[-2]
        self._touch(source.found[-2])
        self._touch(parent)
        self._change(node, parent_id=parent.id, name=names[-1])

    def publish(self, node: Node, is_public: bool) -> None:
        """Give a file a fresh public id, or take it away; nothing where it is so already (10)."""
        if is_public != (node.public_id is not None):
            self._change(node, public_id=fresh_uuid() if is_public else None)

    def delete(self, place: Place) -> None:
        """Delete the node of a place, which is not the root, with all that lies below."""
        node = place.existing
        path = paths.inside_text(tuple(found.name for found in place.found[1:]))
        self._grow(-rows.bury(self.connection, node.id, path))
        self._touch(place.found[-2])
        self._change(node)

    def finish(self) -> None:
        """Write the volume's generation."""
        if self._generation != self._volume.generation:
            volume_rows.set_generation(self.connection, self._volume.id, self._generation)

    def _add(self, parent: Node, name: str, kind: Kind, content: Content | None) -> Node:
        node = self._made(parent, name, kind, content)
        return node._replace(id=rows.add(self.connection, self._volume, node))

    def _made(self, parent: Node, name: str, kind: Kind, content: Content | None) -> Node:
        return Node.new(
            fresh_uuid(),
            self._volume.id,
            parent.id,
            name,
            kind=kind,
            generation=self._next_generation(),
            created_at=self._now,
            changed_at=self._now,
            content=content,
        )

    def _change(self, node: Node, **columns: object) -> None:
        rows.change(
            self.connection,
            node.id,
            **columns,
            changed_at=self._now,
            generation=self._next_generation(),
        )

    def _touch(self, directory: Node) -> None:
        """A child came, went or got another name: that is no new generation (4.3, 6)."""
        if directory.id not in self._touched:
            self._touched.add(directory.id)
            rows.touch(self.connection, directory.id, self._now)

    def _check_length(self, source: Place, names: Names) -> None:
        """Refuse a move that would take nodes below out of reach."""
        length = len(paths.inside_text(names).encode())
        old = sum(len(node.name.encode()) + 1 for node in source.found[1:])
        if length <= old or source.found[-1].is_file:
            return
        if length + rows.longest_below(self.connection, source.found[-1].id) > (
            paths.MAX_PATH_BYTES
        ):
            raise Refusal(Code.PATH_TOO_LONG, "A path below would be too long.")

    def _next_generation(self) -> int:
        if self._generation >= MAX_GENERATION:
            message = f"volume {self._volume.id} has no more generations"
            raise OverflowError(message)
        self._generation += 1
        return self._generation

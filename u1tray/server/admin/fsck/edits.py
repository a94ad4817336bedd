"""Changes of nodes in one transaction, by whoever mends a tree.

As in `files/tree.py` every change takes the next generation of its volume, so that programs that
keep a copy notice; but nothing here relies on the tree being whole.
"""

from __future__ import annotations

import os
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from u1tray.server.admin.fsck.queries import DELETED_VOLUMES
from u1tray.server.files.keys import fresh_uuid
from u1tray.server.files.paths import MAX_NAME_BYTES
from u1tray.server.files.tree import MAX_GENERATION
from u1tray.server.files.values import Content, Kind, Node, Volume
from u1tray.server.storage.metadata import accounts as account_rows
from u1tray.server.storage.metadata import nodes as rows
from u1tray.server.storage.metadata import volumes as volume_rows
from u1tray.server.storage.metadata.schema import accounts, nodes, volumes
from u1tray.vocabulary.errors import RefusedError

LOST_AND_FOUND = "lost+found"


class Edits:
    """One transaction of mending. `finish` writes generations and `used`."""

    def __init__(self, connection: Connection, now: float) -> None:
        self.connection = connection
        self.now = now
        self._generations: dict[int, int] = {}
        self._accounts: set[int] = set()
        self._forgetful: set[int] = set()

    def row(self, node_id: int) -> Row[Any] | None:
        """All columns of a node."""
        return self.connection.execute(select(nodes).where(nodes.c.id == node_id)).one_or_none()

    def change(self, node_id: int, **columns: Any) -> None:
        """Set columns of a node, with a new generation."""
        row = self.row(node_id)
        if row is None:
            return
        generation = self.next_generation(row.volume_id)
        rows.change(self.connection, node_id, **columns, changed_at=self.now, generation=generation)
        self._accounts.add(row.account_id)

    def recount(self, account_id: int) -> None:
        """Let `finish` count what an account uses."""
        self._accounts.add(account_id)

    def attach(self, node_id: int) -> None:
        """Move a node to the lost+found of its volume."""
        row = self.row(node_id)
        if row is None:
            return
        found = self._lost_and_found(row.volume_id)
        name = self.free_name(found.id, row.name or f"node {node_id}")
        self.change(node_id, parent_id=found.id, name=name)

    def forget_history(self, node_id: int) -> None:
        """Have every program that keeps a copy of a node's volume read all of it anew.

        As if older deletions were forgotten: a delta since then is 410 (REST contract, 9).
        """
        row = self.row(node_id)
        if row is not None:
            self._forgetful.add(row.volume_id)

    def rename(self, node_id: int) -> None:
        """Give a node a name that is allowed and free in its directory."""
        row = self.row(node_id)
        if row is not None:
            self.change(node_id, name=self.free_name(row.parent_id, row.name))

    def rescue(self, node_id: int, content: Content) -> None:
        """Make a file of a content, which the node is about to lose, in the lost+found."""
        row = self.row(node_id)
        if row is None:
            return
        found = self._lost_and_found(row.volume_id)
        name = self.free_name(found.id, row.name or f"node {node_id}")
        self.add(row.volume_id, found.id, name, Kind.FILE, content)

    def add_root(self, volume_id: int, node_id: int | None) -> None:
        """A new root directory of a volume, of a free id if one is wanted."""
        made = self._add(volume_id, None, "", Kind.DIRECTORY, None, generation=0)
        if node_id is not None:
            columns = {"id": node_id}
            self.connection.execute(update(nodes).where(nodes.c.id == made).values(columns))

    def add(
        self, volume_id: int, parent_id: int, name: str, kind: Kind, content: Content | None
    ) -> int:
        """The id of a new node."""
        generation = self.next_generation(volume_id)
        return self._add(volume_id, parent_id, name, kind, content, generation=generation)

    def next_generation(self, volume_id: int) -> int:
        """The volume's next generation. Raises RefusedError when there is none."""
        known = self._generations.get(volume_id)
        if known is None:
            query = select(volumes.c.generation).where(volumes.c.id == volume_id)
            known = int(self.connection.execute(query.with_for_update()).scalar_one())
        if known >= MAX_GENERATION:
            message = f"volume {volume_id} has no more generations"
            raise RefusedError(message)
        self._generations[volume_id] = known + 1
        return known + 1

    def finish(self) -> None:
        """Write the volumes' generations, and count what the accounts use."""
        for volume_id, generation in self._generations.items():
            volume_rows.set_generation(self.connection, volume_id, generation)
        for volume_id in self._forgetful:
            mine = volumes.c.id == volume_id
            columns = {"forgotten_generation": volumes.c.generation}
            self.connection.execute(update(volumes).where(mine).values(columns))
        for account_id in sorted(self._accounts):
            self._count(account_id)

    def free_name(self, parent_id: int, name: str) -> str:
        """A name that is allowed, and that no live node of a directory has."""
        wanted = _allowed(name)
        stem, extension = os.path.splitext(wanted)
        number = 1
        while rows.child(self.connection, parent_id, wanted) is not None:
            number += 1
            ending = f" ({number}){extension}"
            wanted = _shortened(stem, MAX_NAME_BYTES - len(ending.encode())) + ending
        return wanted

    def _lost_and_found(self, volume_id: int) -> Node:
        query = select(nodes.c.id).where(
            nodes.c.volume_id == volume_id, nodes.c.parent_id.is_(None)
        )
        root_id = self.connection.execute(query.order_by(nodes.c.id).limit(1)).scalar_one()
        found = self._child(root_id, LOST_AND_FOUND)
        number = 1
        while found is not None and found.is_file:
            number += 1
            found = self._child(root_id, f"{LOST_AND_FOUND} ({number})")
        if found is not None:
            return found
        name = LOST_AND_FOUND if number == 1 else f"{LOST_AND_FOUND} ({number})"
        made = rows.by_id(self.connection, self.add(volume_id, root_id, name, Kind.DIRECTORY, None))
        assert made is not None
        return made

    def _child(self, parent_id: int, name: str) -> Node | None:
        return rows.child(self.connection, parent_id, name)

    def _add(
        self,
        volume_id: int,
        parent_id: int | None,
        name: str,
        kind: Kind,
        content: Content | None,
        *,
        generation: int,
    ) -> int:
        volume = volume_rows.by_id(self.connection, volume_id)
        assert isinstance(volume, Volume)
        node = Node.new(
            fresh_uuid(),
            volume_id,
            parent_id,
            name,
            kind=kind,
            generation=generation,
            created_at=self.now,
            changed_at=self.now,
            content=content,
        )
        self._accounts.add(volume.account_id)
        return rows.add(self.connection, volume, node)

    def _count(self, account_id: int) -> None:
        # A statement that waits for the row keeps the sum it made before: wait in one of its own.
        account_rows.lock(self.connection, account_id)
        size = select(func.coalesce(func.sum(nodes.c.size), 0)).where(
            nodes.c.account_id == account_id,
            nodes.c.is_live,
            nodes.c.volume_id.not_in(DELETED_VOLUMES),
        )
        self.connection.execute(
            update(accounts)
            .where(accounts.c.id == account_id)
            .values(used_bytes=size.scalar_subquery())
        )


def _allowed(name: str) -> str:
    kept = name.replace("/", "_").replace("\0", "_")
    if kept in ("", ".", ".."):
        kept = f"name {kept}".strip()
    return _shortened(kept, MAX_NAME_BYTES)


def _shortened(name: str, size: int) -> str:
    return name.encode()[:size].decode(errors="ignore")

"""Small contents put into many files of one account in one transaction (REST contract, 16.8).

For each the rules of `operations.put_content`. What is refused is refused before anything but its
content was written, so that no other is undone with it. All contents come first, and in one order
for everybody: transactions that wait for each other's would wait in a circle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import Connection

from u1tray.server.files.lookup import Lookup
from u1tray.server.files.operations import Changed, check_target
from u1tray.server.files.preconditions import Preconditions
from u1tray.server.files.space import Room
from u1tray.server.files.tree import Edit, Place
from u1tray.server.files.values import Brought, Content, Fingerprint, Kind, Names, Node, Volume
from u1tray.server.storage.metadata import contents
from u1tray.server.storage.metadata import nodes as rows


class Bulk:
    """To be finished, in the same transaction, unless that is undone."""

    def __init__(
        self,
        connection: Connection,
        account_id: int,
        now: float,
        targets: Iterable[Names],
        brought: Iterable[Brought],
    ) -> None:
        """Where something may be put, and the contents."""
        self._connection = connection
        self._now = now
        self._lookup = Lookup(connection, account_id)
        wanted = list(targets)
        self._lookup.lock(wanted)
        self._lookup.look_ahead(wanted)
        self._room = Room(connection, account_id)
        self._edits: dict[int, _BulkEdit] = {}
        self._contents, self._unused = contents.add_many(connection, brought, now)

    def put(self, names: Names, preconditions: Preconditions, fingerprint: Fingerprint) -> Changed:
        """The file with one of the contents. Raises Refusal, having changed nothing."""
        volume, inside, place = self._place(names)
        preconditions.check_content(place.node)
        check_target(place)
        old_size = 0 if place.node is None else place.node.size or 0
        self._room.check(fingerprint.size - old_size)
        # Nothing is refused from here on.
        content = self._contents[fingerprint.sha256]
        self._unused.discard(content.id)
        edit = self._edit(volume)
        if place.node is None:
            node = edit.create(place, Kind.FILE, content)
            for depth in range(1, len(place.missing)):
                self._lookup.forget(names[:-depth])  # a directory was made there
        else:
            node = edit.fill(place.node, content)
        self._lookup.note(names, node)
        return Changed(volume, node, inside, is_new=place.node is None)

    def finish(self) -> None:
        """Write what was counted: the generations of the volumes, and what the account uses.

        Contents of what was refused are taken back.
        """
        self._store()
        if self._unused:
            contents.remove_new(self._connection, self._unused)
        for edit in self._edits.values():
            edit.finish()
        self._room.finish()

    def _place(self, names: Names) -> tuple[Volume, Names, Place]:
        """As the lookup's; the database is asked only when it holds all that was done."""
        if not self._lookup.knows(names):
            self._store()
        volume, inside, place = self._lookup.place(names)
        if place.node is not None and not place.node.id:  # it was made here, and waits
            self._store()
            self._lookup.forget(names)
            volume, inside, place = self._lookup.place(names)
        return volume, inside, place

    def _store(self) -> None:
        for edit in self._edits.values():
            edit.store()

    def _edit(self, volume: Volume) -> _BulkEdit:
        edit = self._edits.get(volume.id)
        if edit is None:
            edit = _BulkEdit(self._connection, volume, self._now, self._room.grow)
            self._edits[volume.id] = edit
        return edit


class _BulkEdit(Edit):
    """New files wait, and go into the database together; until then their id is 0."""

    def __init__(
        self, connection: Connection, volume: Volume, now: float, grow: Callable[[int], None]
    ) -> None:
        super().__init__(connection, volume, now, grow)
        self._waiting: list[Node] = []

    def store(self) -> None:
        """Store what waits."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            rows.add_many(self.connection, self._volume, waiting)

    def _add(self, parent: Node, name: str, kind: Kind, content: Content | None) -> Node:
        if kind is Kind.DIRECTORY:
            return super()._add(parent, name, kind, content)
        node = self._made(parent, name, kind, content)
        self._waiting.append(node)
        return node

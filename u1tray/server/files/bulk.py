"""Small contents put into many files of one account in one transaction (REST contract, 16.8).

For each the rules of `operations.put_content`. What is refused is refused before anything but its
content was written, so that no other is undone with it. All contents come first, and in one order
for everybody: transactions that wait for each other's would wait in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from u1tray.server.files.lookup import Lookup
from u1tray.server.files.operations import Changed, check_target
from u1tray.server.files.preconditions import Preconditions
from u1tray.server.files.space import Room
from u1tray.server.files.tree import Edit
from u1tray.server.files.values import Brought, Fingerprint, Kind, Names, Volume
from u1tray.server.storage.metadata import contents


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
        self._lookup.lock(targets)
        self._room = Room(connection, account_id)
        self._edits: dict[int, Edit] = {}
        self._contents, self._unused = contents.add_many(connection, brought, now)

    def put(self, names: Names, preconditions: Preconditions, fingerprint: Fingerprint) -> Changed:
        """The file with one of the contents. Raises Refusal, having changed nothing."""
        volume, inside, place = self._lookup.place(names)
        preconditions.check_content(place.node)
        check_target(place)
        old_size = 0 if place.node is None else place.node.size or 0
        self._room.check(fingerprint.size - old_size)
        # Nothing is refused from here on.
        content = self._contents[fingerprint.sha256]
        self._unused.discard(content.id)
        edit = self._edit(volume)
        if place.node is None:
            return Changed(volume, edit.create(place, Kind.FILE, content), inside, is_new=True)
        return Changed(volume, edit.fill(place.node, content), inside, is_new=False)

    def finish(self) -> None:
        """Write what was counted: the generations of the volumes, and what the account uses.

        Contents of what was refused are taken back.
        """
        if self._unused:
            contents.remove_new(self._connection, self._unused)
        for edit in self._edits.values():
            edit.finish()
        self._room.finish()

    def _edit(self, volume: Volume) -> Edit:
        edit = self._edits.get(volume.id)
        if edit is None:
            edit = Edit(self._connection, volume, self._now, self._room.grow)
            self._edits[volume.id] = edit
        return edit

"""Many paths of one account, followed in one transaction: what they have in common is looked up
once.

Right as long as the transaction sees one state of volumes and directories: on a snapshot, or
where the volumes are locked and nothing in them is deleted, moved or made but through `Bulk`.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from u1tray.server.files import paths
from u1tray.server.files.tree import Place, locate
from u1tray.server.files.values import Names, Node, Volume
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.storage.metadata import nodes as rows
from u1tray.server.storage.metadata import volumes as volume_rows


class Lookup:
    """Names of an address begin with `~`, as in `operations.Address`."""

    def __init__(self, connection: Connection, account_id: int) -> None:
        self._connection = connection
        self._account_id = account_id
        found = volume_rows.of_account(connection, account_id)
        self._volumes = {tuple(volume.path.split("/")): volume for volume in found}
        self._longest = max(map(len, self._volumes), default=0)
        self._directories: dict[Names, tuple[Node, ...]] = {}  # the nodes down to each

    def lock(self, addresses: Iterable[Names]) -> None:
        """Let nobody else change the volumes of these addresses until the transaction ends."""
        beginnings = {self._beginning(names) for names in addresses} - {()}
        # In one order everywhere, so that nobody waits in a circle; and the account's row later.
        for beginning in sorted(beginnings, key=lambda one: self._volumes[one].id):
            path = "/".join(beginning)
            locked = volume_rows.containing(self._connection, self._account_id, path, lock=True)
            del self._volumes[beginning]
            if locked is not None:
                # It may be another by now, which began higher up.
                self._volumes[tuple(locked.path.split("/"))] = locked

    def place(self, names: Names) -> tuple[Volume, Names, Place]:
        """The volume of an address, the path inside, and how far it leads.

        Raises Refusal `not_found` without a volume, `path_too_long`.
        """
        beginning = self._beginning(names)
        if not beginning:
            raise Refusal(Code.NOT_FOUND, "There is no such volume.")
        volume = self._volumes[beginning]
        inside = paths.check_inside(names[len(beginning) :])
        if not inside:
            return volume, inside, locate(self._connection, volume, inside)
        above = self._directories.get(names[:-1])
        if above is None:
            place = locate(self._connection, volume, inside[:-1])
            if place.missing or place.found[-1].is_file:
                return volume, inside, Place(place.found, (*place.missing, inside[-1]))
            above = self._directories[names[:-1]] = place.found
        node = rows.child(self._connection, above[-1].id, inside[-1])
        if node is None:
            return volume, inside, Place(above, inside[-1:])
        return volume, inside, Place((*above, node), ())

    def _beginning(self, names: Names) -> Names:
        """The part of an address that is its volume's path; empty where there is none."""
        # Volumes do not nest: there is at most one.
        for length in range(2, min(len(names), self._longest) + 1):
            if names[:length] in self._volumes:
                return names[:length]
        return ()

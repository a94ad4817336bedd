"""Many paths of one account, followed in one transaction: what they have in common is looked up
once.

Right as long as the transaction sees one state of volumes and directories: on a snapshot, or
where the volumes are locked and nothing in them is deleted, moved or made but through `Bulk`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
        self._looked_up: dict[Names, Node | None] = {}

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

    def look_ahead(self, addresses: Iterable[Names]) -> None:
        """Look up at once what many addresses lead to, where they share a directory."""
        by_directory: dict[Names, set[str]] = {}
        for names in addresses:
            if len(names) > len(self._beginning(names)) > 0:
                by_directory.setdefault(names[:-1], set()).add(names[-1])
        for above, wanted in by_directory.items():
            if len(wanted) > 1:
                self._look_into(above, sorted(wanted))

    def knows(self, names: Names) -> bool:
        """Whether `place` will not ask the database about this address."""
        return names in self._looked_up

    def note(self, names: Names, node: Node) -> None:
        """Take note of what stands now at an address that was looked up."""
        if names in self._looked_up:
            self._looked_up[names] = node

    def forget(self, names: Names) -> None:
        """Have an address looked up anew."""
        self._looked_up.pop(names, None)

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
        if names in self._looked_up:
            node = self._looked_up[names]
        else:
            node = rows.child(self._connection, above[-1].id, inside[-1])
        if node is None:
            return volume, inside, Place(above, inside[-1:])
        return volume, inside, Place((*above, node), ())

    def _look_into(self, above: Names, wanted: Sequence[str]) -> None:
        """Look up some names in a directory, if it is one."""
        beginning = self._beginning(above)
        try:
            inside = paths.check_inside(above[len(beginning) :])
        except Refusal:
            return
        place = locate(self._connection, self._volumes[beginning], inside)
        if place.missing or place.found[-1].is_file:
            return
        self._directories[above] = place.found
        found = rows.named_children(self._connection, place.found[-1].id, wanted)
        by_name = {node.name: node for node in found}
        self._looked_up |= {(*above, name): by_name.get(name) for name in wanted}

    def _beginning(self, names: Names) -> Names:
        """The part of an address that is its volume's path; empty where there is none."""
        # Volumes do not nest: there is at most one.
        for length in range(2, min(len(names), self._longest) + 1):
            if names[:length] in self._volumes:
                return names[:length]
        return ()

"""Deleting so that it can be undone for a while, and undoing it.

What is brought back are new nodes with the old contents and dates, as if a client had stored
them again: keys are never reused and public ids stay destroyed (REST contract, 4.3, 10), so
every client that follows the deltas ends with the right files. Quota is asked as for any upload.
Only a whole volume whose name is free comes back as it was, keys too, however large it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from u1tray.server.files import paths, space, volumes
from u1tray.server.files.keys import fresh_uuid
from u1tray.server.files.operations import Address, find_place
from u1tray.server.files.tree import Edit, Place, locate
from u1tray.server.files.values import Kind, Names, Node, Volume
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.storage.metadata import deletions as rows
from u1tray.server.storage.metadata import nodes as node_rows
from u1tray.server.storage.metadata import volumes as volume_rows
from u1tray.server.storage.metadata.deletions import DeletedNode, Deletion

UNDO_S = 3600.0
# Later than anybody may still ask, whose clock or whose request is some way behind.
FORGET_S = UNDO_S + 600.0
_MAX_NUMBER = 10_000


@dataclass(frozen=True)
class Restored:
    """Where something is again; without names, a whole volume. Not `is_done` yet: ask again."""

    volume: Volume
    names: Names
    is_done: bool = True


def delete_node(connection: Connection, address: Address, now: float) -> Deletion:
    """Delete a node with its tree. Raises Refusal."""
    volume, names, place = find_place(connection, address, lock=True)
    node = place.existing
    if node.parent_id is None:
        raise Refusal(Code.VOLUME_ROOT, "The root of a volume cannot be deleted.")
    deletion = _note(connection, volume, paths.inside_text(names), node, now)
    edit = Edit(connection, volume, now)
    edit.delete(place)
    edit.finish()
    return deletion


def delete_volume(
    connection: Connection,
    account_id: int,
    path: str,
    now: float,
    measured: volumes.Measured | None = None,
) -> Deletion:
    """Delete a volume with its tree, as `volumes.remove` does. Raises Refusal."""
    volume, size = volumes.remove(connection, account_id, path, measured)
    return rows.add(connection, Deletion(0, account_id, path, "/", now, volume.id, size))


def recent(connection: Connection, account_id: int, now: float) -> list[Deletion]:
    """What can be brought back, the last one first."""
    return rows.of_account(connection, account_id, now - UNDO_S)


def restore(connection: Connection, account_id: int, deletion_id: int, now: float) -> Restored:
    """Bring something back, under another name where its own is taken. Raises Refusal.

    Of a large tree a portion: to be called again, until it is done, so that nobody waits long.
    """
    deletion = rows.by_id(connection, account_id, deletion_id)
    if deletion is None or deletion.deleted_at <= now - UNDO_S:
        raise Refusal(Code.NOT_FOUND, "This can no longer be undone.")
    volume, wanted = _target(connection, deletion)
    if not wanted:
        assert deletion.volume_size is not None
        space.grow(connection, account_id, deletion.volume_size)
        rows.remove(connection, deletion_id)
        return Restored(volume, ())
    if deletion.target is None:
        wanted = _aim(connection, deletion, volume, wanted, now)
    revival = Revival(connection, volume, now, is_begun=deletion.target is not None)
    is_done = revival.plant_some(deletion, wanted)
    revival.finish()
    if is_done:
        rows.remove(connection, deletion_id)
    return Restored(revival.volume, wanted, is_done)


class Revival(Edit):
    """An edit that plants a part of a remembered tree, in few statements."""

    def __init__(
        self, connection: Connection, volume: Volume, now: float, *, is_begun: bool
    ) -> None:
        """Others may have made something in what `is_begun`."""
        super().__init__(connection, volume, now)
        self._is_begun = is_begun
        self._directories: dict[str, int] = {}

    def plant_some(self, deletion: Deletion, names: Names) -> bool:
        """Plant the next nodes, whose top is or goes to these names; whether all are there.

        Raises Refusal.
        """
        found = rows.some_nodes(self.connection, deletion.id)
        self._grow(sum(node.content.size for node in found if node.content is not None))
        top = paths.inside_text(names)
        files: list[Node] = []
        for deleted in found:
            above, _, name = (top + deleted.path).rpartition("/")
            parent_id = self._directory(above, is_changed=not deleted.path)
            if deleted.kind is Kind.DIRECTORY:
                self._plant_directory(deleted, parent_id, name, top + deleted.path)
            elif self._is_begun:
                node = self._node(deleted, parent_id, self._free_name(parent_id, name))
                node_rows.add(self.connection, self._volume, node)
            else:
                files.append(self._node(deleted, parent_id, name))
        if files:
            node_rows.add_many(self.connection, self._volume, files)
        rows.forget_nodes(self.connection, found)
        return len(found) < rows.PLANTED_AT_ONCE

    def _directory(self, path: str, *, is_changed: bool) -> int:
        """The id of a directory, made where it is missing; it `is_changed` by the top alone."""
        known = self._directories.get(path)
        if known is None:
            place = locate(self.connection, self._volume, tuple(filter(None, path.split("/"))))
            if place.missing:
                place = Place((*place.found, self.create(place, Kind.DIRECTORY)), ())
            if place.existing.is_file:
                raise Refusal(Code.NOT_A_DIRECTORY, "A file stands where this was.")
            if is_changed:
                self._touch(place.existing)
            known = self._directories[path] = place.existing.id
        return known

    def _plant_directory(self, deleted: DeletedNode, parent_id: int, name: str, path: str) -> None:
        there = node_rows.child(self.connection, parent_id, name) if self._is_begun else None
        if there is None or there.is_file:
            node = self._node(deleted, parent_id, self._free_name(parent_id, name))
            self._directories[path] = node_rows.add(self.connection, self._volume, node)
        else:
            self._directories[path] = there.id

    def _free_name(self, parent_id: int, name: str) -> str:
        if not self._is_begun:
            return name
        for number in range(1, _MAX_NUMBER):
            free = name if number == 1 else numbered(name, number)
            if node_rows.child(self.connection, parent_id, free) is None:
                return free
        raise _too_many()

    def _node(self, found: DeletedNode, parent_id: int, name: str) -> Node:
        return Node.new(
            fresh_uuid(),
            self._volume.id,
            parent_id,
            name,
            kind=found.kind,
            generation=self._next_generation(),
            created_at=found.created_at,
            changed_at=found.changed_at,
            content=found.content,
        )


def numbered(name: str, number: int) -> str:
    """`photo (2).jpg`, never longer than a name may be."""
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    tail = f" ({number}){dot}{ending}"
    room = paths.MAX_NAME_BYTES - len(tail.encode())
    if room <= 0:
        return numbered(stem, number)
    return stem.encode()[:room].decode(errors="ignore") + tail


def free_names(names: Names, number: int) -> Names:
    """The same place under the name of a number; the first is the name itself."""
    return names if number == 1 else (*names[:-1], numbered(names[-1], number))


def _note(connection: Connection, volume: Volume, path: str, node: Node, now: float) -> Deletion:
    rows.forget_some(connection, now - FORGET_S)
    deletion = rows.add(connection, Deletion(0, volume.account_id, volume.path, path, now))
    rows.note_tree(connection, deletion.id, node.id)
    return deletion


def _target(connection: Connection, deletion: Deletion) -> tuple[Volume, Names]:
    """The volume, locked, and the path inside where it should be; none for all of it."""
    if deletion.volume_id is not None:
        volume, is_back = _volume_again(connection, deletion, deletion.volume_id)
        return volume, () if is_back else (deletion.volume_path.rpartition("/")[2],)
    found = volume_rows.by_path(connection, deletion.account_id, deletion.volume_path, lock=True)
    if found is None:
        text = f"The folder {deletion.volume_path} that this was in is gone: bring it back first."
        raise Refusal(Code.NOT_FOUND, text)
    return found, paths.parse_inside(deletion.target or deletion.path)


def _aim(
    connection: Connection, deletion: Deletion, volume: Volume, wanted: Names, now: float
) -> Names:
    """The names under which all of it will be planted, now and later. Raises Refusal."""
    if deletion.volume_id is not None:
        root = node_rows.root(connection, deletion.volume_id)
        rows.note_tree(connection, deletion.id, root.id)
    place = _free_place(connection, volume, wanted)
    names = (*(node.name for node in place.found[1:]), *place.missing)
    _check_length(connection, deletion, names)
    space.Room(connection, volume.account_id).check(rows.size(connection, deletion.id))
    rows.aim(connection, deletion, paths.inside_text(names), now)
    return names


def _volume_again(
    connection: Connection, deletion: Deletion, volume_id: int
) -> tuple[Volume, bool]:
    """The volume of a deletion's path, and whether it is the one that was deleted."""
    while True:
        found = volume_rows.by_path(
            connection, deletion.account_id, deletion.volume_path, lock=True
        )
        if found is not None:
            return found, False
        # From here on the account is locked: nobody else makes one, so the loop ends.
        if volumes.of_path(connection, deletion.account_id, deletion.volume_path) is None:
            back = volume_rows.revive(connection, volume_id, deletion.volume_path)
            if back is None:
                raise Refusal(Code.NOT_FOUND, "This can no longer be undone.")
            return back, True


def _check_length(connection: Connection, deletion: Deletion, names: Names) -> None:
    """Refuse to plant what would be out of reach, under a longer name than it had."""
    length = len(paths.inside_text(names).encode())
    if length + rows.longest_path(connection, deletion.id) > paths.MAX_PATH_BYTES:
        raise Refusal(Code.PATH_TOO_LONG, "A path below would be too long.")


def _free_place(connection: Connection, volume: Volume, names: Names) -> Place:
    """Where nothing stands, as near to the wanted path as can be."""
    if locate(connection, volume, names).has_file_above:
        names = names[-1:]
    for number in range(1, _MAX_NUMBER):
        place = locate(connection, volume, free_names(names, number))
        if place.missing:
            return place
    raise _too_many()


def _too_many() -> Refusal:
    return Refusal(Code.BAD_NAME, "There are too many things of this name.")

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
_BATCH = 1000
_MAX_NUMBER = 10_000


@dataclass(frozen=True)
class Restored:
    """Where something is again; without names, a whole volume."""

    volume: Volume
    names: Names


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
    """Bring something back, under another name where its own is taken. Raises Refusal."""
    deletion = rows.by_id(connection, account_id, deletion_id)
    if deletion is None or deletion.deleted_at <= now - UNDO_S:
        raise Refusal(Code.NOT_FOUND, "This can no longer be undone.")
    volume, wanted = _target(connection, deletion)
    if not wanted:
        space.grow(connection, account_id, rows.size(connection, deletion))
        rows.remove(connection, deletion_id)
        return Restored(volume, ())
    revival = Revival(connection, volume, now)
    place = _free_place(connection, volume, wanted)
    _check_length(connection, deletion, place)
    revival.revive(deletion, place)
    revival.finish()
    rows.remove(connection, deletion_id)
    names = tuple(node.name for node in place.found[1:]) + place.missing
    return Restored(revival.volume, names)


class Revival(Edit):
    """An edit that plants a whole remembered tree, in few statements."""

    def revive(self, deletion: Deletion, place: Place) -> None:
        """Plant it at a place where nothing stands."""
        self._grow(rows.size(self.connection, deletion))
        parent = place.found[-1]
        self._touch(parent)
        for name in place.missing[:-1]:
            parent = self._add(parent, name, Kind.DIRECTORY, None)
        top = "/" + place.missing[-1]
        directories = {"": parent.id}
        files: list[Node] = []
        for found in rows.tree(self.connection, deletion):
            above, _, name = (top + found.path).rpartition("/")
            node = self._node(found, directories[above], name)
            if found.kind is Kind.DIRECTORY:
                directories[top + found.path] = node_rows.add(self.connection, self._volume, node)
                continue
            files.append(node)
            if len(files) >= _BATCH:
                node_rows.add_many(self.connection, self._volume, files)
                files = []
        if files:
            node_rows.add_many(self.connection, self._volume, files)

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
    rows.forget_some(connection, now - UNDO_S)
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
    return found, paths.parse_inside(deletion.path)


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


def _check_length(connection: Connection, deletion: Deletion, place: Place) -> None:
    """Refuse to plant what would be out of reach, under a longer name than it had."""
    names = (*(node.name for node in place.found[1:]), *place.missing)
    length = len(paths.inside_text(names).encode())
    if length + rows.longest_path(connection, deletion) > paths.MAX_PATH_BYTES:
        raise Refusal(Code.PATH_TOO_LONG, "A path below would be too long.")


def _free_place(connection: Connection, volume: Volume, names: Names) -> Place:
    """Where nothing stands, as near to the wanted path as can be."""
    if locate(connection, volume, names).has_file_above:
        names = names[-1:]
    for number in range(1, _MAX_NUMBER):
        place = locate(connection, volume, free_names(names, number))
        if place.missing:
            return place
    raise Refusal(Code.BAD_NAME, "There are too many things of this name.")

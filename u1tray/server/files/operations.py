"""Reads and changes of nodes, each one transaction (REST contract, 6, 7, 8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from u1tray.server.files import paths, puts, volumes
from u1tray.server.files.magic import find_stored
from u1tray.server.files.preconditions import Preconditions, failed
from u1tray.server.files.tree import Edit, Place, locate
from u1tray.server.files.values import Content, Fingerprint, Kind, Names, Node, Volume
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.storage.metadata import garbage
from u1tray.server.storage.metadata import nodes as rows


@dataclass(frozen=True)
class Address:
    """A node path of an account, `~/Docs/a`, in names whose form was checked."""

    account_id: int
    names: Names


@dataclass(frozen=True)
class Found:
    """A node where it stands."""

    volume: Volume
    node: Node
    names: Names


@dataclass(frozen=True)
class Changed(Found):
    """A node after a PUT."""

    is_new: bool


def find_place(
    connection: Connection, address: Address, *, lock: bool = False
) -> tuple[Volume, Names, Place]:
    """The volume of an address, the path inside, and how far it leads.

    Raises Refusal `not_found` without a volume, `path_too_long`.
    """
    path = "/".join(address.names)
    volume = volumes.containing(connection, address.account_id, path, lock=lock)
    inside = paths.check_inside(address.names[volume.path.count("/") + 1 :])
    return volume, inside, locate(connection, volume, inside)


def find(connection: Connection, address: Address) -> Found:
    """The live node of an address. Raises Refusal `not_found`, `path_too_long`."""
    volume, names, place = find_place(connection, address)
    return Found(volume, place.existing, names)


def put_node(
    connection: Connection,
    address: Address,
    body: Mapping[str, Any],
    preconditions: Preconditions,
    *,
    may_replace: bool,
    dedupes_all: bool,
    now: float,
) -> Changed:
    """What a node PUT does: all of it, or nothing with a Refusal."""
    volume, names, place = find_place(connection, address, lock=True)
    edit = Edit(connection, volume, now)

    def stored(hashes: puts.Hashes | None) -> Content | None:
        if hashes is None:
            return None
        return find_stored(connection, hashes, address.account_id, in_server=dedupes_all)

    if place.node is None:
        creation = puts.creation_of(body, has_file_above=place.has_file_above)
        if creation.hashes is not None:
            preconditions.check_content(None)
        node = edit.create(place, creation.kind, stored(creation.hashes))
        return _made(edit, node, names)
    edits = puts.edits_of(place.node.kind, names, body)
    if edits.hashes is not None:
        preconditions.check_content(place.node)
    puts.check_edits(place.node.kind, names, edits)
    content = stored(edits.hashes)
    if content is not None:
        edit.fill(place.node, content)
    if edits.move_to is not None:
        edit.move(place, edits.move_to, may_replace=may_replace)
    if edits.is_public is not None:
        edit.publish(place.node, edits.is_public)
    return _edited(edit, place.node, edits.move_to or names)


def delete_node(
    connection: Connection,
    address: Address,
    preconditions: Preconditions,
    now: float,
    *,
    is_recursive: bool = True,
) -> None:
    """Delete a node with its tree, or, not recursive, only what has none. Raises Refusal."""
    volume, _, place = find_place(connection, address, lock=True)
    preconditions.check_removal(place.existing)
    if place.existing.has_children and not is_recursive:
        raise failed(None)
    if place.existing.parent_id is None:
        raise Refusal(Code.VOLUME_ROOT, "The root of a volume cannot be deleted.")
    edit = Edit(connection, volume, now)
    edit.delete(place)
    edit.finish()


def check_upload(
    connection: Connection, address: Address, preconditions: Preconditions
) -> Node | None:
    """What a content PUT would replace, None for a new file. Raises Refusal."""
    _, _, place = find_place(connection, address)
    preconditions.check_content(place.node)
    check_target(place)
    return place.node


def put_content(
    connection: Connection,
    address: Address,
    preconditions: Preconditions,
    *,
    fingerprint: Fingerprint,
    data: bytes | None,
    now: float,
    is_stored: Callable[[bytes], bool] | None = None,
) -> Changed:
    """Make bytes that were received the content of a file; all checks are repeated (7).

    `data` is None where a blob holds them already; `is_stored` looks whether it does
    (`garbage.take`). Raises Refusal, BusyError.
    """
    volume, names, place = find_place(connection, address, lock=True)
    preconditions.check_content(place.node)
    check_target(place)
    content = garbage.take(connection, fingerprint, data, now, is_stored)
    edit = Edit(connection, volume, now)
    if place.node is None:
        node = edit.create(place, Kind.FILE, content)
        return _made(edit, node, names)
    filled = edit.fill(place.node, content)
    edit.finish()
    return Changed(edit.volume, filled, names, is_new=False)


def check_target(place: Place) -> None:
    """Whether a content may stand there. Raises Refusal `not_a_directory`, `is_directory`."""
    if place.has_file_above:
        raise Refusal(Code.NOT_A_DIRECTORY, "A parent in the path is a file.")
    if place.node is not None and not place.node.is_file:
        raise Refusal(Code.IS_DIRECTORY, "A directory has no content.")


def _made(edit: Edit, node: Node, names: Names) -> Changed:
    edit.finish()
    return Changed(edit.volume, node, names, is_new=True)


def _edited(edit: Edit, node: Node, names: Names) -> Changed:
    edit.finish()
    changed = rows.by_id(edit.connection, node.id)
    assert changed is not None
    return Changed(edit.volume, changed, names, is_new=False)

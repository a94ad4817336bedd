"""Volumes, made and removed (REST contract, 5). Each function is one transaction's work."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from u1tray.server.files import paths, space
from u1tray.server.files.keys import fresh_uuid
from u1tray.server.files.values import ROOT_PATH, Kind, Node, Volume, VolumeType
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.storage.metadata import accounts
from u1tray.server.storage.metadata import nodes as node_rows
from u1tray.server.storage.metadata import volumes as rows


@dataclass(frozen=True)
class Measured:
    """The bytes of a volume's live files, as long as it has this generation."""

    volume_id: int
    generation: int
    size: int


def create_root(connection: Connection, account_id: int, now: float) -> Volume:
    """The root volume of a new account."""
    return _add(connection, account_id, ROOT_PATH, VolumeType.ROOT, now)


def ensure(connection: Connection, account_id: int, path: str, now: float) -> tuple[Volume, bool]:
    """The volume of a path, and whether it is new. Raises Refusal `nested_volume`."""
    volume = of_path(connection, account_id, path)
    if volume is not None:
        return volume, False
    return _add(connection, account_id, path, VolumeType.UDF, now), True


def of_path(connection: Connection, account_id: int, path: str) -> Volume | None:
    """The volume of a path; None where one may be made, by nobody else meanwhile.

    Raises Refusal `nested_volume`.
    """
    accounts.lock(connection, account_id)
    for volume in rows.of_account(connection, account_id):
        if volume.path == path:
            return volume
        if paths.are_nested(volume.path, path):
            text = f"Volumes do not nest, and there is {volume.path}."
            raise Refusal(Code.NESTED_VOLUME, text)
    return None


def find(connection: Connection, account_id: int, path: str | None) -> Volume:
    """The volume of exactly this path. Raises Refusal `not_found`."""
    found = None if path is None else rows.by_path(connection, account_id, path)
    return _must(found)


def containing(connection: Connection, account_id: int, path: str, *, lock: bool = False) -> Volume:
    """The volume that a node path belongs to. Raises Refusal `not_found`."""
    return _must(rows.containing(connection, account_id, path, lock=lock))


def measure(connection: Connection, account_id: int, path: str | None) -> Measured | None:
    """What `remove` wants to know of a volume: looked up before, it holds nobody up."""
    found = None if path is None else rows.by_path(connection, account_id, path)
    if found is None:
        return None
    return Measured(found.id, found.generation, node_rows.volume_size(connection, found.id))


def remove(
    connection: Connection, account_id: int, path: str | None, measured: Measured | None = None
) -> tuple[Volume, int]:
    """Delete a volume with its tree; what it was, and the bytes of its files.

    Takes no longer for a large one, if `measured` is still right. Raises Refusal `not_found`,
    `root_volume`.
    """
    found = None if path is None else rows.by_path(connection, account_id, path, lock=True)
    volume = _must(found)
    if volume.type is VolumeType.ROOT:
        raise Refusal(Code.ROOT_VOLUME, "The root volume cannot be deleted.")
    if measured is None or (measured.volume_id, measured.generation) != (
        volume.id,
        volume.generation,
    ):
        size = node_rows.volume_size(connection, volume.id)
    else:
        size = measured.size
    rows.bury(connection, volume)
    space.grow(connection, account_id, -size)
    return volume, size


def _add(
    connection: Connection, account_id: int, path: str, kind: VolumeType, now: float
) -> Volume:
    volume = Volume(0, account_id, fresh_uuid(), path, kind, 0, now)
    volume = replace(volume, id=rows.add(connection, volume))
    root = Node.new(
        fresh_uuid(),
        volume.id,
        None,
        "",
        kind=Kind.DIRECTORY,
        generation=0,
        created_at=now,
        changed_at=now,
    )
    node_rows.add(connection, volume, root)
    return volume


def _must(volume: Volume | None) -> Volume:
    if volume is None:
        raise Refusal(Code.NOT_FOUND, "There is no such volume.")
    return volume

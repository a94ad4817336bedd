"""Rows of nodes that were deleted, on their way out."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, select, update

from u1tray.server.storage.metadata.schema import nodes, volumes

AT_ONCE = 500  # databases limit the number of values in a question
_OLD = (
    select(nodes.c.id, nodes.c.volume_id, nodes.c.generation)
    .where(~nodes.c.is_live, nodes.c.changed_at < bindparam("before"))
    .limit(AT_ONCE)
)


def forget(connection: Connection, before: float) -> int:
    """Remove some tombstones that are older than a moment; how many.

    Each volume keeps the highest generation among them.
    """
    found = connection.execute(_OLD, {"before": before}).all()
    highest: dict[int, int] = {}
    for _, volume_id, generation in found:
        highest[volume_id] = max(generation, highest.get(volume_id, 0))
    for volume_id, generation in sorted(highest.items()):
        connection.execute(
            update(volumes)
            .where(volumes.c.id == volume_id, volumes.c.forgotten_generation < generation)
            .values(forgotten_generation=generation)
        )
    if found:
        numbers = [number for number, _, _ in found]
        connection.execute(delete(nodes).where(nodes.c.id.in_(numbers), ~nodes.c.is_live))
    return len(found)


def forgotten_generation(connection: Connection, volume_id: int) -> int:
    """The highest generation of what a volume has forgotten, 0 for nothing."""
    query = select(volumes.c.forgotten_generation).where(volumes.c.id == volume_id)
    return connection.execute(query).scalar() or 0

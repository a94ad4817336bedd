"""Where a damaged thing is, in words of people: `ana@example.com ~/Docs/a.txt`.

Trusts nothing: parents may miss, or lead in circles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, select

from u1tray.server.storage.metadata.schema import accounts, nodes, volumes

MAX_DEPTH = 2048  # more than any path has names
_FILES_NAMED = 3


def node_place(connection: Connection, node_id: int) -> str:
    """Account and path of a node, as far as they lead."""
    names: list[str] = []
    seen: set[int] = set()
    volume_id: int | None = None
    current: int | None = node_id
    while current is not None and current not in seen and len(names) < MAX_DEPTH:
        seen.add(current)
        row = connection.execute(
            select(nodes.c.parent_id, nodes.c.name, nodes.c.volume_id).where(nodes.c.id == current)
        ).first()
        if row is None:
            names.append("?")
            break
        volume_id = row.volume_id if volume_id is None else volume_id
        if row.parent_id is not None or row.name:
            names.append(row.name)
        current = row.parent_id
    start = "?" if volume_id is None else volume_place(connection, volume_id)
    return printable("/".join([start, *reversed(names)]))


def volume_place(connection: Connection, volume_id: int) -> str:
    """Account and path of a volume."""
    joined = volumes.outerjoin(accounts, accounts.c.id == volumes.c.account_id)
    query = select(accounts.c.email, volumes.c.path).select_from(joined)
    row = connection.execute(query.where(volumes.c.id == volume_id)).first()
    return "?" if row is None else printable(f"{row.email or '?'} {row.path}")


def account_place(connection: Connection, account_id: int) -> str:
    """The address of an account."""
    query = select(accounts.c.email).where(accounts.c.id == account_id)
    return printable(connection.execute(query).scalar() or "?")


def content_place(connection: Connection, content_id: int) -> str:
    """Some of the files that have a content."""
    query = select(nodes.c.id).where(nodes.c.content_id == content_id, nodes.c.is_live)
    ids = list(connection.execute(query.order_by(nodes.c.id).limit(_FILES_NAMED + 1)).scalars())
    shown = [node_place(connection, number) for number in ids[:_FILES_NAMED]]
    if len(ids) > _FILES_NAMED:
        shown.append("...")
    return ", ".join(shown) or "no file"


def printable(text: str) -> str:
    """Text that cannot move a terminal's cursor."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "replace").decode("ascii")
        for char in text
    )


PLACES: Mapping[str, Callable[[Connection, int], str]] = {
    "node": node_place,
    "volume": volume_place,
    "account": account_place,
    "content": content_place,
}

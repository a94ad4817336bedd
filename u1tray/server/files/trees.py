"""A whole tree as lines of JSON (REST contract, 16.5). Given bit by bit: it may have any size."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from u1tray.server.files.keys import node_key
from u1tray.server.files.paths import inside_text
from u1tray.server.files.represent import NodeWriter
from u1tray.server.files.values import Names, Node, Volume
from u1tray.server.storage.metadata import nodes as node_rows
from u1tray.server.storage.metadata import trees as rows

_LINES_AT_ONCE = 100


def lines(
    connection: Connection, volume: Volume, top: Node, names: Names, public_prefix: str
) -> Iterator[bytes]:
    """The node, all live ones below, parents before children, and the line that says it is all."""
    path = inside_text(names) if names else ""
    above = None if top.parent_id is None else node_rows.by_id(connection, top.parent_id)
    above_uuid = None if above is None else above.uuid
    writer = NodeWriter(volume, public_prefix)
    begun: list[str] = []
    count = 0
    for node, own_path, parent in rows.below(connection, top, path, above_uuid):
        key = "null" if parent is None else f'"{node_key(volume, parent)}"'
        begun.append(writer.text(node, own_path or "/", f',"parent_key":{key}'))
        count += 1
        if len(begun) == _LINES_AT_ONCE:
            yield _joined(begun)
            begun.clear()
    begun.append(f'{{"end":true,"generation":{volume.generation},"count":{count}}}')
    yield _joined(begun)


def _joined(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()

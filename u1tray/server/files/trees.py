"""A whole tree as lines of JSON (REST contract, 16.5). Given bit by bit: it may have any size."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from u1tray.server.files.keys import node_key
from u1tray.server.files.paths import inside_text
from u1tray.server.files.represent import node_object
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
    begun: list[bytes] = []
    count = 0
    for node, own_path, parent in rows.below(connection, top, path, above_uuid):
        shown = node_object(volume, node, own_path or "/", public_prefix)
        shown["parent_key"] = None if parent is None else node_key(volume, parent)
        begun.append(_line(shown))
        count += 1
        if len(begun) == _LINES_AT_ONCE:
            yield b"".join(begun)
            begun.clear()
    begun.append(_line({"end": True, "generation": volume.generation, "count": count}))
    yield b"".join(begun)


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

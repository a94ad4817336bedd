"""What changed in a volume since a generation (REST contract, 9).

Given bit by bit: a delta may have any number of nodes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from u1tray.server.files.keys import parent_key
from u1tray.server.files.paths import inside_text
from u1tray.server.files.represent import NodeWriter, volume_object
from u1tray.server.files.values import Node, Volume
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.storage.metadata import nodes as rows

_MAX_DIGITS = 10  # generations stay below 2^31; more digits mean "above the current one"


def parse_generation(text: str | None) -> int | None:
    """The value of `from_generation`, None where it is absent. Raises Refusal `bad_value`."""
    if text is None:
        return None
    if not re.fullmatch("[0-9]+", text):
        raise Refusal(Code.BAD_VALUE, "from_generation is a decimal number from 0.")
    return min(int(text.lstrip("0")[: _MAX_DIGITS + 1] or "0"), 2**31)


def pieces(
    connection: Connection, volume: Volume, since: int, public_prefix: str
) -> Iterator[bytes]:
    """The JSON of a volume with its delta, bit by bit."""
    head = _encode(volume_object(volume))[:-1]
    yield head + b',"delta":{"from_generation":%d,"nodes":[' % since
    separator = b""
    for node in _nodes(connection, volume, since, public_prefix):
        yield separator + node.encode()
        separator = b","
    yield b"]}}"


def _nodes(connection: Connection, volume: Volume, since: int, public_prefix: str) -> Iterator[str]:
    family, writer = Family(connection), NodeWriter(volume, public_prefix)
    for node in rows.since(connection, volume.id, since):
        path = node.last_path or family.path(node)
        key = json.dumps(parent_key(volume, family.parent(node)))
        yield writer.text(node, path, f',"parent_key":{key}')


class Family:
    """Paths of live nodes and their parents, each parent read once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[int, Node | None] = {}

    def parent(self, node: Node) -> Node | None:
        """The directory a node lies in, or lay in; None for a root."""
        if node.parent_id is None:
            return None
        if node.parent_id not in self._known:
            self._known[node.parent_id] = rows.by_id(self._connection, node.parent_id)
        return self._known[node.parent_id]

    def path(self, node: Node) -> str:
        """The path of a live node inside its volume."""
        names: list[str] = []
        current: Node | None = node
        while current is not None and current.parent_id is not None:
            names.append(current.name)
            current = self.parent(current)
        return inside_text(tuple(reversed(names)))


def _encode(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

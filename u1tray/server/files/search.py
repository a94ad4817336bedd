"""Finds nodes of an account by a part of their name, whatever the case. Bounded."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sqlalchemy import Connection

from u1tray.server.files.deltas import Family
from u1tray.server.files.values import Node, Volume
from u1tray.server.storage.metadata import nodes as rows
from u1tray.server.storage.metadata import volumes as volume_rows

MAX_HITS = 100
MAX_LOOKED_AT = 200_000


@dataclass(frozen=True)
class Hit:
    """A node that was found; `path` is inside its volume."""

    volume: Volume
    node: Node
    path: str


@dataclass(frozen=True)
class Hits:
    """What was found, sorted by path; not `is_complete` when a bound was reached."""

    found: list[Hit]
    is_complete: bool


def find(connection: Connection, account_id: int, text: str) -> Hits:
    """The nodes whose name holds a text."""
    wanted = _folded(text.strip())
    family = Family(connection)
    found: list[Hit] = []
    left = MAX_LOOKED_AT
    for volume in volume_rows.of_account(connection, account_id) if wanted else ():
        matching = []
        for number, name in rows.names(connection, volume.id, left):
            left -= 1
            if wanted in _folded(name):
                matching.append(number)
                if len(found) + len(matching) >= MAX_HITS:
                    break
        nodes = [rows.by_id(connection, number) for number in matching]
        found += [Hit(volume, node, family.path(node)) for node in nodes if node is not None]
        if len(found) >= MAX_HITS or left <= 0:
            break
    is_complete = len(found) < MAX_HITS and left > 0
    return Hits(sorted(found, key=lambda hit: (hit.volume.path, hit.path)), is_complete)


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())

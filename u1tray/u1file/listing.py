"""Volumes and nodes as lines for people and as values for JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from u1tray.rest.nodes import Node, Volume
from u1tray.terminal import colours
from u1tray.terminal.colours import Colour
from u1tray.u1file.remote import printable, shown
from u1tray.vocabulary.units import format_bytes

_EVERY_NODE = (
    *("kind", "path", "resource_path", "parent_path", "volume_path", "content_path", "key"),
    *("when_created", "when_changed", "generation", "generation_created", "is_live"),
)
_FILE = (*_EVERY_NODE, "hash", "size", "is_public", "public_url")
_DIRECTORY = (*_EVERY_NODE, "has_children")


def node_value(node: Node) -> dict[str, object]:
    """A node for JSON, with the contract's own keys (REST contract, 4.3), without children."""
    return {key: getattr(node, key) for key in (_FILE if node.is_file else _DIRECTORY)}


def volume_value(volume: Volume) -> dict[str, object]:
    """A volume for JSON, with the contract's own keys (REST contract, 4.2)."""
    return {"resource_path": f"/volumes/{volume.path}", **asdict(volume)}


def field_lines(value: Mapping[str, object]) -> str:
    """One line a field, `key: value`; what is not there is empty."""
    return "\n".join(f"{key}: {_field(each)}".rstrip() for key, each in value.items())


def volume_lines(volumes: Iterable[Volume], *, long: bool) -> list[str]:
    """One line a volume; a long one begins with its type and the date of its creation."""
    if not long:
        return [shown(volume.path) for volume in volumes]
    return [f"{each.type:4}  {each.when_created}  {shown(each.path)}" for each in volumes]


def node_lines(nodes: Iterable[Node], *, long: bool, is_whole: bool = False) -> list[str]:
    """One line a node, folders with a slash; a long one begins with size and date of change.

    `is_whole`: with the whole path, not only the name.
    """
    rows = [(_size(node), node) for node in nodes]
    width = max((len(size) for size, _ in rows), default=0)
    return [_line(node, size.rjust(width), long=long, is_whole=is_whole) for size, node in rows]


def _line(node: Node, size: str, *, long: bool, is_whole: bool) -> str:
    name = shown(node.resource_path) if is_whole else printable(node.name)
    if not node.is_file:
        name = colours.painted(name, Colour.FOLDER, sys.stdout) + "/"
    if not long:
        return name
    mark = "p" if node.is_public else "-" if node.is_file else "d"
    return f"{mark}  {size}  {node.when_changed}  {name}"


def _size(node: Node) -> str:
    return "-" if node.size is None else format_bytes(node.size)


def _field(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else printable(str(value))

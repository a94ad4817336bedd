"""Volumes and nodes as clients see them (REST contract, 4.2 and 4.3)."""

from __future__ import annotations

from typing import Any

from u1tray.server.clock import timestamp
from u1tray.server.files.keys import node_key, public_id
from u1tray.server.files.values import Node, Volume, hash_text


def volume_object(volume: Volume) -> dict[str, Any]:
    """A volume, without a delta."""
    path = volume.path
    return {
        "resource_path": f"/volumes/{path}",
        "type": volume.type.value,
        "path": path,
        "generation": volume.generation,
        "when_created": timestamp(volume.created_at),
        "node_path": f"/{path}",
        "content_path": f"/content/{path}",
    }


def node_object(volume: Volume, node: Node, path: str, public_prefix: str) -> dict[str, Any]:
    """A node, without children. `path` is the one inside the volume, `/` for its root."""
    inside = "" if path == "/" else path
    above = path.rpartition("/")[0]
    shown: dict[str, Any] = {
        "kind": node.kind.value,
        "path": path,
        "resource_path": f"/{volume.path}{inside}",
        "parent_path": None if node.parent_id is None else f"/{volume.path}{above}",
        "volume_path": f"/volumes/{volume.path}",
        "content_path": f"/content/{volume.path}{inside}",
        "key": node_key(volume, node.uuid),
        "when_created": timestamp(node.created_at),
        "when_changed": timestamp(node.changed_at),
        "generation": node.generation,
        "generation_created": node.generation_created,
        "is_live": node.is_live,
    }
    if not node.is_file:
        shown["has_children"] = node.has_children
        return shown
    is_public = node.public_id is not None
    shown["is_public"] = is_public
    shown["hash"] = None if node.sha1 is None else hash_text(node.sha1)
    shown["size"] = node.size
    shown["public_url"] = f"{public_prefix}/{public_id(node.public_id)}" if node.public_id else None
    return shown

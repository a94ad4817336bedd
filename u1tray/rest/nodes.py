"""Volumes and nodes as the cloud shows them, as plain values (REST contract, 4.2 and 4.3).

Reads answers; asks for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from u1tray.rest import fields
from u1tray.rest.failures import Reply
from u1tray.rest.fields import Object

FILE = "file"
DIRECTORY = "directory"
_KINDS = frozenset({FILE, DIRECTORY})


@dataclass(frozen=True)
class Volume:
    """A volume (4.2); `path` such as `~/Docs`, `node_path` such as `/~/Docs`."""

    path: str
    type: str
    generation: int
    when_created: str
    node_path: str
    content_path: str


class Place(Protocol):
    """Where content goes: what is asked of a node, or of one that is not there yet."""

    @property
    def resource_path(self) -> str:
        """Such as `/~/Docs/a.txt`."""

    @property
    def content_path(self) -> str:
        """Such as `/content/~/Docs/a.txt`."""

    @property
    def tag(self) -> str | None:
        """The entity tag of the content that is there, None for none."""


@dataclass(frozen=True)
class Spot:
    """A place known without its node, such as a new file below a listed directory."""

    resource_path: str
    content_path: str
    tag: str | None = None


class Node(NamedTuple):
    """A file or directory (4.3). What only the other kind has is None, False or empty.

    `path` is relative to the volume; `resource_path` (such as `/~/Docs/a.txt`) addresses it.
    `hash` and `size` (bytes) are None before the first content. `parent_key` is only told in
    deltas and whole trees, and None for a volume's root (20).
    """

    kind: str
    path: str
    resource_path: str
    parent_path: str | None
    volume_path: str
    content_path: str
    key: str
    when_created: str
    when_changed: str
    generation: int
    generation_created: int
    is_live: bool
    is_public: bool = False
    hash: str | None = None
    size: int | None = None
    public_url: str | None = None
    has_children: bool = False
    children: tuple[Node, ...] = ()
    parent_key: str | None = None

    @property
    def is_file(self) -> bool:
        """Else it is a directory."""
        return self.kind == FILE

    @property
    def name(self) -> str:
        """The last part of its path; of a volume's root that of the volume."""
        return self.resource_path.rpartition("/")[2]

    @property
    def tag(self) -> str | None:
        """The entity tag of the content (3), None without content."""
        return None if self.hash is None else f'"{self.hash}"'

    @property
    def changed_at(self) -> float | None:
        """`when_changed` in Unix seconds, None if it is no timestamp."""
        return seconds_of(self.when_changed)


def seconds_of(timestamp: str) -> float | None:
    """Unix seconds of a timestamp (3), None if it is none."""
    try:
        if timestamp[10:11] + timestamp[19:] == "TZ":  # ours; `strptime` takes ten times as long
            return datetime.fromisoformat(timestamp[:19] + "+00:00").timestamp()
        return datetime.strptime(timestamp, "%Y-%m-%dT%H:%M:%S%z").timestamp()
    except (ValueError, OverflowError):
        return None


def node(reply: Reply, now: float) -> Node:
    """Read a node, with its children if they were asked for. `now` in Unix seconds."""
    return node_of(fields.json_object(reply, now))


def nodes(reply: Reply, now: float) -> tuple[Node, ...]:
    """Read a list of nodes, such as `GET API/public_files` (10)."""
    return tuple(node_of(each) for each in fields.json_list(reply, now))


def volume(reply: Reply, now: float) -> Volume:
    """Read a volume, without a delta."""
    return _volume(fields.json_object(reply, now))


def volumes(reply: Reply, now: float) -> tuple[Volume, ...]:
    """Read `GET API/volumes` (5)."""
    return tuple(_volume(each) for each in fields.json_list(reply, now))


def _volume(body: Object) -> Volume:
    return Volume(
        path=fields.text(body, "path"),
        type=fields.text(body, "type"),
        generation=fields.count(body, "generation"),
        when_created=fields.text(body, "when_created"),
        node_path=_path(body, "node_path"),
        content_path=_path(body, "content_path"),
    )


def node_of(body: Object) -> Node:
    """The node in a JSON object. Raises ContractError."""
    kind = fields.text(body, "kind")
    if kind not in _KINDS:
        raise fields.broken(what="kind")
    has_size = body.get("size") is not None
    return Node(
        kind=kind,
        path=_path(body, "path"),
        resource_path=_path(body, "resource_path"),
        parent_path=fields.optional(body, "parent_path") or None,
        volume_path=_path(body, "volume_path"),
        content_path=_path(body, "content_path"),
        key=fields.optional(body, "key"),
        when_created=fields.text(body, "when_created"),
        when_changed=fields.text(body, "when_changed"),
        generation=fields.count(body, "generation"),
        generation_created=fields.count(body, "generation_created"),
        is_live=body.get("is_live") is not False,
        is_public=body.get("is_public") is True,
        hash=fields.optional(body, "hash") or None,
        size=fields.count(body, "size") if has_size else None,
        public_url=fields.optional(body, "public_url") or None,
        has_children=body.get("has_children") is True,
        children=tuple(node_of(each) for each in _children(body)),
        parent_key=fields.optional(body, "parent_key") or None,
    )


def _children(body: Object) -> list[Object]:
    return fields.objects(body.get("children", []), what="children")


def _path(body: Object, key: str) -> str:
    """A path that will be part of a URL: only behind a root does it stay on that host."""
    found = fields.text(body, key)
    if not found.startswith("/"):
        raise fields.broken(what=key)
    return found

"""Nodes and volumes as the pages list them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from u1tray.server.api.quota import quota_of_account
from u1tray.server.clock import timestamp
from u1tray.server.files.keys import public_id
from u1tray.server.files.values import Names, Node, Volume, VolumeType
from u1tray.server.storage.metadata import nodes as rows
from u1tray.server.web import links
from u1tray.server.web.visits import MemberVisit
from u1tray.vocabulary.quota import Quota
from u1tray.vocabulary.units import format_bytes

PAGE_ROWS = 100
MAX_DIRECTORIES = 500

# The icon for the end of a file's name.
_ICONS = {
    ending: icon
    for icon, endings in (
        ("image", "jpg jpeg png gif svg webp avif heic tif tiff bmp ico raw xcf"),
        ("audio", "mp3 ogg oga opus flac wav m4a aac wma mid"),
        ("video", "mp4 mkv webm avi mov mpg mpeg ogv m4v wmv"),
        ("text", "txt md rst tex pdf doc docx odt rtf epub html htm csv xls xlsx ods ppt pptx odp"),
        ("archive", "zip gz tgz bz2 xz zst tar 7z rar deb rpm iso"),
    )
    for ending in endings.split()
}


@dataclass(frozen=True)
class Row:
    """One node in a list."""

    name: str
    path: str  # `~/Docs/a`
    url: str
    is_file: bool
    icon: str
    size: str | None
    changed: str
    public_url: str | None
    move_url: str


@dataclass(frozen=True)
class Crumb:
    """One step of the way to a place."""

    name: str
    url: str


@dataclass(frozen=True)
class Bar:
    """The quota as the pages show it; without a limit `total` is None."""

    used: str
    total: str | None
    used_bytes: int
    total_bytes: int


def row_of(visit: MemberVisit, volume: Volume, names: Names, node: Node) -> Row:
    """A node where it stands."""
    path = links.path_of(volume, names)
    ending = node.name.rpartition(".")[2].lower()
    public = None
    if node.public_id is not None:
        prefix = visit.cloud.settings.public_url_prefix or visit.request.origin
        public = f"{prefix}/{public_id(node.public_id)}"
    return Row(
        name=node.name,
        path=path,
        url=links.files_url(path),
        is_file=node.is_file,
        icon=_ICONS.get(ending, "file") if node.is_file else "folder",
        size=None if node.size is None else format_bytes(node.size),
        changed=timestamp(node.changed_at),
        public_url=public,
        move_url=links.move_url(path),
    )


def name_of(volume: Volume) -> str:
    """A volume's path without the home."""
    return volume.path.removeprefix("~/")


def is_root(volume: Volume) -> bool:
    """Whether it is the volume that every account has."""
    return volume.type is VolumeType.ROOT


def crumbs_of(volume: Volume, names: Names) -> list[Crumb]:
    """The way from a volume to a directory inside."""
    found = [Crumb(name_of(volume), links.files_url(volume.path))]
    for depth, name in enumerate(names, 1):
        found.append(Crumb(name, links.files_url(links.path_of(volume, names[:depth]))))
    return found


def bar_of(visit: MemberVisit) -> Bar:
    """How full the account is."""
    quota: Quota = quota_of_account(visit.cloud, visit.account)
    is_limited = visit.account.quota_bytes is not None
    return Bar(
        used=format_bytes(quota.used),
        total=format_bytes(quota.total) if is_limited else None,
        used_bytes=quota.used,
        total_bytes=max(1, quota.total),
    )


@dataclass(frozen=True)
class Slice:
    """One page of the children of a directory; `number` from 1, `count` of all."""

    nodes: Sequence[Node]
    number: int
    pages: int
    count: int


def slice_of(connection: Connection, parent: Node, asked: str | None) -> Slice:
    """The page that a query asks for, directories first, by name as people sort.

    However many children there are, only those of the page are read whole.
    """
    found = sorted(rows.child_names(connection, parent.id), key=_as_people_sort)
    pages = max(1, -(-len(found) // PAGE_ROWS))
    number = int(asked) if asked and asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
    number = min(max(1, number), pages)
    start = (number - 1) * PAGE_ROWS
    numbers = [one[0] for one in found[start : start + PAGE_ROWS]]
    return Slice(rows.by_ids(connection, numbers), number, pages, len(found))


def directories_of(connection: Connection, parent: Node) -> tuple[list[tuple[int, str]], bool]:
    """Ids and names of the directories in one, not too many; and whether those are all."""
    found = [one for one in rows.child_names(connection, parent.id) if not one[1]]
    found.sort(key=_as_people_sort)
    return [(one[0], one[2]) for one in found[:MAX_DIRECTORIES]], len(found) <= MAX_DIRECTORIES


def _as_people_sort(child: tuple[int, bool, str]) -> tuple[bool, str, str]:
    _, is_file, name = child
    return is_file, name.casefold(), name

"""`/files/`: the volumes, a folder, a file's bytes, the search, and where something is moved."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from u1tray.server.api.addresses import rest_of
from u1tray.server.api.bytes import Stored, bytes_response, stored_of
from u1tray.server.api.public import disposition
from u1tray.server.files import paths, search, undo
from u1tray.server.files.operations import Address, Found, find
from u1tray.server.files.search import Hits
from u1tray.server.files.values import Names, Volume
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import Response
from u1tray.server.storage.metadata import volumes as volume_rows
from u1tray.server.storage.metadata.deletions import Deletion
from u1tray.server.web import links
from u1tray.server.web.listing import (
    Crumb,
    Slice,
    bar_of,
    crumbs_of,
    directories_of,
    is_root,
    name_of,
    row_of,
    slice_of,
)
from u1tray.server.web.visits import MemberVisit

_BYTES_ONLY = (
    ("Cache-Control", "private, no-cache"),
    ("Content-Security-Policy", "sandbox"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


@dataclass(frozen=True)
class VolumeRow:
    """One volume in the list of all."""

    name: str
    path: str
    url: str
    is_root: bool


async def show_all(visit: MemberVisit) -> Response:
    """The volumes; with `q` what is found by that name."""
    text = visit.request.target.parameter("q")
    if text is not None and text.strip():
        return await _show_hits(visit, text.strip())
    read = visit.cloud.workers.read
    volumes = await read(volume_rows.of_account, visit.account.id)
    deletions = await read(undo.recent, visit.account.id, visit.now)
    return visit.page(
        "volumes.html",
        volumes=[
            VolumeRow(name_of(one), one.path, links.files_url(one.path), is_root(one))
            for one in volumes
        ],
        deletions=[(one.id, _deleted_name(one), one.deleted_at) for one in deletions],
        notice=await visit.take_notice(),
        bar=bar_of(visit),
        q="",
    )


async def show_node(visit: MemberVisit) -> Response:
    """A directory as a page, a file as its bytes."""
    address = address_of(visit)
    asked = visit.request.target.parameter("page")
    found, part, stored = await visit.cloud.workers.read(_look, address, asked)
    if stored is not None:
        named = ("Content-Disposition", disposition(found.node.name))
        return await bytes_response(visit, stored, (*_BYTES_ONLY, named))
    path = links.path_of(found.volume, found.names)
    volume, names = found.volume, found.names
    return visit.page(
        "folder.html",
        crumbs=crumbs_of(volume, names),
        path=path,
        is_deletable=not (is_root(volume) and not names),
        is_volume=not names,
        rows=[row_of(visit, volume, (*names, node.name), node) for node in part.nodes],
        part=part,
        url=links.files_url(path),
        upload_url=links.upload_url(path),
        back=_back(visit),
        notice=await visit.take_notice(),
        bar=bar_of(visit),
        q="",
    )


async def choose_folder(visit: MemberVisit) -> Response:
    """Where a node may be moved: the directories of one directory of its volume."""
    address = address_of(visit)
    wanted = visit.request.target.parameter("into")
    found, into, directories, is_all = await visit.cloud.workers.read(_targets, address, wanted)
    path = links.path_of(found.volume, found.names)
    return visit.page(
        "move.html",
        name=found.node.name,
        url=links.files_url(path),
        into=paths.inside_text(into),
        is_here=into == found.names[:-1],
        into_name=into[-1] if into else name_of(found.volume),
        back=links.files_url(links.path_of(found.volume, found.names[:-1])),
        crumbs=[
            Crumb(crumb.name, links.move_url(path, links.path_of(found.volume, into[:depth])))
            for depth, crumb in enumerate(crumbs_of(found.volume, into))
        ],
        directories=[
            Crumb(name, links.move_url(path, links.path_of(found.volume, (*into, name))))
            for name in directories
        ],
        is_all=is_all,
        q="",
    )


def address_of(visit: MemberVisit) -> Address:
    """The node that the path names. Raises Refusal `bad_name`."""
    return Address(visit.account.id, (paths.HOME, *paths.check_names(rest_of(visit))))


async def _show_hits(visit: MemberVisit, text: str) -> Response:
    hits: Hits = await visit.cloud.workers.read(search.find, visit.account.id, text)
    return visit.page(
        "search.html",
        rows=[
            row_of(visit, hit.volume, paths.parse_inside(hit.path), hit.node) for hit in hits.found
        ],
        is_complete=hits.is_complete,
        back=_back(visit),
        notice=await visit.take_notice(),
        bar=bar_of(visit),
        q=text,
    )


def _back(visit: MemberVisit) -> str:
    """This page's own address, for its forms to come back to."""
    target = visit.request.target
    return links.local(target.path + (f"?{target.query}" if target.query else ""))


def _deleted_name(deletion: Deletion) -> str:
    place = deletion.volume_path if deletion.path == "/" else deletion.path
    return place.rpartition("/")[2]


def _look(
    connection: Connection, address: Address, asked: str | None
) -> tuple[Found, Slice, Stored | None]:
    found = find(connection, address)
    if found.node.is_file:
        return found, Slice((), 1, 1, 0), stored_of(connection, found.node)
    return found, slice_of(connection, found.node, asked), None


def _targets(
    connection: Connection, address: Address, wanted: str | None
) -> tuple[Found, Names, list[str], bool]:
    """The node, the directory that is looked into, the directories there, and if those are all."""
    found = find(connection, address)
    if found.node.parent_id is None:
        raise Refusal(Code.BAD_MOVE, "The root of a volume cannot be moved.")
    into = found.names[:-1]
    if wanted is not None:
        into = _inside(found.volume, wanted)
    names = (*found.volume.path.split("/"), *into)
    directory = find(connection, Address(address.account_id, names)).node
    if directory.is_file:
        raise Refusal(Code.NOT_A_DIRECTORY, "This is a file.")
    below, is_all = directories_of(connection, directory)
    return found, into, [name for number, name in below if number != found.node.id], is_all


def _inside(volume: Volume, path: str) -> Names:
    """A path such as `~/Docs/a` inside its volume. Raises Refusal."""
    if path != volume.path and not path.startswith(volume.path + "/"):
        raise Refusal(Code.NOT_FOUND, "This is in another synced folder.")
    return paths.parse_inside("/" + path[len(volume.path) + 1 :])

"""`API/~/...`: nodes shown, made, changed and deleted (REST contract, 6), and public ones (10)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from u1tray.server.api.addresses import flag, node_address, public_prefix, refused
from u1tray.server.api.calls import SignedCall, SignedOperation
from u1tray.server.api.spool import spooled_response
from u1tray.server.api.trees import show_tree
from u1tray.server.files import operations
from u1tray.server.files.deltas import Family
from u1tray.server.files.operations import Changed, Found
from u1tray.server.files.paths import inside_text
from u1tray.server.files.preconditions import read_preconditions
from u1tray.server.files.represent import NodeWriter
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import JSON, Response, json_response, json_text_response
from u1tray.server.storage.metadata import nodes as rows
from u1tray.server.storage.metadata import volumes as volume_rows

_NODES_AT_ONCE = 500


async def show_node(call: SignedCall) -> Response:
    """One node, with its children or the whole tree below if they are asked for."""
    address = node_address(call)
    if flag(call, "recursive"):
        return await show_tree(call, address)
    workers = call.cloud.workers
    # The answer is written in the thread too: a directory may have many children.
    look = workers.read if flag(call, "include_children") else workers.find
    return await look(_show, call, address)


async def put_node(call: SignedCall) -> Response:
    """A node made or changed, as the table of section 6 says."""
    address = node_address(call)
    changed = await call.cloud.workers.write(
        operations.put_node,
        address,
        await call.request.json_object(),
        read_preconditions(call.request.headers),
        may_replace=call.request.headers.get("Overwrite", "").strip().upper() != "F",
        dedupes_all=call.cloud.settings.dedupe_scope == "server",
        now=call.cloud.clock.now(),
    )
    return changed_response(call, changed)


async def delete_node(call: SignedCall) -> Response:
    """A node deleted with all below; with `recursive=false` only if nothing is below."""
    address = node_address(call)
    preconditions = read_preconditions(call.request.headers)
    await call.cloud.workers.write(
        operations.delete_node,
        address,
        preconditions,
        call.cloud.clock.now(),
        is_recursive=not refused(call, "recursive"),
    )
    return json_response({})


async def list_public(call: SignedCall) -> Response:
    """All public files of the account."""
    return await call.cloud.workers.read(_list_public, call)


# What a node answers, alone and in a batch.
NODE: Mapping[str, SignedOperation] = {"GET": show_node, "PUT": put_node, "DELETE": delete_node}


def changed_response(call: SignedCall, changed: Changed) -> Response:
    """The node after a PUT; the entity tag is the content's."""
    tag = changed.node.tag
    headers = () if tag is None else (("ETag", tag),)
    return json_text_response(_text(call, changed), 201 if changed.is_new else 200, headers)


def _show(connection: Connection, call: SignedCall, address: operations.Address) -> Response:
    found = operations.find(connection, address)
    has_children = flag(call, "include_children")
    if has_children and found.node.is_file:
        raise Refusal(Code.NO_CHILDREN, "A file has no children.")
    if has_children:
        pieces = _with_children(connection, call, found)
        return spooled_response(pieces, JSON, call.cloud.directory)
    return json_text_response(_text(call, found))


def _with_children(connection: Connection, call: SignedCall, found: Found) -> Iterator[bytes]:
    """The JSON of a directory with the member `children`, bit by bit."""
    writer = NodeWriter(found.volume, public_prefix(call))
    path = inside_text((*found.names, ""))
    yield _text(call, found)[:-1].encode() + b',"children":['
    children = rows.each_child(connection, found.node.id)
    separator = ""
    while some := list(itertools.islice(children, _NODES_AT_ONCE)):
        texts = [writer.text(child, path + child.name) for child in some]
        yield (separator + ",".join(texts)).encode()
        separator = ","
    yield b"]}"


def _list_public(connection: Connection, call: SignedCall) -> Response:
    pieces = _with_public(connection, call)
    return spooled_response(pieces, JSON, call.cloud.directory)


def _with_public(connection: Connection, call: SignedCall) -> Iterator[bytes]:
    """The JSON of all public files by path, bit by bit: only places are kept, to be sorted."""
    prefix = public_prefix(call)
    volumes = {found.id: found for found in volume_rows.of_account(connection, call.account.id)}
    writers = {number: NodeWriter(volume, prefix) for number, volume in volumes.items()}
    family = Family(connection)
    places = sorted(
        (volumes[node.volume_id].path + family.path(node), node.id)
        for node in rows.public(connection, call.account.id)
    )
    separator = "["
    for first in range(0, len(places), _NODES_AT_ONCE):
        some = places[first : first + _NODES_AT_ONCE]
        found = rows.by_ids(connection, [number for _, number in some])
        texts = []
        for (place, _), node in zip(some, found, strict=True):
            path = place.removeprefix(volumes[node.volume_id].path)
            texts.append(writers[node.volume_id].text(node, path))
        yield (separator + ",".join(texts)).encode()
        separator = ","
    yield b"]" if places else b"[]"


def _text(call: SignedCall, found: Found) -> str:
    writer = NodeWriter(found.volume, public_prefix(call))
    return writer.text(found.node, inside_text(found.names))

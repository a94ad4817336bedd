"""`API/~/...?recursive=true`: whole trees as lines of JSON (REST contract, 16.5)."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from sqlalchemy import Connection

from u1tray.server.api.addresses import public_prefix
from u1tray.server.api.calls import SignedCall
from u1tray.server.api.flow import flowing_response
from u1tray.server.files import operations, trees
from u1tray.server.files.operations import Address
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import Response

NDJSON = "application/x-ndjson"


async def show_tree(call: SignedCall, address: Address) -> Response:
    """A node and all live ones below."""
    if call.request.method == "HEAD":
        found = await call.cloud.workers.find(operations.find, address)
        _check(found)
        return Response(200, NDJSON, b"")
    make = functools.partial(_lines, call=call, address=address)
    return await flowing_response(call.cloud.workers.read, make, NDJSON, call.cloud.directory)


def _lines(connection: Connection, *, call: SignedCall, address: Address) -> Iterator[bytes]:
    found = operations.find(connection, address)
    _check(found)
    return trees.lines(connection, found.volume, found.node, found.names, public_prefix(call))


def _check(found: operations.Found) -> None:
    if found.node.is_file:
        raise Refusal(Code.NO_CHILDREN, "A file has no children.")

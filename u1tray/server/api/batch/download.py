"""`API/batch/download`: many small contents in one answer (REST contract, 16.8).

All of them are those of one snapshot.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from u1tray.server.api.addresses import own_names
from u1tray.server.api.batch.form import (
    Operation,
    preconditions_of,
    read_operation,
    read_operations,
)
from u1tray.server.api.batch.framing import framed
from u1tray.server.api.batch.limits import MAX_BYTES, MAX_CONTENT_BYTES
from u1tray.server.api.bytes import OCTETS, stored_of
from u1tray.server.api.calls import SignedCall
from u1tray.server.api.contents import check_readable
from u1tray.server.api.outcomes import Asked, failure
from u1tray.server.api.spool import spooled_response
from u1tray.server.files.lookup import Lookup
from u1tray.server.files.values import hash_text
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import Response


@dataclass(frozen=True)
class _Found:
    """A content; `data` is None where a blob of this SHA-256 holds the bytes."""

    tag: str
    sha256: bytes
    size: int
    data: bytes | None = field(repr=False)


@dataclass(frozen=True)
class _Known:
    """A content that the client has: 304."""

    tag: str
    size: int = 0


_Outcome = _Found | _Known | Refusal


async def download_contents(call: SignedCall) -> Response:
    """A line of results, and the contents."""
    operations = read_operations(await call.request.json_object(), read_operation)
    outcomes = await call.cloud.workers.read(_find_all, call.account.id, operations)
    results, contents = [], []
    for operation, found in zip(operations, outcomes, strict=True):
        result, data = await _result(call, found)
        results.append(result if operation.id is None else {"id": operation.id, **result})
        contents.append(data)
    size = sum(map(len, contents))
    call.cloud.metrics.content_bytes.labels(direction="out").inc(size)
    # From a file: clients that are slow to take it would hold all of it in memory otherwise.
    return spooled_response(framed({"results": results}, contents), OCTETS, call.cloud.directory)


def _find_all(
    connection: Connection, account_id: int, operations: Sequence[Operation]
) -> list[_Outcome]:
    lookup = Lookup(connection, account_id)
    outcomes: list[_Outcome] = []
    left = MAX_BYTES
    for operation in operations:
        try:
            found = _find(connection, lookup, operation, left)
        except Refusal as refusal:
            outcomes.append(refusal)
        else:
            outcomes.append(found)
            left -= found.size
    return outcomes


def _find(
    connection: Connection, lookup: Lookup, operation: Operation, left: int
) -> _Found | _Known:
    _, _, place = lookup.place(own_names(operation.segments))
    node, preconditions = place.existing, preconditions_of(operation)
    check_readable(node, preconditions)
    if node.tag is not None and preconditions.is_known(node.tag, exists=True):
        return _Known(node.tag)
    if (node.size or 0) > min(MAX_CONTENT_BYTES, left):
        raise Refusal(Code.TOO_LARGE, "This content is too large here: fetch it alone.")
    stored = stored_of(connection, node)
    content = stored.content
    return _Found(f'"{hash_text(content.sha1)}"', content.sha256, content.size, stored.data)


async def _result(call: SignedCall, found: _Outcome) -> tuple[dict[str, Any], bytes]:
    """What the line says, and the bytes."""
    if isinstance(found, _Known):
        return {"status": 304, "etag": found.tag}, b""
    if isinstance(found, Refusal):
        return _failed(call, found), b""
    data = found.data
    try:
        if data is None:
            data = await call.cloud.contents.read(found.sha256, found.size)
    except Exception as error:
        return _failed(call, error), b""
    return {"status": 200, "size": len(data), "etag": found.tag}, data


def _failed(call: SignedCall, error: Exception) -> dict[str, Any]:
    response = failure(Asked(call.cloud, call.request, call.account.id), error)
    tag = dict(response.headers).get("ETag")
    result = {"status": response.status, "body": json.loads(response.body)}
    return result if tag is None else {**result, "etag": tag}

"""`API/batch/download`: many small contents in one answer (REST contract, 16.8).

All of them are those of one snapshot. They are gathered in a file: few are in memory at once.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from u1tray.server.api.addresses import own_names
from u1tray.server.api.batch.form import (
    Operation,
    preconditions_of,
    read_operation,
    read_operations,
)
from u1tray.server.api.batch.framing import line_of
from u1tray.server.api.batch.gathered import Gathered
from u1tray.server.api.batch.limits import MAX_BYTES, MAX_CONTENT_BYTES
from u1tray.server.api.bytes import check_content, stored_of
from u1tray.server.api.calls import SignedCall
from u1tray.server.api.contents import check_readable
from u1tray.server.api.outcomes import Asked, failure
from u1tray.server.files.lookup import Lookup
from u1tray.server.files.values import Node, hash_text
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import Response

_BLOBS_AT_ONCE = 16  # each is a file to be opened, or a request to an object store


@dataclass(frozen=True)
class _Found:
    """A content, and where it belongs in what is gathered; it lies there already but as a blob."""

    tag: str
    sha256: bytes
    offset: int
    size: int
    is_blob: bool


@dataclass(frozen=True)
class _Known:
    """A content that the client has: 304."""

    tag: str


_Outcome = _Found | _Known | Exception


async def download_contents(call: SignedCall) -> Response:
    """A line of results, and the contents."""
    operations = read_operations(await call.request.json_object(), read_operation)
    outcomes, gathered = await call.cloud.workers.read(
        _gather, call.account.id, operations, call.cloud.directory
    )
    try:
        await _fetch(call, outcomes, gathered)
        results = [_result(call, *pair) for pair in zip(operations, outcomes, strict=True)]
        line = line_of({"results": results})
        response = await asyncio.to_thread(gathered.response, line)
    except BaseException:
        gathered.close()
        raise
    size = sum(one.size for one in outcomes if isinstance(one, _Found))
    call.cloud.metrics.content_bytes.labels(direction="out").inc(size)
    return response


def _gather(
    connection: Connection, account_id: int, operations: Sequence[Operation], directory: Path
) -> tuple[list[_Outcome], Gathered]:
    """What became of each; the contents that lie in the database are gathered."""
    nodes = list(_nodes(connection, account_id, operations))
    gathered = Gathered(sum(_size(node) for node in nodes), directory)
    outcomes: list[_Outcome] = []
    offset = 0
    try:
        for node in nodes:
            found = _take(connection, node, offset, gathered) if isinstance(node, Node) else node
            outcomes.append(found)
            offset += _size(node)
    except BaseException:
        gathered.close()
        raise
    return outcomes, gathered


def _nodes(
    connection: Connection, account_id: int, operations: Sequence[Operation]
) -> Iterator[Node | _Known | Refusal]:
    """What each operation leads to; the contents of all nodes together are not too much."""
    lookup = Lookup(connection, account_id)
    left = MAX_BYTES
    for operation in operations:
        try:
            found = _find(lookup, operation, left)
        except Refusal as refusal:
            yield refusal
        else:
            yield found
            left -= _size(found)


def _find(lookup: Lookup, operation: Operation, left: int) -> Node | _Known:
    _, _, place = lookup.place(own_names(operation.segments))
    node, preconditions = place.existing, preconditions_of(operation)
    check_readable(node, preconditions)
    if node.tag is not None and preconditions.is_known(node.tag, exists=True):
        return _Known(node.tag)
    if (node.size or 0) > min(MAX_CONTENT_BYTES, left):
        raise Refusal(Code.TOO_LARGE, "This content is too large here: fetch it alone.")
    check_content(node)
    return node


def _take(connection: Connection, node: Node, offset: int, gathered: Gathered) -> _Found:
    stored = stored_of(connection, node)
    content = stored.content
    if stored.data is not None:
        gathered.put([(offset, stored.data)])
    tag = f'"{hash_text(content.sha1)}"'
    return _Found(tag, content.sha256, offset, content.size, stored.data is None)


async def _fetch(call: SignedCall, outcomes: list[_Outcome], gathered: Gathered) -> None:
    """Gather the blobs too. What cannot be read becomes an error among the outcomes."""
    blobs = [n for n, one in enumerate(outcomes) if isinstance(one, _Found) and one.is_blob]
    if not blobs:
        return
    await call.request.body.hold(min(len(blobs), _BLOBS_AT_ONCE) * MAX_CONTENT_BYTES)
    left = iter(blobs)
    is_whole = True
    while some := list(itertools.islice(left, _BLOBS_AT_ONCE)):
        is_whole &= await _fetch_some(call, outcomes, some, gathered)
    if not is_whole:
        spans = [(one.offset, one.size) for one in outcomes if isinstance(one, _Found)]
        await asyncio.to_thread(gathered.keep_only, spans)


async def _fetch_some(
    call: SignedCall, outcomes: list[_Outcome], numbers: Sequence[int], gathered: Gathered
) -> bool:
    """Whether all of these blobs were read."""
    wanted = {n: one for n in numbers if isinstance(one := outcomes[n], _Found)}
    read = [call.cloud.contents.read(one.sha256, one.size) for one in wanted.values()]
    came: list[tuple[int, bytes]] = []
    for (number, one), data in zip(
        wanted.items(), await asyncio.gather(*read, return_exceptions=True), strict=True
    ):
        if isinstance(data, bytes):
            came.append((one.offset, data))
        elif isinstance(data, Exception):
            outcomes[number] = data
        else:
            raise data
    await asyncio.to_thread(gathered.put, came)
    return len(came) == len(numbers)


def _result(call: SignedCall, operation: Operation, found: _Outcome) -> dict[str, Any]:
    """What the line says."""
    result: dict[str, Any] = {} if operation.id is None else {"id": operation.id}
    if isinstance(found, _Found):
        return {**result, "status": 200, "size": found.size, "etag": found.tag}
    if isinstance(found, _Known):
        return {**result, "status": 304, "etag": found.tag}
    response = failure(Asked(call.cloud, call.request, call.account.id), found)
    tag = dict(response.headers).get("ETag")
    result |= {"status": response.status, "body": json.loads(response.body)}
    return result if tag is None else {**result, "etag": tag}


def _size(found: Node | _Known | Refusal) -> int:
    return (found.size or 0) if isinstance(found, Node) else 0

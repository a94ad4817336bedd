"""Stored bytes as a response: ranges, entity tags, `If-None-Match` (REST contract, 7 and 10)."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection

from u1tray.server.api.calls import Call
from u1tray.server.clock import http_date
from u1tray.server.files.preconditions import read_preconditions
from u1tray.server.files.ranges import Span, find_span
from u1tray.server.files.values import Content, Node, hash_text
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import Headers, Response, file_response
from u1tray.server.storage.metadata import contents as rows

OCTETS = "application/octet-stream"


@dataclass(frozen=True)
class Stored:
    """A file's content, and its bytes where they are small."""

    node: Node
    content: Content
    data: bytes | None = field(repr=False)


def check_content(node: Node) -> int:
    """The id of a live file's content. Raises Refusal `no_content`."""
    if node.content_id is None:
        raise Refusal(Code.NO_CONTENT, "This file has no content yet.")
    return node.content_id


def stored_of(connection: Connection, node: Node) -> Stored:
    """The content of a live file. Raises Refusal `no_content`."""
    found = rows.with_data(connection, check_content(node))
    assert found is not None  # a foreign key holds it
    return Stored(node, *found)


async def bytes_response(call: Call, stored: Stored, more: Headers) -> Response:
    """The bytes, the range of them, or 304. Raises Refusal `bad_range`."""
    content = stored.content
    tag = f'"{hash_text(content.sha1)}"'
    headers: Headers = (
        ("ETag", tag),
        ("Last-Modified", http_date(stored.node.changed_at)),
        ("Accept-Ranges", "bytes"),
        ("X-Content-Type-Options", "nosniff"),
        *more,
    )
    asked = call.request.headers
    if read_preconditions(asked).is_known(tag, exists=True):
        return Response(304, OCTETS, b"", headers)
    span = find_span(asked.get("Range"), asked.get("If-Range"), tag, content.size)
    status = 200
    if span is not None:
        status = 206
        headers = (*headers, ("Content-Range", span.content_range(content.size)))
    span = span or Span(0, content.size)
    is_wanted = call.request.method != "HEAD"
    if is_wanted:
        call.cloud.metrics.content_bytes.labels(direction="out").inc(span.count)
    if stored.data is not None:
        data = stored.data[span.offset : span.offset + span.count]
        return Response(status, OCTETS, data, headers)
    part = await call.cloud.contents.open(
        content.sha256, span.offset, span.count, is_wanted=is_wanted
    )
    return file_response(part, OCTETS, status, headers)

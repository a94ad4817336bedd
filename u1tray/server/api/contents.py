"""`/content/~/...`: the bytes of files, up and down (REST contract, 7)."""

from __future__ import annotations

from sqlalchemy import Connection

from u1tray.server.api.addresses import node_address
from u1tray.server.api.bytes import Stored, bytes_response, stored_of
from u1tray.server.api.calls import JoinedCall, SignedCall
from u1tray.server.api.nodes import changed_response
from u1tray.server.api.quota import quota_of
from u1tray.server.files import operations
from u1tray.server.files.preconditions import Preconditions, failed, read_preconditions
from u1tray.server.files.space import Limit
from u1tray.server.files.values import Node
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import Response
from u1tray.server.storage.contents import MAX_INLINE_BYTES, Received
from u1tray.server.storage.directory import disk_is_full, is_full

_PRIVATE = (("Cache-Control", "private, no-cache"),)


async def put_content(call: SignedCall) -> Response:
    """The file with its new content."""
    address = node_address(call)
    body = call.request.body
    preconditions = read_preconditions(call.request.headers)
    if body.length is None and not body.is_chunked:
        raise Refusal(Code.LENGTH_REQUIRED, "Say Content-Length, or send the body in chunks.")
    old_size = None
    lacks_room = is_full(call.cloud.directory)
    if lacks_room or _is_asked_before(call):
        old = await call.cloud.workers.find(operations.check_upload, address, preconditions)
        old_size = 0 if old is None else old.size or 0
    limit = limit_of(call, old_size)
    limit.check(body.length or 0)
    if lacks_room:
        raise disk_is_full()
    received = await call.cloud.contents.receive(body.chunks(), limit.check)
    changed = await call.cloud.workers.write(
        operations.put_content,
        address,
        preconditions,
        fingerprint=received.fingerprint,
        data=received.data,
        now=call.cloud.clock.now(),
        is_stored=call.cloud.contents.is_stored,
    )
    call.cloud.metrics.content_bytes.labels(direction="in").inc(received.fingerprint.size)
    return changed_response(call, changed)


async def put_joined(call: JoinedCall) -> Response | None:
    """The same, where the whole body is here and no larger than what a row holds."""
    body, cloud = call.request.body, call.cloud
    is_small = body.length is not None and body.length <= MAX_INLINE_BYTES
    if not is_small or not body.has_come or is_full(cloud.directory):
        return None
    received = await cloud.contents.receive(body.chunks(), lambda _: None)
    changed, signed = await call.committed(cloud.workers.write(_put_joined, call, received))
    cloud.metrics.content_bytes.labels(direction="in").inc(received.fingerprint.size)
    return changed_response(signed, changed)


def _put_joined(
    connection: Connection, call: JoinedCall, received: Received
) -> tuple[operations.Changed, SignedCall]:
    with call.admitted(connection) as signed:
        address = node_address(signed)
        preconditions = read_preconditions(call.request.headers)
        Limit(call.cloud.settings.max_upload_bytes, 0, None).check(received.fingerprint.size)
        changed = operations.put_content(
            connection,
            address,
            preconditions,
            fingerprint=received.fingerprint,
            data=received.data,
            now=call.cloud.clock.now(),
        )
        return changed, signed


async def get_joined(call: JoinedCall) -> Response | None:
    """As `get_content`: the look is short whatever the size of the content."""
    if not call.cloud.workers.database.notes_on_a_snapshot:
        return None
    stored, signed = await call.committed(call.cloud.workers.note(_find_joined, call))
    return await bytes_response(signed, stored, _PRIVATE)


def _find_joined(connection: Connection, call: JoinedCall) -> tuple[Stored, SignedCall]:
    with call.admitted(connection) as signed:
        return _find(connection, signed, node_address(signed)), signed


async def get_content(call: SignedCall) -> Response:
    """The bytes, or the part of them that is asked for."""
    address = node_address(call)
    stored = await call.cloud.workers.find(_find, call, address)
    return await bytes_response(call, stored, _PRIVATE)


def _find(connection: Connection, call: SignedCall, address: operations.Address) -> Stored:
    node = operations.find(connection, address).node
    check_readable(node, read_preconditions(call.request.headers))
    return stored_of(connection, node)


def check_readable(node: Node, preconditions: Preconditions) -> None:
    """For a GET. Raises Refusal `precondition_failed`, `is_directory`."""
    if not preconditions.are_matched(node.tag, exists=node.tag is not None):
        raise failed(node.tag)
    if not node.is_file:
        raise Refusal(Code.IS_DIRECTORY, "A directory has no content.")


def _is_asked_before(call: SignedCall) -> bool:
    """Whether the tree is looked at before the body.

    All checks are made at the commit; a short body that is on its way comes sooner than an
    answer could.
    """
    length = call.request.body.length
    return length is None or length > MAX_INLINE_BYTES or "Expect" in call.request.headers


def limit_of(call: SignedCall, old_size: int | None) -> Limit:
    """What an upload that replaces `old_size` bytes may grow to."""
    return Limit(call.cloud.settings.max_upload_bytes, quota_of(call).free, old_size)

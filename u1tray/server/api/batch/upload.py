"""`API/batch/upload`: many small contents put in one request (REST contract, 16.8).

Some hundred share a transaction, which costs a small fraction of one for each. What does not
fit into a row of the database goes the way of a single request. The body lies in a file, and only
what is worked on is in memory.
"""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import IO

from multidict import CIMultiDict, CIMultiDictProxy
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from u1tray.server.api.addresses import public_prefix
from u1tray.server.api.batch.form import skipped
from u1tray.server.api.batch.framing import MAX_BODY_BYTES, size_of
from u1tray.server.api.batch.given import GivenBody
from u1tray.server.api.batch.puts import PORTION_BYTES, Put, PutOperation, parse_puts, put_of
from u1tray.server.api.calls import SignedCall
from u1tray.server.api.contents import put_content
from u1tray.server.api.outcomes import Asked, failure, outcome
from u1tray.server.files.bulk import Bulk
from u1tray.server.files.operations import Changed
from u1tray.server.files.paths import inside_text
from u1tray.server.files.represent import NodeWriter
from u1tray.server.messages.refusals import Refusal
from u1tray.server.messages.request import MAX_JSON_BYTES
from u1tray.server.messages.response import Response, json_text_response
from u1tray.server.storage.contents import MAX_INLINE_BYTES
from u1tray.server.storage.directory import is_full
from u1tray.server.storage.metadata import accounts
from u1tray.vocabulary.errors import BusyError

_HELD_BYTES = MAX_JSON_BYTES + PORTION_BYTES

# What became of an operation: its file, why it failed, or the response where it went alone.
_Outcome = Changed | Refusal | Response


async def upload_contents(call: SignedCall) -> Response:
    """All results, in the order of the operations; not atomic."""
    async with call.request.body.spooled(MAX_BODY_BYTES) as file:
        await call.request.body.hold(min(size_of(file), _HELD_BYTES))
        file.seek(0)
        puts = parse_puts(file)
        run = _Run(call, stops=puts.stops)
        offset = file.tell()
        for portion in puts.portions():
            await run.work(portion, file, offset)
            offset += sum(operation.size for operation in portion)
    return json_text_response('{"results":[' + ",".join(run.results) + "]}")


def _parts(puts: Iterable[Put], *, lacks_room: bool) -> Iterator[tuple[bool, list[Put]]]:
    """What shares a transaction; and by itself what a single request does in several steps."""

    def is_alone(put: Put) -> bool:
        has_steps = lacks_room or put.fingerprint.size > MAX_INLINE_BYTES
        return has_steps and not isinstance(put.target, Refusal)

    for are_alone, some in itertools.groupby(puts, is_alone):
        while part := list(itertools.islice(some, 1 if are_alone else None)):
            yield are_alone, part


class _Run:
    """The operations of one request on their way; `results` are JSON."""

    def __init__(self, call: SignedCall, *, stops: bool) -> None:
        self.results: list[str] = []
        self._call = call
        self._asked = Asked(call.cloud, call.request, call.account.id)
        self._stops = stops
        self._is_stopped = False
        self._writers: dict[int, NodeWriter] = {}

    async def work(self, portion: Sequence[PutOperation], file: IO[bytes], offset: int) -> None:
        """Do the next operations, whose contents begin at an offset of the file, or skip them."""
        cloud = self._call.cloud
        sizes = [operation.size for operation in portion]
        try:
            brought = []
            if not self._is_stopped:
                brought = await cloud.contents.take_in(file, offset, sizes)
        except BusyError as error:  # those before may be done, so it is told of these alone
            self._note_all(portion, failure(self._asked, error))
            return
        if self._is_stopped:
            self._note_all(portion, skipped())
            return
        limits = itertools.repeat(cloud.settings.max_upload_bytes)
        puts = map(put_of, portion, brought, limits)
        for are_alone, part in _parts(puts, lacks_room=is_full(cloud.directory)):
            await self._go_on(part, are_alone=are_alone)

    async def _go_on(self, part: Sequence[Put], *, are_alone: bool) -> None:
        """Do these, or skip them."""
        outcomes: Sequence[_Outcome] = ()
        if are_alone and not self._is_stopped:
            outcomes = [await self._alone(put) for put in part]
        elif not self._is_stopped:
            outcomes = await self._together(part)
        for put, found in itertools.zip_longest(part, outcomes):
            self._note(put.id, skipped() if self._is_stopped or found is None else found)

    async def _together(self, part: Sequence[Put]) -> Sequence[_Outcome]:
        """The outcomes; fewer than operations where one stopped."""
        cloud = self._call.cloud
        try:
            return await cloud.workers.write(
                _put_all, self._call.account.id, part, cloud.clock.now(), stops=self._stops
            )
        except Exception as error:
            if len(part) == 1 or _is_for_all(error):
                return [failure(self._asked, error)] * len(part)
        # One of them was the cause, and took the others with it.
        outcomes: list[_Outcome] = []
        for put in part:
            outcomes += await self._together([put])
            if self._stops and not isinstance(outcomes[-1], Changed):
                break
        return outcomes

    async def _alone(self, put: Put) -> Response:
        """As a single request."""
        return await outcome(self._asked, functools.partial(_put_alone, self._call, put))

    def _note_all(self, portion: Sequence[PutOperation], found: _Outcome) -> None:
        for operation in portion:
            self._note(operation.id, found)

    def _note(self, id_: str | None, found: _Outcome) -> None:
        if isinstance(found, Changed):
            size = found.node.size or 0
            self._call.cloud.metrics.content_bytes.labels(direction="in").inc(size)
            status, body, tag = 201 if found.is_new else 200, self._text(found), found.node.tag
        else:
            response = failure(self._asked, found) if isinstance(found, Refusal) else found
            self._is_stopped |= self._stops and response.status >= 400
            status, body = response.status, response.body.decode()
            tag = dict(response.headers).get("ETag")
        number = "" if id_ is None else f'"id":{_json(id_)},'
        self.results.append(f'{{{number}"status":{status},"body":{body},"etag":{_json(tag)}}}')

    def _text(self, changed: Changed) -> str:
        writer = self._writers.get(changed.volume.id)
        if writer is None:
            writer = NodeWriter(changed.volume, public_prefix(self._call))
            self._writers[changed.volume.id] = writer
        return writer.text(changed.node, inside_text(changed.names))


async def _put_alone(call: SignedCall, put: Put) -> Response:
    assert not isinstance(put.target, Refusal)
    request = replace(
        call.request, method="PUT", headers=_headers(put), body=GivenBody(bytes(put.data))
    )
    # The operations before changed what is free.
    account = await call.cloud.workers.find(accounts.by_id, call.account.id)
    path = {"path": "/".join(put.target[1:])}
    account = account or call.account
    return await put_content(replace(call, request=request, account=account, arguments=path))


def _put_all(
    connection: Connection, account_id: int, puts: Sequence[Put], now: float, *, stops: bool
) -> list[_Outcome]:
    targets = [put.target for put in puts if not isinstance(put.target, Refusal)]
    brought = [(p.fingerprint, p.data) for p in puts if not isinstance(p.target, Refusal)]
    bulk = Bulk(connection, account_id, now, targets, brought)
    outcomes: list[_Outcome] = []
    for put in puts:
        found = _put(bulk, put)
        outcomes.append(found)
        if stops and isinstance(found, Refusal):
            break
    bulk.finish()
    return outcomes


def _put(bulk: Bulk, put: Put) -> Changed | Refusal:
    if isinstance(put.target, Refusal):
        return put.target
    try:
        return bulk.put(put.target, put.preconditions, put.fingerprint)
    except Refusal as refusal:
        return refusal


def _is_for_all(error: Exception) -> bool:
    """Whether each alone would fare the same, or may have been done already."""
    is_lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return is_lost or isinstance(error, BusyError)


def _headers(put: Put) -> CIMultiDictProxy[str]:
    given = {
        "If-Match": put.preconditions.if_match,
        "If-None-Match": put.preconditions.if_none_match,
    }
    return CIMultiDictProxy(CIMultiDict((n, v) for n, v in given.items() if v is not None))


def _json(text: str | None) -> str:
    return json.dumps(text, ensure_ascii=False)

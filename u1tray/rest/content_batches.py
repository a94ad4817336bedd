"""Many small contents in one request (REST contract, 16.8): the request, and what its answer means.

A body is a line of JSON and the contents behind it, with nothing between. Nothing here trusts an
order, a status or a size in an answer. Whether a content that came is the right one is judged by
whoever knows its node's hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

from u1tray.rest import fields
from u1tray.rest.contents import BatchGet, BatchPut, Offer, checked, hash_of, missing
from u1tray.rest.failures import Reply, failure_of
from u1tray.rest.fields import Object
from u1tray.rest.nodes import Node, node_of
from u1tray.rest.requests import Request
from u1tray.rest.urls import encode_path
from u1tray.vocabulary.errors import ContractError, U1Error, UsageError

# A line that breaks again and again may carry each of them alone.
LOST_LIMIT = 2
PIECE_BYTES = 256 * 1024

_Value = TypeVar("_Value")
_NONE: Mapping[str, str] = MappingProxyType({})
_JSON = MappingProxyType({"Content-Type": "application/json"})
_OCTETS = "application/octet-stream"


class Upload:
    """One upload of many contents. Raises UsageError for more than a server takes."""

    def __init__(self, offer: Offer, puts: Sequence[BatchPut]) -> None:
        self._puts = puts
        self._refused = _refusals([one.path for one in puts])
        asked = [one for number, one in enumerate(puts) if number not in self._refused]
        self._asked = asked
        _check(offer, [len(one.data) for one in asked])
        listed = [
            {"id": str(number), "path": one.path, "size": len(one.data), **_with(one.condition)}
            for number, one in enumerate(asked)
        ]
        self._line = json.dumps({"operations": listed}).encode() + b"\n"
        length = len(self._line) + sum(len(one.data) for one in asked)
        headers = {"Content-Type": _OCTETS, "Content-Length": str(length)}
        self.request = Request("POST", offer.url, headers, repeats_as="PUT", lost_limit=LOST_LIMIT)

    @property
    def refusals(self) -> list[U1Error] | None:
        """What became of each where none is worth asking for, else None."""
        return None if self._asked else list(self._refused.values())

    def pieces(self) -> Iterator[bytes]:
        """The body, in pieces of a good size for a socket."""
        some, count = [self._line], len(self._line)
        for one in self._asked:
            some.append(one.data)
            count += len(one.data)
            if count >= PIECE_BYTES:
                yield b"".join(some)
                some, count = [], 0
        if some:
            yield b"".join(some)

    def read(self, reply: Reply, now: float) -> list[Node | U1Error | None]:
        """What became of each, in their order.

        None: an earlier attempt got through, and the node is to be asked for (17). Raises the
        error of the whole; NotFoundError where there is no such extension.
        """
        _raise_missing(reply)
        listed = _results(fields.json_object(reply, now), len(self._asked))
        stored = (
            _stored(one, put.data, is_repeated=reply.is_repeated)
            for one, put in zip(listed, self._asked, strict=True)
        )
        return _merged(len(self._puts), self._refused, stored)


class Download:
    """One download of many contents. Raises UsageError for more than a server takes."""

    def __init__(self, offer: Offer, gets: Sequence[BatchGet]) -> None:
        self._count = len(gets)
        self._refused = _refusals([one.path for one in gets])
        asked = [one for number, one in enumerate(gets) if number not in self._refused]
        self._asked_count = len(asked)
        _check(offer, [0] * len(asked))
        listed = [
            {"id": str(number), "path": one.path, **_with(one.condition)}
            for number, one in enumerate(asked)
        ]
        body = json.dumps({"operations": listed}).encode()
        self.request = Request(
            "POST", offer.url, _JSON, body, repeats_as="GET", lost_limit=LOST_LIMIT
        )

    @property
    def refusals(self) -> list[U1Error] | None:
        """As that of `Upload`."""
        return None if self._asked_count else list(self._refused.values())

    def read(self, reply: Reply, now: float) -> list[bytes | U1Error]:
        """Each content or what went wrong, in their order. Raises as `Upload.read`.

        One too large for this answer is RefusedError `too_large`: it is to be fetched alone.
        """
        _raise_missing(reply)
        fields.raise_failure(reply, now)
        end = reply.body.find(b"\n")
        if end < 0:
            raise fields.broken(what="contents without their line")
        listed = _results(fields.parsed(Reply(200, _NONE, reply.body[:end])), self._asked_count)
        contents = _Contents(reply.body, end + 1)
        received = [contents.next(one) for one in listed]
        contents.finish()
        return _merged(self._count, self._refused, iter(received))


class _Contents:
    """The bytes behind the line, given out in order."""

    def __init__(self, body: bytes, begin: int) -> None:
        self._body = body
        self._at = begin

    def next(self, result: Object) -> bytes | U1Error:
        """The next content, or the error a result means."""
        if _status(result) != 200:
            return _failure(result)
        begin, self._at = self._at, self._at + fields.count(result, "size")
        if self._at > len(self._body):
            raise _broken_sizes()
        return self._body[begin : self._at]

    def finish(self) -> None:
        """Raises ContractError for bytes that nobody named."""
        if self._at != len(self._body):
            raise _broken_sizes()


def _broken_sizes() -> ContractError:
    return fields.broken(what="sizes that do not add up")


def _with(condition: Mapping[str, str]) -> dict[str, object]:
    return {"headers": dict(condition)} if condition else {}


def _refusals(paths: Sequence[str]) -> dict[int, U1Error]:
    """What is wrong with paths that are no UTF-8, which would spoil the whole batch."""
    refused: dict[int, U1Error] = {}
    for number, path in enumerate(paths):
        if path.isascii():
            continue
        try:
            encode_path(path)
        except UsageError as error:
            refused[number] = error
    return refused


def _check(offer: Offer, sizes: Sequence[int]) -> None:
    if (
        len(sizes) > offer.operations
        or max(sizes, default=0) > offer.content_bytes
        or sum(sizes) > offer.total_bytes
    ):
        text = "This is more than the cloud takes in one batch."
        raise UsageError(text)


def _results(body: Object, count: int) -> list[Object]:
    listed = fields.objects(body.get("results"), what="results")
    if [one.get("id") for one in listed] != [str(number) for number in range(count)]:
        raise fields.broken(what="results of other operations")
    return listed


def _status(result: Object) -> int:
    status = fields.count(result, "status")
    if not 200 <= status <= 599:
        raise fields.broken(what="status")
    return status


def _stored(result: Object, data: bytes, *, is_repeated: bool) -> Node | U1Error | None:
    status = _status(result)
    if 200 <= status < 300:
        return checked(node_of(fields.inner(result, "body")), data)
    if status == 412 and is_repeated and result.get("etag") == f'"{hash_of(data)}"':
        return None
    return _failure(result)


def _failure(result: Object) -> U1Error:
    """The very error of the single request."""
    body = json.dumps(dict(fields.inner(result, "body"))).encode()
    failure = failure_of(Reply(_status(result), _NONE, body), 0.0)
    return failure or fields.broken(what="a success without its content")


def _raise_missing(reply: Reply) -> None:
    if reply.status in (404, 405):
        raise missing()


def _merged(
    count: int, refused: Mapping[int, U1Error], done: Iterator[_Value]
) -> list[_Value | U1Error]:
    return [refused[n] if n in refused else next(done) for n in range(count)]

"""Many small contents in one request, as plain values (REST contract, 16.8).

A body is a line of JSON and the contents behind it, with nothing between. Nothing here trusts an
order, a status or a size in an answer. Whether a content that came is the right one is judged by
whoever knows its node's hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from u1tray.rest import fields
from u1tray.rest.failures import Reply, failure_of
from u1tray.rest.fields import Object
from u1tray.rest.nodes import Node, node_of
from u1tray.rest.replies import Features
from u1tray.rest.requests import Request
from u1tray.rest.urls import encode_path, resolve
from u1tray.vocabulary.errors import ContractError, NotFoundError, U1Error, UsageError

UPLOAD = "batch_upload"
DOWNLOAD = "batch_download"
NO_BATCHES = "no_batches"  # the code of `missing`

MOST_OPERATIONS = 1000
# Held in memory, and below what our clients take as one answer.
MOST_BYTES = 16 * 1024 * 1024
MOST_LINE_BYTES = 512 * 1024  # of the 1 MiB that a server takes as JSON (12)
# A line that breaks again and again may carry each of them alone.
LOST_LIMIT = 2
PIECE_BYTES = 256 * 1024

_Value = TypeVar("_Value")
_NONE: Mapping[str, str] = MappingProxyType({})
_OPERATION_BYTES = 128  # of the line, beside the path and its headers
_JSON = MappingProxyType({"Content-Type": "application/json"})
_OCTETS = "application/octet-stream"


@dataclass(frozen=True)
class BatchPut:
    """A content on its way to a `resource_path`; `condition` are headers as for a PUT (7)."""

    path: str
    data: bytes = field(repr=False)
    condition: Mapping[str, str] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True)
class BatchGet:
    """A content wanted from a `resource_path`; `condition` are headers as for a GET (7)."""

    path: str
    condition: Mapping[str, str] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True)
class Offer:
    """What a server takes in one request: its URL, operations, bytes of one content and of all."""

    url: str
    operations: int
    content_bytes: int
    total_bytes: int


class Packing:
    """How much goes into one request, counted as it is filled."""

    def __init__(self, offer: Offer, operations: int = MOST_OPERATIONS, total: int = MOST_BYTES):
        self._operations = min(offer.operations, operations)
        self._bytes = min(offer.total_bytes, total)
        self._content_bytes = offer.content_bytes
        self._line_bytes = MOST_LINE_BYTES

    def takes(self, path: str, size: int) -> bool:
        """Whether there is room for one more of `size` bytes, which is taken then."""
        line = _OPERATION_BYTES + (len(path) if path.isascii() else 6 * len(path))
        if (
            size > self._content_bytes
            or size > self._bytes
            or line > self._line_bytes
            or not self._operations
        ):
            return False
        self._operations -= 1
        self._bytes -= size
        self._line_bytes -= line
        return True


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


def offer(features: Features, feature: str, base_url: str) -> Offer | None:
    """What is announced for `UPLOAD` or `DOWNLOAD` (16.1); None: it is not to be used."""
    path = features.urls.get(feature, "")
    found = [
        features.limits.get(name, 0)
        for name in ("max_batch_operations", "max_batch_content_bytes", "max_batch_bytes")
    ]
    if not path or not all(0 < limit <= fields.LARGEST for limit in found):
        return None
    operations, content, total = found
    total = min(total, MOST_BYTES)
    return Offer(
        resolve(base_url, path), min(operations, MOST_OPERATIONS), min(content, total), total
    )


def missing() -> NotFoundError:
    """What is raised where the server does not announce the extension, or does not have it."""
    text = "This cloud takes no contents in batches; they must travel one by one."
    return NotFoundError(text, code=NO_BATCHES)


def checked(node: Node, data: bytes) -> Node | ContractError:
    """The node of a stored content if it has the hash of what was sent."""
    if node.hash != hash_of(data):
        return fields.broken(what="the hash of the stored content is another")
    return node


def hash_of(data: bytes) -> str:
    """The content hash (3), such as `sha1:...`"""
    return "sha1:" + hashlib.sha1(data, usedforsecurity=False).hexdigest()


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

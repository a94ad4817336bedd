"""Many operations on nodes in one request, as plain values (REST contract, 16.4)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from u1tray.rest import fields
from u1tray.rest.failures import Reply, failure_of
from u1tray.rest.fields import Object
from u1tray.rest.nodes import Node, node_of
from u1tray.rest.requests import Request
from u1tray.vocabulary.errors import NotFoundError, U1Error, UsageError

FEATURE = "batch"
MAX_OPERATIONS = 1000
_NONE: Mapping[str, str] = MappingProxyType({})
_EMPTY: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True)
class Operation:
    """One operation: GET, PUT or DELETE of a node by its `resource_path`, plain text."""

    method: str
    path: str
    body: Mapping[str, object] = field(default_factory=lambda: _EMPTY)
    headers: Mapping[str, str] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True)
class Result:
    """What became of one operation; `tag` is the content's entity tag, if there is one."""

    status: int
    body: Object = field(repr=False)
    tag: str | None = None

    @property
    def is_skipped(self) -> bool:
        """Whether it was not tried because one before it failed."""
        return self.status == 424

    @property
    def failure(self) -> U1Error | None:
        """The error it means, as that of a single request; None for a success."""
        return failure_of(Reply(self.status, _NONE, json.dumps(dict(self.body)).encode()), 0.0)

    @property
    def node(self) -> Node:
        """The node of a GET or PUT that succeeded. Raises the families of `vocabulary.errors`."""
        if self.failure is not None:
            raise self.failure
        return node_of(self.body)


def announced(url: str) -> str:
    """The URL of the extension. Raises NotFoundError where the server has none."""
    if not url:
        text = "This cloud takes no batches; its operations must be asked for one by one."
        raise NotFoundError(text)
    return url


def request(url: str, operations: Sequence[Operation], *, stop_on_error: bool = False) -> Request:
    """`POST API/batch`; `url` as announced (16.1). Raises UsageError for too many."""
    if len(operations) > MAX_OPERATIONS:
        text = f"A batch has at most {MAX_OPERATIONS} operations."
        raise UsageError(text)
    listed = [
        {
            "id": str(number),
            "method": one.method,
            "path": one.path,
            "body": dict(one.body),
            "headers": dict(one.headers),
        }
        for number, one in enumerate(operations)
    ]
    body = {"operations": listed, "stop_on_error": stop_on_error}
    return Request("POST", url, {"Content-Type": "application/json"}, json.dumps(body).encode())


def results(reply: Reply, now: float, count: int) -> tuple[Result, ...]:
    """The results of `count` operations, in their order. Raises the families' errors."""
    listed = fields.objects(fields.json_object(reply, now).get("results"), what="results")
    if [one.get("id") for one in listed] != [str(number) for number in range(count)]:
        raise fields.broken(what="results of other operations")
    return tuple(
        Result(
            fields.count(one, "status"),
            fields.inner(one, "body"),
            fields.optional(one, "etag") or None,
        )
        for one in listed
    )

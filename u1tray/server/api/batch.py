"""`API/batch`: many operations on nodes in one request (REST contract, 16.4).

Each runs through the very code of a single request, in a transaction of its own.
"""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from multidict import CIMultiDict, CIMultiDictProxy

from u1tray.server.accounts.rules import is_utf8
from u1tray.server.api.addresses import refuse_other_owner
from u1tray.server.api.calls import SignedCall
from u1tray.server.api.nodes import NODE
from u1tray.server.api.outcomes import Asked, outcome
from u1tray.server.api.routing import Route, Router
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import Response, json_response
from u1tray.server.messages.target import Target

MAX_OPERATIONS = 1000
_HEADERS = ("If-Match", "If-None-Match", "Overwrite")
_ROUTER = Router(
    (
        Route("/~/{path...}", signed=NODE),
        Route("/~{owner}/{path...}", signed=dict.fromkeys(NODE, refuse_other_owner)),
    )
)


@dataclass(frozen=True)
class Operation:
    """One operation, its form checked. `path` is plain text as in JSON, never decoded."""

    id: str | None
    method: str
    path: str
    body: Mapping[str, Any] = field(repr=False)
    headers: Mapping[str, str]


async def run_batch(call: SignedCall) -> Response:
    """All results, in the order of the operations; not atomic."""
    operations, stops = parse_batch(await call.request.json_object())
    results = []
    is_stopped = False
    for operation in operations:
        response = _skipped() if is_stopped else await _run(call, operation)
        is_stopped = is_stopped or (stops and response.status >= 400)
        results.append(_result(operation, response))
    return json_response({"results": results})


def parse_batch(body: Mapping[str, Any]) -> tuple[list[Operation], bool]:
    """The operations, and whether the first failure stops. Raises Refusal."""
    listed, stops = body.get("operations"), body.get("stop_on_error", False)
    _must(isinstance(listed, list), "operations is a list.")
    _must(isinstance(stops, bool), "stop_on_error is true or false.")
    assert isinstance(listed, list)
    if len(listed) > MAX_OPERATIONS:
        raise Refusal(Code.TOO_LARGE, f"A batch has at most {MAX_OPERATIONS} operations.")
    return [_operation(one) for one in listed], bool(stops)


def _operation(one: Any) -> Operation:
    _must(isinstance(one, dict), "An operation is an object.")
    given = _without_null(one)
    headers = given.get("headers", {})
    _must(isinstance(headers, dict), "The headers of an operation are an object.")
    operation = Operation(
        given.get("id"),
        given.get("method", ""),
        given.get("path", ""),
        given.get("body", {}),
        _without_null(headers),
    )
    for holds, text in _FORM:
        _must(holds(operation), text)
    return operation


def _without_null(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: member for name, member in value.items() if member is not None}


# What must hold for an operation, and what to say otherwise.
_FORM: tuple[tuple[Callable[[Operation], bool], str], ...] = (
    (
        # It is told back once everything was done: too late to find that it cannot be.
        lambda one: one.id is None or (isinstance(one.id, str) and is_utf8(one.id)),
        "The id is a string of valid Unicode.",
    ),
    (
        lambda one: isinstance(one.method, str) and one.method in NODE,
        f"The method is one of {', '.join(NODE)}.",
    ),
    (
        lambda one: isinstance(one.path, str) and one.path.startswith("/~"),
        "The path is the resource_path of a node.",
    ),
    (lambda one: isinstance(one.body, dict), "The body is an object."),
    (
        lambda one: all(isinstance(value, str) for value in one.headers.values()),
        "A header is a string.",
    ),
)


async def _run(call: SignedCall, operation: Operation) -> Response:
    segments = tuple(part for part in operation.path.split("/") if part)
    request = replace(
        call.request,
        method=operation.method,
        target=Target(call.request.target.path, "", None, segments),
        headers=_headers(operation.headers),
        body=_GivenBody(operation.body),
    )
    route, arguments = _ROUTER.find(segments)
    assert route is not None  # the path begins with a ~
    single = replace(call, request=request, arguments=arguments)
    run = functools.partial(route.signed[operation.method], single)
    return await outcome(Asked(call.cloud, request, call.account.id), run)


def _result(operation: Operation, response: Response) -> dict[str, Any]:
    body = json.loads(response.body)
    tag = dict(response.headers).get("ETag")
    if tag is None and body.get("hash"):
        tag = f'"{body["hash"]}"'  # GET does not say it in a header
    number = {} if operation.id is None else {"id": operation.id}
    return {**number, "status": response.status, "body": body, "etag": tag}


def _headers(given: Mapping[str, str]) -> CIMultiDictProxy[str]:
    """The headers that may matter to an operation; names in any case."""
    every = CIMultiDict(given)
    return CIMultiDictProxy(
        CIMultiDict((name, value) for name in _HEADERS for value in every.getall(name, []))
    )


def _skipped() -> Response:
    return Refusal(Code.SKIPPED, "An operation before this one failed.").response()


def _must(holds: bool, text: str) -> None:
    if not holds:
        raise Refusal(Code.BAD_VALUE, text)


@dataclass(frozen=True)
class _GivenBody:
    """The body of an operation, as a request has one."""

    value: Mapping[str, Any] = field(repr=False)

    is_chunked = False
    has_come = True

    @property
    def length(self) -> int:
        return len(self._data)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        yield self._data

    async def read(self, limit: int) -> bytes:
        return self._data

    @property
    def _data(self) -> bytes:
        return json.dumps(self.value).encode()

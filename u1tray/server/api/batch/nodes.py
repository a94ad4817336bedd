"""`API/batch`: many operations on nodes in one request (REST contract, 16.4).

Each runs through the very code of a single request, in a transaction of its own.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from u1tray.server.api.addresses import refuse_other_owner
from u1tray.server.api.batch.form import (
    Operation,
    headers_of,
    read_operation,
    read_operations,
    read_stops,
    skipped,
)
from u1tray.server.api.batch.given import GivenBody
from u1tray.server.api.calls import SignedCall
from u1tray.server.api.nodes import NODE
from u1tray.server.api.outcomes import Asked, outcome
from u1tray.server.api.routing import Route, Router
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.response import Response, json_response
from u1tray.server.messages.target import Target

_HEADERS = ("If-Match", "If-None-Match", "Overwrite")
_ROUTER = Router(
    (
        Route("/~/{path...}", signed=NODE),
        Route("/~{owner}/{path...}", signed=dict.fromkeys(NODE, refuse_other_owner)),
    )
)


@dataclass(frozen=True)
class NodeOperation(Operation):
    """One operation, its form checked."""

    method: str
    body: Mapping[str, Any] = field(repr=False)


async def run_batch(call: SignedCall) -> Response:
    """All results, in the order of the operations; not atomic."""
    body = await call.request.json_object()
    operations, stops = read_operations(body, _read), read_stops(body)
    results = []
    is_stopped = False
    for operation in operations:
        response = skipped().response() if is_stopped else await _run(call, operation)
        is_stopped = is_stopped or (stops and response.status >= 400)
        results.append(_result(operation, response))
    return json_response({"results": results})


def _read(given: Mapping[str, Any]) -> NodeOperation:
    common = read_operation(given)
    method, body = given.get("method"), given.get("body", {})
    if not isinstance(method, str) or method not in NODE:
        raise Refusal(Code.BAD_VALUE, f"The method is one of {', '.join(NODE)}.")
    if not isinstance(body, dict):
        raise Refusal(Code.BAD_VALUE, "The body is an object.")
    return NodeOperation(common.id, common.path, common.headers, method, body)


async def _run(call: SignedCall, operation: NodeOperation) -> Response:
    request = replace(
        call.request,
        method=operation.method,
        target=Target(call.request.target.path, "", None, operation.segments),
        headers=headers_of(operation.headers, _HEADERS),
        body=GivenBody(json.dumps(operation.body).encode()),
    )
    route, arguments = _ROUTER.find(operation.segments)
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

"""What becomes of an operation: its response, or the error it ends with (REST contract, 12)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from u1tray.server.cloud import Cloud
from u1tray.server.messages.refusals import (
    NO_STORE,
    Code,
    Refusal,
    internal_refusal,
    refusal_of,
)
from u1tray.server.messages.request import Request
from u1tray.server.messages.response import Response
from u1tray.vocabulary.errors import U1Error

logger = logging.getLogger(__name__)


@dataclass
class Asked:
    """A request, and who sent it as far as that is known."""

    cloud: Cloud
    request: Request
    account_id: int | None


async def outcome(asked: Asked, run: Callable[[], Awaitable[Response]]) -> Response:
    """The response, whatever happens."""
    try:
        return await run()
    except Exception as error:
        return failure(asked, error)


def failure(asked: Asked, error: Exception) -> Response:
    """The response to what ended with an error, counted or logged."""
    if isinstance(error, Refusal):
        _count(asked.cloud, error)
        if error.code is Code.QUOTA_EXCEEDED:
            error.status = asked.cloud.settings.out_of_space_status
        return private(error.response())
    meant = refusal_of(error) if isinstance(error, U1Error) else None
    return _internal(asked, error) if meant is None else private(meant.response())


def private(response: Response) -> Response:
    """The response to a signed request: nobody stores it, unless it says how."""
    if any(name == "Cache-Control" for name, _ in response.headers):
        return response
    return response.with_headers(NO_STORE)


def _count(cloud: Cloud, refusal: Refusal) -> None:
    if refusal.code.startswith("oauth_") or refusal.code.startswith("token_"):
        cloud.metrics.oauth_failures.labels(code=refusal.code.value).inc()
    if refusal.code is Code.QUOTA_EXCEEDED:
        cloud.metrics.quota_refusals.inc()


def _internal(asked: Asked, error: Exception) -> Response:
    """A 500, and the log record that the person's report leads to."""
    oops_id, refusal = internal_refusal()
    method, path = asked.request.method, asked.request.target.path
    text = "%s: %s %s, account %s"
    logger.error(text, oops_id, method, path, asked.account_id, exc_info=error)
    return refusal.response()

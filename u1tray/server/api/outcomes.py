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
    except Refusal as refusal:
        _count(asked.cloud, refusal)
        if refusal.code is Code.QUOTA_EXCEEDED:
            refusal.status = asked.cloud.settings.out_of_space_status
        return private(refusal.response())
    except U1Error as error:
        meant = refusal_of(error)
        return _internal(asked) if meant is None else private(meant.response())
    except Exception:
        return _internal(asked)


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


def _internal(asked: Asked) -> Response:
    """A 500, and the log record that the person's report leads to."""
    oops_id, refusal = internal_refusal()
    method, path = asked.request.method, asked.request.target.path
    logger.exception("%s: %s %s, account %s", oops_id, method, path, asked.account_id)
    return refusal.response()

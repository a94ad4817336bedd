"""`/healthz`, `/readyz` and `/metrics` (REST contract, 16.7): unsigned, never on the main port."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy.exc import SQLAlchemyError

from u1tray.server.cloud import Cloud
from u1tray.server.messages.answer import Answer
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.request import Request
from u1tray.server.messages.response import Response, text_response
from u1tray.server.storage.directory import free_disk_bytes
from u1tray.server.storage.metadata.accounts import stored_bytes
from u1tray.server.storage.metadata.database import answers
from u1tray.vocabulary.errors import U1Error

logger = logging.getLogger(__name__)

MIN_FREE_DISK_BYTES = 64 * 1024 * 1024
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


async def admin_answer(cloud: Cloud, request: Request) -> Answer:
    """The answer of the administration port, whatever happens."""
    name = "/".join(request.target.segments)
    page = _PAGES.get(name)
    if page is None:
        return Answer(Refusal(Code.NOT_FOUND, "There is nothing at this URL.").response())
    if request.method not in ("GET", "HEAD"):
        headers = (("Allow", "GET, HEAD"),)
        refusal = Refusal(Code.METHOD_NOT_ALLOWED, "This URL answers GET, HEAD.", headers=headers)
        return Answer(refusal.response(), f"/{name}")
    try:
        return Answer(await page(cloud), f"/{name}")
    except (U1Error, SQLAlchemyError):
        logger.exception("cannot answer /%s", name)
        headers = (("Retry-After", "5"),)
        refusal = Refusal(Code.BUSY, "The database does not answer.", headers=headers)
        return Answer(refusal.response(), f"/{name}")


async def _health(_cloud: Cloud) -> Response:
    return text_response("ok")


async def _readiness(cloud: Cloud) -> Response:
    faults = (await _database_fault(cloud), await _content_fault(cloud), _disk_fault(cloud))
    failed = [line for line in faults if line]
    if failed:
        return text_response("\n".join(failed) + "\n", 503)
    return text_response("ok")


async def _metrics(cloud: Cloud) -> Response:
    cloud.metrics.stored_bytes.set(await cloud.workers.read(stored_bytes))
    return Response(200, METRICS_TYPE, cloud.metrics.text())


async def _database_fault(cloud: Cloud) -> str | None:
    try:
        await cloud.workers.read(answers)
    except (U1Error, SQLAlchemyError) as error:
        logger.warning("the database does not answer: %s", error)
        return "database: does not answer"
    return None


async def _content_fault(cloud: Cloud) -> str | None:
    try:
        await cloud.contents.probe()
    except U1Error as error:
        return f"content store: {error.text}"
    return None


def _disk_fault(cloud: Cloud) -> str | None:
    try:
        free = free_disk_bytes(cloud.directory)
    except OSError as error:
        return f"free disk: {error.strerror}"
    if free < MIN_FREE_DISK_BYTES:
        return f"free disk: {free} bytes are less than {MIN_FREE_DISK_BYTES}"
    return None


_PAGES: Mapping[str, Callable[[Cloud], Awaitable[Response]]] = {
    "healthz": _health,
    "readyz": _readiness,
    "metrics": _metrics,
}

"""From a request to its answer, checks in the order of the REST contract, 2.1."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from u1tray.server.api.calls import Call, JoinedCall, SignedCall
from u1tray.server.api.outcomes import Asked, outcome, private
from u1tray.server.api.routes import PINGS, ROUTER, SIGNED_ROOTS
from u1tray.server.api.routing import Route
from u1tray.server.auth.authenticate import Verified, admit, verify
from u1tray.server.cloud import Cloud
from u1tray.server.messages.answer import Answer
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.request import Request
from u1tray.server.messages.response import Response
from u1tray.vocabulary.errors import U1Error

logger = logging.getLogger(__name__)


@dataclass
class _Course(Asked):
    """One request on its way through the checks, and what is known of it so far."""

    route: Route | None
    arguments: Mapping[str, str]
    nonce: bytes | None = None  # the entry to give back if the request fails

    @property
    def pattern(self) -> str:
        return Answer.UNKNOWN_ROUTE if self.route is None else self.route.pattern


@contextlib.asynccontextmanager
async def exchange(cloud: Cloud, request: Request) -> AsyncIterator[Answer]:
    """The answer to a request. One that fails or cannot be sent gives its nonce back (13.4)."""
    course = _Course(cloud, request, None, *ROUTER.find(request.target.segments))
    try:
        response = await outcome(course, functools.partial(_run, course))
        if response.status >= 400:
            await _give_nonce_back(course)
        if course.route is not None:
            response = response.with_headers(*course.route.headers)
        yield Answer(response, course.pattern, course.account_id)
    except BaseException:
        await asyncio.shield(_give_nonce_back(course))
        raise


async def _run(course: _Course) -> Response:
    """The checks in their order. Raises Refusal and U1Error."""
    route, request = course.route, course.request
    if route is not None and _is_open(route, request):
        operation = route.open.get(route.method(request))
        if operation is None:
            raise _wrong_method(route)
        return await operation(Call(course.cloud, request, course.arguments))
    if route is None and not _is_protected(request):
        raise _nothing_here()
    verified = await verify(course.cloud, request, is_ping=course.pattern in PINGS)
    method = "" if route is None else route.method(request)
    joined_operation = None if route is None else route.joined.get(method)
    if joined_operation is not None:
        admitted = functools.partial(_admitted, course, verified)
        undone = functools.partial(_forget_nonce, course)
        joined_call = JoinedCall(course.cloud, request, course.arguments, admitted, undone)
        response = await joined_operation(joined_call)
        if response is not None:
            return private(response)
    call = await course.cloud.workers.note(_admit, course, verified)
    if route is None:
        raise _nothing_here()
    signed_operation = route.signed.get(method)
    if signed_operation is None:
        raise _wrong_method(route)
    return private(await signed_operation(call))


def _admit(connection: Connection, course: _Course, verified: Verified) -> SignedCall:
    course.nonce = None  # what an attempt entered that the database undid is not ours any more
    signer = admit(connection, course.cloud, verified)
    course.account_id, course.nonce = signer.account.id, signer.nonce
    return SignedCall(course.cloud, course.request, course.arguments, signer.account, signer.token)


@contextlib.contextmanager
def _admitted(course: _Course, verified: Verified, connection: Connection) -> Iterator[SignedCall]:
    call = _admit(connection, course, verified)
    try:
        yield call
    except DBAPIError:
        raise  # the database undoes all of it
    except Exception:
        # Here, and not in a later transaction: what this one undid may be another's entry then.
        if course.nonce is not None:
            course.cloud.nonces.take_back(connection, course.nonce)
        raise


def _forget_nonce(course: _Course) -> None:
    """It went with the transaction that entered it; if that is not known, it stays used."""
    course.nonce = None


async def _give_nonce_back(course: _Course) -> None:
    if course.nonce is None:
        return
    nonce, course.nonce = course.nonce, None
    try:
        await course.cloud.nonces.remove(nonce)
    except (U1Error, SQLAlchemyError):
        # The answer matters more: the client signs anew where it gets `oauth_nonce_used`.
        logger.exception("cannot give a nonce back")


def _is_open(route: Route, request: Request) -> bool:
    """Whether no signature is needed, be it only to say that the method is wrong."""
    return not route.signed or route.method(request) in route.open


def _is_protected(request: Request) -> bool:
    segments = request.target.segments
    return bool(segments) and segments[0] in SIGNED_ROOTS


def _nothing_here() -> Refusal:
    return Refusal(Code.NOT_FOUND, "There is nothing at this URL.")


def _wrong_method(route: Route) -> Refusal:
    text = f"This URL answers {route.allow}."
    return Refusal(Code.METHOD_NOT_ALLOWED, text, headers=(("Allow", route.allow),))

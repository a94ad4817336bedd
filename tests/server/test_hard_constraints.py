"""The hard constraints of 2.2, on every route, signed, unsigned and wrongly signed.

One test a constraint that concerns what is built; all walk over the same answers, which are
made from the table of routes, so that a new route cannot be forgotten.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.server.raw import Reply
from tests.server.rig import PASSWORD, Running
from u1tray.server.api.routes import ROUTES
from u1tray.server.web.routes import WEB_ROUTES
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end

UPLOADS = "/api/file_storage/v1/uploads/"
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS")
MORE_TARGETS = (
    "/nothing",
    "/api/nothing",
    "/api/file_storage/v1/~/Docs",
    "/content/~/Docs/a",
    "/api/1.0/authentications?ws.op=authenticate&token_name=x",
    "/%zz",
)


@dataclass(frozen=True)
class Asked:
    """One request and its answer."""

    method: str
    target: str
    is_signed: bool
    reply: Reply


_ANSWERS: list[Asked] = []  # plain values, so that one walk serves all tests


@pytest.fixture
async def asked(running: Running, ana: Credentials) -> list[Asked]:
    """All answers of the server."""
    if not _ANSWERS:
        _ANSWERS.extend([one async for one in walk(running, ana)])
    assert {one.reply.status for one in _ANSWERS} >= {200, 201, 400, 401, 404, 405}
    return _ANSWERS


async def walk(running: Running, ana: Credentials) -> AsyncIterator[Asked]:
    """Every method on every target: unsigned, signed, wrongly signed."""
    routes = [route for route in ROUTES if route not in WEB_ROUTES]  # which are for browsers
    targets = [route.pattern.replace("{", "").replace("}", "") for route in routes]
    for target in (*targets, *MORE_TARGETS):
        for method in METHODS:
            for credentials in (None, ana, Credentials("", "x", "x", "x", "x")):
                body = None if method in ("GET", "HEAD", "DELETE", "OPTIONS") else b"{}"
                fields = {}
                if credentials is not None:
                    fields["Authorization"] = running.sign(credentials, method, target)
                reply = await running.request(method, target, fields, body)
                yield Asked(method, target, credentials is ana, reply)
    good = {"email": "ana@example.com", "password": PASSWORD, "token_name": "x"}
    yield Asked("POST", "v2", False, await running.post_json("/api/v2/tokens/oauth", good))


async def test_json_has_exactly_its_content_type(asked: list[Asked]) -> None:
    """Constraint 1: no charset parameter."""
    types = {one.reply.header("Content-Type") or "" for one in asked if one.reply.status != 204}
    assert [one for one in types if "json" in one] == ["application/json"]
    of_api = [one for one in asked if one.target.startswith(("/api/", "/content/"))]
    types = {one.reply.header("Content-Type") or "" for one in of_api if one.reply.status != 204}
    assert types == {"application/json", "text/plain", "text/event-stream"}


async def test_every_answer_has_a_content_type_and_none_is_204(asked: list[Asked]) -> None:
    """Constraint 2: but for tus (16.3), whose 204 has neither type nor body (20)."""
    empty = [one for one in asked if one.reply.status == 204]
    assert {one.target for one in empty} == {UPLOADS}
    assert all(not one.reply.header("Content-Type") and not one.reply.body for one in empty)
    assert all(one.reply.header("Content-Type") for one in asked if one.reply.status != 204)


async def test_json_bodies_are_valid_and_not_empty(asked: list[Asked]) -> None:
    """Constraint 3; HEAD excepted."""
    for one in asked:
        if one.reply.header("Content-Type") == "application/json" and one.method != "HEAD":
            assert one.reply.body
            json.loads(one.reply.body)


async def test_delete_answers_200_with_an_empty_object(running: Running) -> None:
    """Constraint 4."""
    account = await running.add_account("carl@example.com")
    carl, token = await running.add_token(account)
    reply = await running.signed(carl, "DELETE", f"/api/tokens/{token.id}")
    assert (reply.status, reply.body) == (200, b"{}")


async def test_missing_node_or_volume_is_404(running: Running, ana: Credentials) -> None:
    """Constraint 6: never 400 or 403."""
    for target in ("~/Docs", "~/Docs/a%20b", "volumes/~/Docs"):
        reply = await running.signed(ana, "GET", f"/api/file_storage/v1/{target}")
        assert (reply.status, reply.code) == (404, "not_found")


async def test_nothing_redirects(asked: list[Asked]) -> None:
    """Constraint 8."""
    assert all(not 300 <= one.reply.status < 400 for one in asked)
    assert all(one.reply.header("Location") is None for one in asked)


async def test_errors_have_text_and_code(asked: list[Asked]) -> None:
    """Section 12: `error` is a string, `code` a slug, but for token issue."""
    for one in asked:
        is_json = one.reply.header("Content-Type") == "application/json"
        if one.reply.status >= 400 and is_json and one.method != "HEAD":
            if {"message", "extra"} <= set(one.reply.json):
                continue  # 14.2, tested there
            assert isinstance(one.reply.json["error"], str)
            assert one.reply.code.islower()


async def test_numbers_are_numbers_and_ids_are_small(running: Running, ana: Credentials) -> None:
    """Constraint 11: JSON numbers; user ids below 2^31."""
    user = (await running.signed(ana, "GET", "/api/file_storage/v1")).json
    quota = (await running.signed(ana, "GET", "/api/quota/")).json
    account = (await running.signed(ana, "GET", "/api/account/")).json
    numbers = [
        user["user_id"],
        user["max_bytes"],
        user["used_bytes"],
        quota["total"],
        quota["used"],
        account["id"],
        account["total_storage"],
    ]
    assert {type(number) for number in numbers} == {int}
    assert 0 < user["user_id"] < 2**31


async def test_sso_v1_401_is_exact(asked: list[Asked]) -> None:
    """Constraint 12: Basic challenge and body."""
    (one,) = [
        one
        for one in asked
        if "token_name=x" in one.target and one.method == "GET" and not one.is_signed
    ][:1]
    assert (one.reply.status, one.reply.body) == (401, b"Authorization Required")
    assert one.reply.header("WWW-Authenticate") == 'Basic realm="Restricted area"'


async def test_length_and_date_are_always_sent(asked: list[Asked]) -> None:
    """2.2: `Date` always; nothing is content-coded."""
    for one in asked:
        assert one.reply.header("Date")
        is_endless = one.reply.header("Content-Type") == "text/event-stream"
        has_length = one.reply.header("Content-Length") is not None
        assert has_length == (one.reply.status != 204 and not is_endless)
        assert one.reply.header("Content-Encoding") is None


async def test_every_401_has_a_challenge(asked: list[Asked]) -> None:
    """Section 12."""
    assert all(one.reply.header("WWW-Authenticate") for one in asked if one.reply.status == 401)


async def test_every_405_says_what_is_allowed(asked: list[Asked]) -> None:
    """Section 12: 405 with Allow."""
    refused = [one for one in asked if one.reply.status == 405]
    assert refused
    assert all(one.reply.header("Allow") for one in refused)


async def test_signed_answers_are_not_stored_by_caches(asked: list[Asked]) -> None:
    """2.2: JSON from signed URLs is `no-store`."""
    signed = [one for one in asked if one.is_signed and one.target.startswith("/api/quota")]
    assert all(one.reply.header("Cache-Control") == "no-store" for one in signed)


async def test_head_answers_like_get_without_the_body(asked: list[Asked]) -> None:
    """Section 1: HEAD wherever GET works."""
    by_key = {(one.method, one.target, one.is_signed): one.reply for one in asked}
    for (method, target, is_signed), reply in by_key.items():
        if method == "HEAD" and not target.startswith(UPLOADS):
            get = by_key["GET", target, is_signed]
            assert (reply.status, reply.body) == (get.status, b"")
            assert reply.header("Content-Type") == get.header("Content-Type")

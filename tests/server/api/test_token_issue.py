"""Token issue, v1 and v2 (14.1, 14.2): exact keys, exact errors."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from tests.server.raw import Reply
from tests.server.rig import NOW, PASSWORD, Running
from u1tray.server.accounts.values import AccountState
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end

EMAIL = "ana@example.com"
NAME = "Ubuntu One @ kiwi [u1file]"
V2 = "/api/v2/tokens/oauth"
GOOD = {"email": EMAIL, "password": PASSWORD, "token_name": NAME}

V1_KEYS = ["consumer_key", "consumer_secret", "token", "token_secret", "name", "created", "updated"]
V2_KEYS = [
    "href",
    "token_key",
    "token_secret",
    "token_name",
    "consumer_key",
    "consumer_secret",
    "date_created",
    "date_updated",
    "openid",
]


def v1_target(name: str = NAME, op: str = "authenticate") -> str:
    return f"/api/1.0/authentications?ws.op={op}&token_name={quote(name)}"


def basic(email: str = EMAIL, password: str = PASSWORD) -> dict[str, str]:
    encoded = base64.b64encode(f"{email}:{password}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


async def v1(running: Running, fields: dict[str, str] | None = None, target: str = "") -> Reply:
    return await running.request("GET", target or v1_target(), fields)


async def test_v1_answers_exactly_its_keys(running: Running) -> None:
    """Seven keys, times in UTC with microseconds (14.1)."""
    await running.add_account()
    running.clock.moment = NOW + 0.5
    reply = await v1(running, basic())
    assert reply.status == 200
    assert list(reply.json) == V1_KEYS
    assert reply.json["name"] == NAME
    assert reply.json["created"] == reply.json["updated"] == "2012-01-01 00:00:00.500000"
    assert reply.header("Content-Type") == "application/json"


async def test_v2_answers_exactly_its_keys(running: Running) -> None:
    """Nine keys (14.2)."""
    account = await running.add_account()
    reply = await running.post_json(V2, GOOD)
    body = reply.json
    assert reply.status == 201
    assert list(body) == V2_KEYS
    assert body["href"] == f"/api/v2/tokens/oauth/{body['token_key']}"
    assert body["openid"] == body["consumer_key"] == account.consumer_key
    assert body["date_created"] == body["date_updated"] == "2012-01-01 00:00:00"


async def test_keys_have_their_lengths_and_letters(running: Running) -> None:
    """7 characters, 30, 50 and 50 letters (13.5)."""
    await running.add_account()
    body = (await running.post_json(V2, GOOD)).json
    assert re.fullmatch(r"[A-Za-z0-9]{7}", body["consumer_key"])
    assert re.fullmatch(r"[A-Za-z]{30}", body["consumer_secret"])
    assert re.fullmatch(r"[A-Za-z]{50}", body["token_key"])
    assert re.fullmatch(r"[A-Za-z]{50}", body["token_secret"])


async def test_same_name_gives_the_same_token(running: Running) -> None:
    """The second v2 is 200; v1 finds it too; outer blanks are cut (14)."""
    await running.add_account()
    first = await running.post_json(V2, GOOD)
    second = await running.post_json(V2, {**GOOD, "token_name": f"  {NAME}\t"})
    third = await v1(running, basic())
    assert (first.status, second.status) == (201, 200)
    assert second.json == first.json
    assert third.json["token_secret"] == first.json["token_secret"]


async def test_revoked_name_gives_a_new_token(running: Running) -> None:
    """Only an unrevoked token is given again (14)."""
    account = await running.add_account()
    credentials, token = await running.add_token(account, NAME)
    await running.change_token(token, revoked_at=NOW)
    reply = await running.post_json(V2, GOOD)
    assert (reply.status, reply.json["token_key"] != credentials.token) == (201, True)


async def test_issued_token_signs(running: Running) -> None:
    """The whole way of a new device: issue, ping, quota (14.3)."""
    await running.add_account()
    body = (await running.post_json(V2, GOOD)).json
    credentials = Credentials(
        NAME,
        body["consumer_key"],
        body["token_key"],
        body["consumer_secret"],
        body["token_secret"],
    )
    ping = await running.signed(
        credentials, "GET", "/oauth/sso-finished-so-get-tokens/ana%40example.com?platform=linux"
    )
    assert (ping.status, ping.body, ping.header("Content-Type")) == (200, b"ok 1/1", "text/plain")
    assert (await running.signed(credentials, "GET", "/api/quota/")).status == 200


async def test_ping_is_signed(running: Running) -> None:
    """It confirms a token, so it needs one (14.3)."""
    reply = await running.request("GET", "/oauth/sso-finished-so-get-tokens/ana@example.com")
    assert (reply.status, reply.code) == (401, "oauth_missing")


@pytest.mark.parametrize("spelling", ["ANA@EXAMPLE.COM", " Ana@example.com "])
async def test_email_has_any_case(running: Running, spelling: str) -> None:
    """Addresses are compared without case and outer blanks."""
    await running.add_account()
    assert (await running.post_json(V2, {**GOOD, "email": spelling})).status == 201


@pytest.mark.parametrize(
    "fields",
    [
        {},
        basic(password="wrong"),
        basic(email="nobody@example.com"),
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + base64.b64encode(b"no colon").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()},
        {"Authorization": 'OAuth oauth_token="x"'},
    ],
)
async def test_v1_without_right_credentials_is_the_exact_401(
    running: Running, fields: dict[str, str]
) -> None:
    """Body and Basic challenge exactly as old clients know them (2.2, 14.1)."""
    await running.add_account()
    reply = await v1(running, fields)
    assert (reply.status, reply.body) == (401, b"Authorization Required")
    assert reply.header("Content-Type") == "text/plain"
    assert reply.header("WWW-Authenticate") == 'Basic realm="Restricted area"'


async def test_v1_takes_utf_8_in_basic(running: Running) -> None:
    """E-mail and password are UTF-8 (14.1)."""
    await running.add_account(email="añá@example.com", password="pa:ss:wörd")
    assert (await v1(running, basic("añá@example.com", "pa:ss:wörd"))).status == 200


@pytest.mark.parametrize(
    "target",
    [
        "/api/1.0/authentications",
        "/api/1.0/authentications?token_name=x",
        v1_target(op="list_tokens"),
        "/api/1.0/authentications?ws.op=authenticate",
        v1_target(name=""),
        v1_target(name="  "),
        v1_target(name="x" * 256),
        "/api/1.0/authentications?ws.op=authenticate&token_name=%FF",
    ],
)
async def test_v1_with_bad_query_is_400_text(running: Running, target: str) -> None:
    """Missing or other `ws.op`, missing or empty `token_name` (14.1)."""
    await running.add_account()
    reply = await v1(running, basic(), target)
    assert (reply.status, reply.header("Content-Type")) == (400, "text/plain")


async def test_v1_disabled_account_is_403_text(running: Running) -> None:
    """After the right password only (14.1)."""
    account = await running.add_account()
    await running.change_account(account, state=AccountState.SUSPENDED.value)
    assert (await v1(running, basic(password="wrong"))).status == 401
    reply = await v1(running, basic())
    assert (reply.status, reply.header("Content-Type")) == (403, "text/plain")


async def test_v1_head_answers_like_get(running: Running) -> None:
    """HEAD wherever GET does (1)."""
    await running.add_account()
    reply = await running.request("HEAD", v1_target(), basic())
    assert (reply.status, reply.header("Content-Type")) == (200, "application/json")
    assert int(reply.header("Content-Length") or 0) > 100


def assert_sso_error(reply: Reply, status: int, code: str) -> dict[str, Any]:
    """Exactly three keys (14.2)."""
    assert reply.status == status, reply
    assert reply.header("Content-Type") == "application/json"
    assert list(reply.json) == ["code", "message", "extra"]
    assert reply.json["code"] == code
    assert isinstance(reply.json["message"], str)
    assert reply.json["message"]
    extra = reply.json["extra"]
    assert isinstance(extra, dict)
    return extra


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"email", "password", "token_name"}),
        ({**GOOD, "email": None}, {"email"}),
        ({**GOOD, "password": ""}, {"password"}),
        ({**GOOD, "password": 12}, {"password"}),
        ({**GOOD, "token_name": "   "}, {"token_name"}),
        ({**GOOD, "token_name": "é" * 128}, {"token_name"}),
        ({**GOOD, "token_name": "\ud800"}, {"token_name"}),
        ({**GOOD, "email": ["x"]}, {"email"}),
        ({**GOOD, "otp": 5}, {"otp"}),
    ],
)
async def test_v2_with_bad_fields_is_invalid_data(
    running: Running, body: dict[str, Any], fields: set[str]
) -> None:
    """`extra` has lists of messages by field (14.2)."""
    await running.add_account()
    extra = assert_sso_error(await running.post_json(V2, body), 400, "INVALID_DATA")
    assert set(extra) == fields
    assert all(isinstance(text, str) for texts in extra.values() for text in texts)


@pytest.mark.parametrize(
    "body",
    [
        b"email=ana%40example.com&password=x",
        b"[]",
        b"null",
        b'\xef\xbb\xbf{"email": "x"}',
        b"\xff",
        b'{"email": NaN}',
        b"[" * 100_000,
        b"1" * 5000,
    ],
)
async def test_v2_with_a_body_that_is_no_json_object_is_invalid_data(
    running: Running, body: bytes
) -> None:
    """JSON only, whatever the Content-Type (14.2, 20)."""
    assert_sso_error(await running.request("POST", V2, body=body), 400, "INVALID_DATA")


async def test_v2_takes_json_under_any_content_type(running: Running) -> None:
    """No framework may parse it as a form (2.1)."""
    await running.add_account()
    fields = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = await running.request("POST", V2, fields, json.dumps(GOOD).encode())
    assert reply.status == 201


async def test_v2_takes_the_last_of_duplicate_keys(running: Running) -> None:
    """Of duplicate keys the last wins (20)."""
    await running.add_account()
    body = json.dumps(GOOD).replace("{", '{"password": "wrong", ', 1).encode()
    assert (await running.request("POST", V2, body=body)).status == 201


@pytest.mark.parametrize(
    "change",
    [
        {"password": "wrong"},
        {"email": "nobody@example.com"},
        {"email": "no address"},
        {"email": "\ud800@example.com"},
        {"password": "\ud800"},
        {"password": "x" * 2000},
        {"password": "nul\0"},
    ],
)
async def test_v2_with_wrong_password_is_invalid_credentials(
    running: Running, change: dict[str, str]
) -> None:
    """The same for an unknown e-mail address (14.2)."""
    await running.add_account()
    reply = await running.post_json(V2, {**GOOD, **change})
    assert assert_sso_error(reply, 401, "INVALID_CREDENTIALS") == {}


@pytest.mark.parametrize(
    ("state", "code"),
    [("suspended", "ACCOUNT_SUSPENDED"), ("deactivated", "ACCOUNT_DEACTIVATED")],
)
async def test_v2_disabled_account_says_by_whom(running: Running, state: str, code: str) -> None:
    """By the administrator, by the user (14.2)."""
    account = await running.add_account()
    await running.change_account(account, state=state)
    assert_sso_error(await running.post_json(V2, GOOD), 403, code)


async def test_v2_ignores_otp(running: Running) -> None:
    """A server without two-factor login ignores it (14.2)."""
    await running.add_account()
    assert (await running.post_json(V2, {**GOOD, "otp": "123456"})).status == 201


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_v2_with_another_method_is_405(running: Running, method: str) -> None:
    """Routes marked unsigned answer a wrong method with 405 (20)."""
    reply = await running.request(method, V2)
    assert (reply.status, reply.header("Allow")) == (405, "POST")


async def test_v2_body_over_a_mebibyte_is_413(running: Running) -> None:
    """Over 1 MiB (2.1)."""
    reply = await running.request("POST", V2, body=b" " * (1024 * 1024 + 1))
    assert reply.status == 413


async def test_tokens_answers_are_not_stored_by_caches(running: Running) -> None:
    """They hold secrets."""
    await running.add_account()
    for reply in (await v1(running, basic()), await running.post_json(V2, GOOD)):
        assert reply.header("Cache-Control") == "no-store"

"""Signed requests through the running server: placement, clock, replay, order (13, 20)."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from tests.server import databases
from tests.server.raw import connect
from tests.server.rig import NOW, Running, running_cloud, until
from u1tray.rest.signing import authorization, base_string, signature
from u1tray.server.accounts.values import AccountState
from u1tray.server.auth.nonces import TOLERANCE_S
from u1tray.server.storage.directory import DATABASE_FILE
from u1tray.server.storage.metadata import tokens
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end

QUOTA = "/api/quota/"
CONTENT = "/content/~/Ubuntu%20One"
FILE = f"{CONTENT}/f"


def pairs_of(header: str) -> list[str]:
    """The `k="v"` parts of an Authorization header."""
    return header.removeprefix("OAuth ").split(", ")


async def ask(running: Running, header: str, target: str = QUOTA) -> tuple[int, str]:
    """Status and code of a GET with an Authorization header."""
    reply = await running.request("GET", target, {"Authorization": header})
    return reply.status, "" if reply.status == 200 else reply.code


async def test_no_oauth_parameter_is_oauth_missing_with_challenge(running: Running) -> None:
    """401 always comes with the challenge (12, 13.1)."""
    reply = await running.request("GET", QUOTA)
    assert (reply.status, reply.code) == (401, "oauth_missing")
    assert reply.header("WWW-Authenticate") == 'OAuth realm="Ubuntu One"'


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer x", "OAuth", 'OAuth realm="x"'])
async def test_header_without_oauth_parameter_is_oauth_missing(
    running: Running, header: str
) -> None:
    """`realm` is no OAuth parameter (13.1)."""
    assert await ask(running, header) == (401, "oauth_missing")


@pytest.mark.parametrize("method", ["PLAINTEXT", "HMAC-SHA1", "HMAC-SHA256"])
async def test_each_signature_method_is_accepted(
    running: Running, ana: Credentials, method: str
) -> None:
    """All three methods (13.1); PLAINTEXT from this machine (13.3)."""
    reply = await running.signed(ana, "GET", QUOTA, signature_method=method)
    assert reply.status == 200


async def test_scheme_in_any_case_and_odd_blanks_are_accepted(
    running: Running, ana: Credentials
) -> None:
    """The scheme has any case, blanks are optional (13.1)."""
    header = running.sign(ana, "GET", QUOTA)
    assert await ask(running, "oAuTh  " + ",".join(pairs_of(header))) == (200, "")


async def test_parameters_in_query_are_accepted(running: Running, ana: Credentials) -> None:
    """The URL query is the other place (13.1)."""
    target = QUOTA + "?" + query_of(running, ana, QUOTA)
    assert (await running.request("GET", target)).status == 200


def query_of(running: Running, credentials: Credentials, path: str, nonce: str = "q1") -> str:
    """OAuth parameters for the query of a GET."""
    named = {
        "oauth_consumer_key": credentials.consumer_key,
        "oauth_token": credentials.token,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(int(running.clock.moment)),
        "oauth_nonce": nonce,
    }
    base = base_string("GET", "http", running.api.authority, path, list(named.items()))
    secrets = (credentials.consumer_secret, credentials.token_secret)
    named["oauth_signature"] = signature("HMAC-SHA1", base, *secrets)
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in named.items())


MALFORMED = {
    "a parameter twice": lambda pairs: [*pairs, pairs[0]],
    "no consumer key": lambda pairs: without(pairs, "oauth_consumer_key"),
    "no token": lambda pairs: without(pairs, "oauth_token"),
    "no signature": lambda pairs: without(pairs, "oauth_signature"),
    "no method": lambda pairs: without(pairs, "oauth_signature_method"),
    "no timestamp": lambda pairs: without(pairs, "oauth_timestamp"),
    "no nonce": lambda pairs: without(pairs, "oauth_nonce"),
    "unknown method": lambda pairs: changed(pairs, "oauth_signature_method", "RSA-SHA1"),
    "method in lower case": lambda pairs: changed(pairs, "oauth_signature_method", "hmac-sha1"),
    "version 2": lambda pairs: changed(pairs, "oauth_version", "2.0"),
    "timestamp with a point": lambda pairs: changed(pairs, "oauth_timestamp", "1325376000.5"),
    "negative timestamp": lambda pairs: changed(pairs, "oauth_timestamp", "-1"),
    "empty timestamp": lambda pairs: changed(pairs, "oauth_timestamp", ""),
    "timestamp in other digits": lambda pairs: changed(pairs, "oauth_timestamp", "%D9%A1"),
    "no quotes": lambda pairs: [pair.replace('"', "") for pair in pairs],
    "garbage": lambda pairs: [*pairs, "%%%"],
}


def without(pairs: list[str], name: str) -> list[str]:
    return [pair for pair in pairs if pair.partition("=")[0] != name]


def changed(pairs: list[str], name: str, value: str) -> list[str]:
    return [*without(pairs, name), f'{name}="{value}"']


@pytest.mark.parametrize("fault", MALFORMED)
async def test_malformed_parameters_are_oauth_malformed(
    running: Running, ana: Credentials, fault: str
) -> None:
    """Twice, missing, unparsable, unknown (13.1, 20)."""
    pairs = MALFORMED[fault](pairs_of(running.sign(ana, "GET", QUOTA)))
    assert await ask(running, "OAuth " + ", ".join(pairs)) == (400, "oauth_malformed")


async def test_parameter_in_both_places_is_oauth_malformed(
    running: Running, ana: Credentials
) -> None:
    """An oauth_ parameter in header and query (13.1)."""
    target = QUOTA + "?oauth_nonce=n"
    header = running.sign(ana, "GET", target)
    assert await ask(running, header, target) == (400, "oauth_malformed")


async def test_two_oauth_headers_are_oauth_malformed(running: Running, ana: Credentials) -> None:
    """Each parameter then stands there twice (13.1)."""
    header = running.sign(ana, "GET", QUOTA)
    data = running.wire("GET", QUOTA, {"Authorization": header, "authorization": header})
    reply = await running.send(data)
    assert reply.status == 400


async def test_plaintext_needs_no_timestamp_and_no_nonce(
    running: Running, ana: Credentials
) -> None:
    """They are for HMAC only (13.1)."""
    pairs = pairs_of(running.sign(ana, "GET", QUOTA, signature_method="PLAINTEXT"))
    for name in ("oauth_timestamp", "oauth_nonce", "oauth_version"):
        pairs = without(pairs, name)
    assert await ask(running, "OAuth " + ", ".join(pairs)) == (200, "")


async def test_plaintext_encoded_twice_is_accepted(running: Running, ana: Credentials) -> None:
    """Two old clients encode the signature once more (13.2)."""
    pairs = pairs_of(running.sign(ana, "GET", QUOTA, signature_method="PLAINTEXT"))
    key = f"{ana.consumer_secret}&{ana.token_secret}"
    twice = quote(quote(key, safe=""), safe="")
    assert await ask(running, "OAuth " + ", ".join(changed(pairs, "oauth_signature", twice))) == (
        200,
        "",
    )


WRONG = {
    "signature": ("oauth_signature", "AAAA"),
    "empty signature": ("oauth_signature", ""),
    "signature with raw bytes": ("oauth_signature", "%FF%FE"),
    "consumer": ("oauth_consumer_key", "nobody1"),
    "token": ("oauth_token", "notoken"),
    "nul in token": ("oauth_token", "a%00b"),
    "token that is not UTF-8": ("oauth_token", "%FF"),
}


@pytest.mark.parametrize("fault", WRONG)
@databases.both
async def test_wrong_credentials_are_oauth_invalid(
    running: Running, ana: Credentials, fault: str
) -> None:
    """Wrong signature, unknown consumer, unknown token (12)."""
    pairs = changed(pairs_of(running.sign(ana, "GET", QUOTA)), *WRONG[fault])
    assert await ask(running, "OAuth " + ", ".join(pairs)) == (401, "oauth_invalid")


async def test_token_with_another_accounts_consumer_is_oauth_invalid(
    running: Running, ana: Credentials
) -> None:
    """A token works only with its own consumer key (13.5)."""
    bob, _ = await running.add_token(await running.add_account("bob@example.com"))
    mixed = Credentials("", bob.consumer_key, ana.token, bob.consumer_secret, ana.token_secret)
    reply = await running.signed(mixed, "GET", QUOTA)
    assert (reply.status, reply.code) == (401, "oauth_invalid")


@pytest.mark.parametrize(
    ("signed", "sent"),
    [
        ("/api/quota/", "/api/quota"),
        ("/api/quota/", "/api//quota/"),
        ("/api/quota/", "/api/quota/?a=1"),
        ("/api/quota/?a=1", "/api/quota/?a=2"),
    ],
)
async def test_signature_for_another_url_is_oauth_invalid(
    running: Running, ana: Credentials, signed: str, sent: str
) -> None:
    """The base string has the path exactly as on the wire, and the query (13.2)."""
    assert await ask(running, running.sign(ana, "GET", signed), sent) == (401, "oauth_invalid")


async def test_signature_for_another_method_is_oauth_invalid(
    running: Running, ana: Credentials
) -> None:
    """HEAD is signed as HEAD (1, 13.2)."""
    header = running.sign(ana, "GET", QUOTA)
    reply = await running.request("HEAD", QUOTA, {"Authorization": header})
    assert reply.status == 401


@pytest.mark.parametrize("target", ["/api/quota", "/api//quota/", "/api/%71uota/", "/api/quota//"])
async def test_other_spellings_of_a_path_reach_the_same_resource(
    running: Running, ana: Credentials, target: str
) -> None:
    """Empty segments vanish, escapes are decoded once; the signature covers what was sent (3)."""
    assert (await running.signed(ana, "GET", target)).status == 200


async def test_path_signed_in_normal_form_is_accepted(running: Running, ana: Credentials) -> None:
    """One old client signs `%28` where its library sends `(` (13.2)."""
    header = running.sign(ana, "GET", "/content/~/a%28b%29%2C")
    assert await ask(running, header, "/content/~/a(b),") == (404, "not_found")


async def test_path_signed_in_another_variant_is_oauth_invalid(
    running: Running, ana: Credentials
) -> None:
    """Wire path and normal form, and no further variant (13.2)."""
    header = running.sign(ana, "GET", "/content/~/a(b%2C")
    assert await ask(running, header, "/content/~/a(b),") == (401, "oauth_invalid")


async def test_plus_and_semicolon_are_ordinary_in_the_path(
    running: Running, ana: Credentials
) -> None:
    """In the path `+` and `;` are ordinary characters (3)."""
    reply = await running.signed(ana, "GET", "/content/~/a+b;c")
    assert (reply.status, reply.code) == (404, "not_found")


@pytest.mark.parametrize(("offset", "status"), [(-300, 200), (300, 200), (-301, 401), (301, 401)])
async def test_timestamp_may_be_300_seconds_off(
    running: Running, ana: Credentials, offset: int, status: int
) -> None:
    """300 s either way (13.4)."""
    header = running.sign(ana, "GET", QUOTA, offset_s=offset)
    assert await ask(running, header) == (status, "oauth_timestamp_refused" * (status == 401))


async def test_absurd_timestamp_is_refused(running: Running, ana: Credentials) -> None:
    """However long the number, it is only too far off (13.4)."""
    pairs = {
        "oauth_consumer_key": ana.consumer_key,
        "oauth_token": ana.token,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "9" * 5000,
        "oauth_nonce": "n",
    }
    base = base_string("GET", "http", running.api.authority, QUOTA, list(pairs.items()))
    pairs["oauth_signature"] = signature("HMAC-SHA1", base, ana.consumer_secret, ana.token_secret)
    header = "OAuth " + ", ".join(f'{k}="{quote(v, safe="")}"' for k, v in pairs.items())
    assert await ask(running, header) == (401, "oauth_timestamp_refused")


@databases.both
async def test_repeated_request_is_oauth_nonce_used(running: Running, ana: Credentials) -> None:
    """A success is remembered; the replay's own 401 removes nothing (13.4)."""
    header = running.sign(ana, "GET", QUOTA)
    answers = [await ask(running, header) for _ in range(3)]
    assert answers == [(200, ""), (401, "oauth_nonce_used"), (401, "oauth_nonce_used")]


@databases.both
async def test_repeated_request_is_refused_until_it_is_too_old(
    running: Running, ana: Credentials
) -> None:
    """Remembered until timestamp + 300 s, then the clock refuses it (13.4)."""
    header = running.sign(ana, "GET", QUOTA, offset_s=300)
    assert await ask(running, header) == (200, "")
    running.clock.moment = NOW + 600
    assert await ask(running, header) == (401, "oauth_nonce_used")
    running.clock.moment = NOW + 601
    assert await ask(running, header) == (401, "oauth_timestamp_refused")


@databases.both
async def test_failed_request_may_be_repeated_unchanged(running: Running, ana: Credentials) -> None:
    """One that ends with 400 or above gives its tuple back (13.4)."""
    header = running.sign(ana, "GET", "/api/nothing")
    answers = [await ask(running, header, "/api/nothing") for _ in range(2)]
    assert answers == [(404, "not_found")] * 2


@databases.both
@pytest.mark.parametrize(
    ("asked", "fields", "outcome"),
    [
        ("GET /missing", {}, (404, "not_found")),
        ("GET /.", {}, (400, "bad_name")),
        ("PUT /", {}, (400, "is_directory")),
        ("PUT /new", {"If-Match": '"sha1:0"'}, (412, "precondition_failed")),
    ],
)
async def test_refused_content_request_may_be_repeated_unchanged(
    running: Running,
    ana: Credentials,
    asked: str,
    fields: dict[str, str],
    outcome: tuple[int, str],
) -> None:
    """Its nonce is given back in its own transaction, and nothing is left of it (13.4)."""
    method, _, place = asked.partition(" ")
    target = CONTENT + place
    fields = {**fields, "Authorization": running.sign(ana, method, target)}
    body = b"x" if method == "PUT" else None
    replies = [await running.request(method, target, fields, body) for _ in range(2)]
    assert [(reply.status, reply.code) for reply in replies] == [outcome] * 2


@databases.both
@pytest.mark.parametrize(("method", "status"), [("PUT", 201), ("GET", 200)])
async def test_one_of_many_equal_content_requests_at_once_is_answered(
    running: Running, ana: Credentials, method: str, status: int
) -> None:
    """Also where they share a transaction (13.4)."""
    target = CONTENT + "/small"
    if method == "GET":
        header = running.sign(ana, "PUT", target, nonce="first")
        assert (await running.request("PUT", target, {"Authorization": header}, b"1")).status == 201
    fields = {"Authorization": running.sign(ana, method, target)}
    body = b"1" if method == "PUT" else None
    sent = (running.request(method, target, fields, body) for _ in range(8))
    replies = await asyncio.gather(*sent)
    assert sorted(reply.status for reply in replies) == [status] + [401] * 7


@databases.both
async def test_same_nonce_for_another_url_is_accepted(running: Running, ana: Credentials) -> None:
    """Some old clients reuse a nonce for different URLs within a second (13.4)."""
    for target in (QUOTA, "/api/account/"):
        header = running.sign(ana, "GET", target, nonce="same")
        assert await ask(running, header, target) == (200, "")


async def test_plaintext_request_may_be_repeated(running: Running, ana: Credentials) -> None:
    """PLAINTEXT has no nonce check (13.4)."""
    header = running.sign(ana, "GET", QUOTA, signature_method="PLAINTEXT")
    assert [await ask(running, header) for _ in range(2)] == [(200, "")] * 2


async def test_replay_to_another_process_is_oauth_nonce_used(data: Path) -> None:
    """The memory is for all worker processes (13.4): here two servers on one directory."""
    async with running_cloud(data) as one, running_cloud(data) as other:
        ana, _ = await one.add_token(await one.add_account())
        signed = sign_for_host(one, ana, "cloud.example.com")
        fields = {"Host": "cloud.example.com", "Authorization": signed}
        first = await one.request("GET", QUOTA, fields)
        second = await other.request("GET", QUOTA, fields)
        assert (first.status, second.status, second.code) == (200, 401, "oauth_nonce_used")


def sign_for_host(running: Running, credentials: Credentials, host: str) -> str:
    """An Authorization header for GET /api/quota/ on a virtual host."""
    return authorization(
        "GET",
        f"http://{host}{QUOTA}",
        credentials,
        nonce="shared",
        timestamp=int(running.clock.moment),
    )


async def test_expired_nonces_are_forgotten(running: Running, ana: Credentials) -> None:
    """The memory does not grow for ever."""
    assert (await running.signed(ana, "GET", QUOTA)).status == 200
    running.clock.moment += 1000
    assert (await running.signed(ana, "GET", QUOTA)).status == 200
    assert nonces_kept(running) == 1


async def test_nonce_outlives_its_signature(running: Running, ana: Credentials) -> None:
    """For a check that began a little before the clean-up (13.4)."""
    assert (await running.signed(ana, "GET", QUOTA)).status == 200
    running.clock.moment += TOLERANCE_S + 30
    assert (await running.signed(ana, "GET", QUOTA)).status == 200
    assert nonces_kept(running) == 2


async def test_broken_connection_gives_the_nonce_back(running: Running, ana: Credentials) -> None:
    """A client that went away before the answer may send the same request again (13.4)."""
    header = running.sign(ana, "GET", QUOTA)
    blocked = await connect(running.api.host, running.api.port)
    # The writing connection is held, so that the answer comes after the client went away.
    with running.cloud.workers.database.noting():
        await blocked.send(running.wire("GET", QUOTA, {"Authorization": header}))
        await running.request("GET", "/api/time")
        blocked.writer.transport.abort()
        await running.request("GET", "/api/time")
    answered = b'u1_http_requests_total{method="GET",route="/api/quota/",status="200"} 1.0'
    await until(lambda: answered in running.cloud.metrics.text(), "the answer to be written")
    await until(lambda: nonces_kept(running) == 0, "the nonce to be given back")
    assert await ask(running, header) == (200, "")


async def test_transaction_that_failed_leaves_the_nonce_to_whoever_has_it(
    running: Running, ana: Credentials
) -> None:
    """It was undone with the rest; what is there now is a repetition's own entry (13.4)."""
    header = running.sign(ana, "PUT", FILE)
    database = running.cloud.workers.database
    asked = running.wire("PUT", FILE, {"Authorization": header}, b"first")

    @event.listens_for(database._engines.writing, "commit", once=True)
    def _fail(_: object) -> None:
        error = sqlite3.OperationalError("database is locked")
        raise DBAPIError.instance("COMMIT", None, error, sqlite3.Error)

    begun: list[object] = []
    event.listen(database._engines.noting, "begin", begun.append)
    reply = await running.send(asked)
    assert (reply.status, reply.code) == (503, "busy")
    assert not begun
    assert nonces_kept(running) == 0
    assert (await running.send(asked)).status == 201


def nonces_kept(running: Running) -> int:
    """How many nonces are in the memory."""
    with contextlib.closing(sqlite3.connect(running.cloud.directory / DATABASE_FILE)) as database:
        (count,) = database.execute("SELECT count(*) FROM nonces").fetchone()
        return int(count)


async def test_virtual_host_and_default_port_are_signed_as_sent(
    running: Running, ana: Credentials
) -> None:
    """The host is that of the Host header, without the default port (13.2)."""
    header = sign_for_host(running, ana, "cloud.example.com")
    fields = {"Host": "Cloud.Example.com:80", "Authorization": header}
    assert (await running.request("GET", QUOTA, fields)).status == 200


async def test_revoked_token_is_403(running: Running) -> None:
    """So that a client can tell it from a wrong key (12)."""
    credentials, token = await running.add_token(await running.add_account())
    await running.change_token(token, revoked_at=NOW)
    reply = await running.signed(credentials, "GET", QUOTA)
    assert (reply.status, reply.code) == (403, "token_revoked")
    assert reply.header("WWW-Authenticate") is None


async def test_token_in_use_is_refused_from_its_revocation_on(running: Running) -> None:
    """The server remembers its secrets, but never that it may be used (16.6)."""
    credentials, token = await running.add_token(await running.add_account())
    assert (await running.signed(credentials, "GET", QUOTA)).status == 200
    await running.change_token(token, revoked_at=NOW)
    reply = await running.signed(credentials, "GET", QUOTA)
    assert (reply.status, reply.code) == (403, "token_revoked")


async def test_revoked_token_with_wrong_signature_is_401(running: Running) -> None:
    """The signature comes first (20)."""
    credentials, token = await running.add_token(await running.add_account())
    await running.change_token(token, revoked_at=NOW)
    pairs = changed(pairs_of(running.sign(credentials, "GET", QUOTA)), "oauth_signature", "AAAA")
    assert await ask(running, "OAuth " + ", ".join(pairs)) == (401, "oauth_invalid")


async def test_revoked_status_401_serves_old_clients(data: Path) -> None:
    """Option `revoked_status = 401`; 401 always has the challenge (12, 18)."""
    async with running_cloud(data, revoked_status=401) as running:
        credentials, token = await running.add_token(await running.add_account())
        await running.change_token(token, revoked_at=NOW)
        reply = await running.signed(credentials, "GET", QUOTA)
        assert (reply.status, reply.code) == (401, "token_revoked")
        assert reply.header("WWW-Authenticate") == 'OAuth realm="Ubuntu One"'


async def test_disabled_account_is_403_on_every_signed_request(
    running: Running,
) -> None:
    """Known URL or not (13.5)."""
    account = await running.add_account()
    credentials, _ = await running.add_token(account)
    await running.change_account(account, state=AccountState.SUSPENDED.value)
    for target in (QUOTA, "/api/account/", "/content/~/x", "/api/tokens/"):
        reply = await running.signed(credentials, "GET", target)
        assert (reply.status, reply.code) == (403, "account_disabled")


async def test_refused_genuine_token_may_repeat_after_enabling(running: Running) -> None:
    """A 403 leaves no nonce behind (13.4)."""
    account = await running.add_account()
    credentials, _ = await running.add_token(account)
    header = running.sign(credentials, "GET", QUOTA)
    await running.change_account(account, state=AccountState.SUSPENDED.value)
    assert await ask(running, header) == (403, "account_disabled")
    await running.change_account(account, state=AccountState.ACTIVE.value)
    assert await ask(running, header) == (200, "")


async def test_require_ping_refuses_until_the_ping(data: Path) -> None:
    """Option `require_ping`: 403 `token_not_accepted` before 14.3."""
    async with running_cloud(data, require_ping=True) as running:
        credentials, _ = await running.add_token(await running.add_account())
        before = await running.signed(credentials, "GET", QUOTA)
        ping = await running.signed(credentials, "GET", "/oauth/sso-finished-so-get-tokens/")
        after = await running.signed(credentials, "GET", QUOTA)
        assert (before.status, before.code) == (403, "token_not_accepted")
        assert (ping.status, after.status) == (200, 200)


@pytest.mark.parametrize(
    "target", ["/api/nothing", "/api", "/api/", "/content/~/x", "/content", "/api/1.0/nothing"]
)
async def test_unknown_url_asks_for_credentials_first(
    running: Running, ana: Credentials, target: str
) -> None:
    """Everything below /api/ and /content/, known or not (2.1)."""
    assert (await running.request("GET", target)).status == 401
    assert (await running.signed(ana, "GET", target)).status == 404


async def test_wrong_method_asks_for_credentials_first(running: Running, ana: Credentials) -> None:
    """Credentials before route and method (2.1)."""
    assert (await running.request("PUT", QUOTA, body=b"{}")).status == 401
    reply = await running.signed(ana, "PUT", QUOTA, body=b"{}")
    assert (reply.status, reply.code) == (405, "method_not_allowed")
    assert reply.header("Allow") == "GET, HEAD"


@pytest.mark.parametrize("target", ["/api/%zz", "/api/quota/%", "/api/quota/?a=%2", "/%"])
async def test_malformed_escape_is_bad_request_before_credentials(
    running: Running, target: str
) -> None:
    """It is request syntax (20)."""
    reply = await running.request("GET", target)
    assert (reply.status, reply.code) == (400, "bad_request")


async def test_body_parameters_are_never_looked_at(running: Running, ana: Credentials) -> None:
    """Not even those of a form (13.1)."""
    header = running.sign(ana, "GET", QUOTA)
    fields = {"Authorization": header, "Content-Type": "application/x-www-form-urlencoded"}
    reply = await running.request("GET", QUOTA, fields, b"a=1&oauth_nonce=2")
    assert reply.status == 200


@databases.both
async def test_last_use_of_a_token_is_noted(running: Running) -> None:
    """It may lag an hour (16.6)."""
    credentials, token = await running.add_token(await running.add_account())
    await running.signed(credentials, "GET", QUOTA)
    first = await _last_used(running, token.id)
    running.clock.moment += 3000
    await running.signed(credentials, "GET", QUOTA)
    assert (first, await _last_used(running, token.id)) == (NOW, NOW)
    running.clock.moment += 1000
    await running.signed(credentials, "GET", QUOTA)
    assert await _last_used(running, token.id) == NOW + 4000


async def _last_used(running: Running, token_id: str) -> float | None:
    token = await running.cloud.workers.read(tokens.by_id, token_id)
    assert token is not None
    return token.last_used_at

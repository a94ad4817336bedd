"""Section 20 of the REST contract, row by row; the first test holds the table to it."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from tests.server.files.client import API, Files, encoded, hash_of, tag_of
from tests.server.raw import connect
from tests.server.rig import PASSWORD, Running
from tests.server.uploads.client import UPLOADS, Tus
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end

CONTRACT = Path(__file__).parents[2] / "docs" / "rest-api.md"
_ROW = re.compile(r"^\| ([0-9., ]+) \| (.+) \|$", re.MULTILINE)

# The sections of each row, in the order of the contract, and the test that is below.
ROWS = {
    "test_malformed_escape_comes_before_the_credentials": "2.1, 3",
    "test_json_that_is_no_object_is_bad_json_and_the_last_key_wins": "2.1",
    "test_204_and_304_have_no_body": "2.2",
    "test_4096_bytes_are_those_inside_the_volume": "3",
    "test_impossible_volume_path_is_404": "5",
    "test_types_are_checked_of_keys_that_are_used": "6",
    "test_last_no_bytes_are_416_and_weak_tags_never_match": "7",
    "test_delta_needs_a_number_and_tells_the_dead_below": "9",
    "test_parent_key_places_nodes": "9, 16.5",
    "test_public_id_has_exactly_22_characters": "10",
    "test_needed_bytes_is_the_difference": "12",
    "test_oauth_version_and_timestamp_are_checked": "13.1",
    "test_revoked_token_with_a_wrong_signature_is_invalid": "13, 12",
    "test_unsigned_route_answers_405_and_a_429_refuses_all": "14",
    "test_uploads_end_as_told": "16.3",
    "test_malformed_operation_refuses_the_batch": "16.4",
    "test_token_is_revoked_once": "16.6",
}


@pytest.fixture
async def files(running: Running, ana: Credentials) -> Files:
    made = Files(running, ana)
    assert (await made.volume("PUT", "~/Docs")).status == 201
    return made


def test_every_row_of_the_contract_has_its_test() -> None:
    """Whoever adds a row adds a test."""
    text = CONTRACT.read_text("utf-8").partition("## 20. Clarifications")[2].partition("\n## ")[0]
    assert [row[1] for row in _ROW.finditer(text)] == list(ROWS.values())
    assert all(callable(globals()[name]) for name in ROWS)


async def test_malformed_escape_comes_before_the_credentials(running: Running) -> None:
    """2.1, 3: it is request syntax."""
    for target in ("/api/quota/%", f"{API}/~/a%z1", "/content/~/%2", "/api/quota/?a=%g0"):
        reply = await running.request("GET", target)
        assert (reply.status, reply.code) == (400, "bad_request"), target


async def test_json_that_is_no_object_is_bad_json_and_the_last_key_wins(files: Files) -> None:
    """2.1: a byte order mark is no JSON either."""
    target = f"{API}/~/Docs/new"
    mark = b"\xef\xbb\xbf"
    for body in (b"null", b"[]", b"1", b'""', mark + b"{}", mark, b"{", b"\xff{}", b"NaN"):
        reply = await files.ask("PUT", target, body)
        assert (reply.status, reply.code) == (400, "bad_json"), body
    reply = await files.ask("PUT", target, b'{"kind": "file", "kind": "directory"}')
    assert (reply.status, reply.json["kind"]) == (201, "directory")


async def test_204_and_304_have_no_body(files: Files) -> None:
    """2.2 with 16.3 and 7."""
    await files.put("~/Docs/a", b"1")
    known = await files.content("GET", "~/Docs/a", If_None_Match=tag_of(b"1"))
    tus = await files.running.request("OPTIONS", UPLOADS, {"Tus-Resumable": "1.0.0"})
    assert (known.status, tus.status) == (304, 204)
    assert (known.body, tus.body) == (b"", b"")
    assert tus.header("Content-Type") is None
    assert known.header("ETag") == tag_of(b"1")


async def test_4096_bytes_are_those_inside_the_volume(files: Files) -> None:
    """3: the volume's own path is not counted."""
    fits = "/" + "/".join(["d" * 255] * 15 + ["e" * 255])
    assert len(fits) == 4096
    assert (await files.node("PUT", f"~/Docs{fits}", {"kind": "file"})).status == 201
    reply = await files.node("PUT", f"~/Docs{fits}/f", {"kind": "file"})
    assert (reply.status, reply.code) == (400, "path_too_long")


async def test_impossible_volume_path_is_404(files: Files) -> None:
    """5: for GET and DELETE; PUT is 400."""
    for path in ("~/..", "~/a/.", "~/%00", "~", "x"):
        for method in ("GET", "HEAD", "DELETE"):
            reply = await files.ask(method, f"{API}/volumes/{path}")
            assert reply.status == 404, (method, path)
        reply = await files.ask("PUT", f"{API}/volumes/{path}")
        assert (reply.status, reply.code) == (400, "bad_name"), path


async def test_types_are_checked_of_keys_that_are_used(files: Files) -> None:
    """6: `kind` always; what is ignored is not looked at."""
    await files.put("~/Docs/f", b"1")
    await files.make("~/Docs/d")
    for body in ({"kind": 5}, {"kind": ["file"]}, {"path": 7}, {"is_public": "yes"}, {"kind": {}}):
        reply = await files.node("PUT", "~/Docs/f", body)
        assert (reply.status, reply.code) == (400, "bad_value"), body
    new = {"kind": "file", "path": 7, "is_public": "yes"}
    assert (await files.node("PUT", "~/Docs/new", new)).status == 201
    lone = {"hash": 5}
    assert (await files.node("PUT", "~/Docs/f", lone)).status == 200


async def test_last_no_bytes_are_416_and_weak_tags_never_match(files: Files) -> None:
    """7: and a truncated body stores nothing."""
    await files.put("~/Docs/a", b"12345")
    reply = await files.content("GET", "~/Docs/a", Range="bytes=-0")
    assert (reply.status, reply.header("Content-Range")) == (416, "bytes */5")
    weak = "W/" + tag_of(b"12345")
    assert (await files.content("GET", "~/Docs/a", If_None_Match=weak)).status == 200
    assert (await files.content("PUT", "~/Docs/a", b"6", If_Match=weak)).status == 412
    target = f"/content/{encoded('~/Docs/a')}"
    fields = {"Authorization": files.running.sign(files.credentials, "PUT", target)}
    connection = await connect(files.running.api.host, files.running.api.port)
    head = files.running.wire("PUT", target, {**fields, "Content-Length": "100"})
    await connection.send(head + b"only this")
    await connection.close()
    assert (await files.content("GET", "~/Docs/a")).body == b"12345"


async def test_delta_needs_a_number_and_tells_the_dead_below(files: Files) -> None:
    """9: an empty value is none; what lay below a deleted directory is not live."""
    for query in ("?from_generation=", "?from_generation", "?from_generation=+1"):
        reply = await files.volume("GET", "~/Docs", query)
        assert (reply.status, reply.code) == (400, "bad_value"), query
    await files.put("~/Docs/d/f", b"1")
    await files.node("DELETE", "~/Docs/d")
    nodes = (await files.delta("~/Docs", 0))["delta"]["nodes"]
    assert {node["is_live"] for node in nodes} == {False}
    assert "/d" in {node["path"] for node in nodes}


async def test_parent_key_places_nodes(files: Files) -> None:
    """9, 16.5: in deltas and recursive listings, null below none, and nowhere else."""
    inner = await files.put("~/Docs/d/f", b"1")
    directory, root = await files.get("~/Docs/d"), await files.get("~/Docs")
    parents = {directory["key"]: root["key"], inner["key"]: directory["key"]}
    nodes = (await files.delta("~/Docs", 0))["delta"]["nodes"]
    assert {node["key"]: node["parent_key"] for node in nodes} == parents
    reply = await files.ask("GET", f"{API}/~/Docs?recursive=true")
    *lines, _end = [json.loads(line) for line in reply.body.splitlines()]
    found = {node["key"]: node["parent_key"] for node in lines}
    assert found == {root["key"]: None, **parents}
    assert all("parent_key" not in node for node in (inner, directory, root))


async def test_public_id_has_exactly_22_characters(files: Files) -> None:
    """10: any other is 404, as a page for browsers, else as JSON; a known tag is 304."""
    await files.put("~/Docs/f", b"1")
    public = await files.node("PUT", "~/Docs/f", {"is_public": True})
    path = "/" + public.json["public_url"].rpartition("/")[2]
    ask = files.running.request
    assert (await ask("GET", path)).body == b"1"
    assert (await ask("GET", path, {"If-None-Match": tag_of(b"1")})).status == 304
    for wrong in (path + "0", path[:-1], path[:-1] + "-", "/" + "z" * 22, path[:-2] + "%C3%A9"):
        page = await ask("GET", wrong, {"Accept": "text/html"})
        assert (page.status, (page.header("Content-Type") or "")[:9]) == (404, "text/html")
        plain = await ask("GET", wrong)
        assert (plain.status, plain.code) == (404, "not_found"), wrong


async def test_needed_bytes_is_the_difference(running: Running) -> None:
    """12: new size minus old size."""
    account = await running.add_account("small@example.com", quota_bytes=100)
    credentials, _ = await running.add_token(account)
    small = Files(running, credentials)
    await small.put("~/Ubuntu One/a", b"x" * 60)
    reply = await small.content("PUT", "~/Ubuntu One/a", b"x" * 110)
    assert (reply.status, reply.code) == (507, "quota_exceeded")
    assert (reply.json["free_bytes"], reply.json["needed_bytes"]) == (40, 50)


async def test_oauth_version_and_timestamp_are_checked(running: Running, ana: Credentials) -> None:
    """13.1: 400 `oauth_malformed`, before the signature is looked at."""
    header = running.sign(ana, "GET", "/api/quota/")
    now = str(int(running.clock.moment))
    for wrong in (
        header.replace('version="1.0"', 'version="2.0"'),
        header.replace('version="1.0"', 'version=""'),
        header.replace(f'timestamp="{now}"', 'timestamp="now"'),
        header.replace(f'timestamp="{now}"', f'timestamp="{now}.0"'),
    ):
        assert wrong != header
        reply = await running.request("GET", "/api/quota/", {"Authorization": wrong})
        assert (reply.status, reply.code) == (400, "oauth_malformed"), wrong


async def test_revoked_token_with_a_wrong_signature_is_invalid(running: Running) -> None:
    """13, 12: who cannot sign is not told that the token was revoked."""
    account = await running.add_account()
    credentials, token = await running.add_token(account)
    header = running.sign(credentials, "GET", "/api/quota/")
    await running.signed(credentials, "DELETE", f"/api/tokens/{token.id}")
    wrong = re.sub('signature="[^"]{6}', 'signature="AAAAAA', header)
    reply = await running.request("GET", "/api/quota/", {"Authorization": wrong})
    assert (reply.status, reply.code) == (401, "oauth_invalid")
    assert (await running.signed(credentials, "GET", "/api/quota/")).code == "token_revoked"


async def test_unsigned_route_answers_405_and_a_429_refuses_all(running: Running) -> None:
    """14: without credentials; after too many guesses the right password, too."""
    await running.add_account()
    v1 = "/api/1.0/authentications"
    for method, target in (("POST", v1), ("GET", "/api/v2/tokens/oauth"), ("PUT", "/api/time")):
        reply = await running.request(method, target, {}, b"{}")
        assert reply.status == 405
        assert reply.header("Allow")

    async def log_in(password: str) -> int:
        basic = base64.b64encode(f"ana@example.com:{password}".encode()).decode()
        target = f"{v1}?ws.op=authenticate&token_name=x"
        reply = await running.request("GET", target, {"Authorization": f"Basic {basic}"})
        return reply.status

    assert {await log_in(f"wrong {number}") for number in range(10)} == {401}
    assert await log_in(PASSWORD) == 429


async def test_uploads_end_as_told(files: Files) -> None:
    """16.3: committed 404, more than announced 413, a second PATCH at once 409."""
    tus = Tus(files)
    done = await tus.begin("~/Docs/a", 3)
    assert (await tus.patch(done, 0, b"123")).status == 204
    assert (await tus.head(done)).status == 404
    url = await tus.begin("~/Docs/b", 3)
    reply = await tus.patch(url, 0, b"1234")
    assert (reply.status, reply.code) == (413, "too_large")
    connection = await tus.begun_patch(url, 0, 3)
    await connection.send(b"1")
    second = await tus.patch(url, 0, b"")
    assert (second.status, second.code) == (409, "offset_mismatch")
    await connection.send(b"23")
    assert (await connection.reply()).status == 204
    await connection.close()


async def test_malformed_operation_refuses_the_batch(files: Files) -> None:
    """16.4: 400 `bad_value`, nothing is done; a missing id stays absent."""
    good = {"method": "PUT", "path": "/~/Docs/x", "body": {"kind": "file"}}
    for wrong in (
        5,
        {"method": "POST", "path": "/~/Docs/y"},
        {**good, "id": 1},
        {**good, "body": []},
    ):
        reply = await files.ask(
            "POST", f"{API}/batch", json.dumps({"operations": [good, wrong]}).encode()
        )
        assert (reply.status, reply.code) == (400, "bad_value"), wrong
    assert (await files.node("GET", "~/Docs/x")).status == 404
    both = [good, {**good, "id": "7"}]
    reply = await files.ask("POST", f"{API}/batch", json.dumps({"operations": both}).encode())
    assert ["id" in one for one in reply.json["results"]] == [False, True]


async def test_token_is_revoked_once(running: Running, ana: Credentials) -> None:
    """16.6: the second time it is 404."""
    account = await running.add_account("carl@example.com")
    carl, _ = await running.add_token(account)
    _, spare = await running.add_token(account, "spare")
    target = f"/api/tokens/{spare.id}"
    assert (await running.signed(carl, "DELETE", target)).status == 200
    again = await running.signed(carl, "DELETE", target)
    assert (again.status, again.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("a%2Fb", "/a/b"),
        ("a%252Fb", "/a%2Fb"),
        ("a+b;c", "/a+b;c"),
        ("%C3%A9", "/é"),
        ("e%CC%81", "/e\u0301"),
        ("a%3Fb%23c", "/a?b#c"),
        ("%7Ename", "/~name"),
        ("a%0Ab", "/a\nb"),
        ("a%5Cb", "/a\\b"),
        ("//a//%2F/b/", "/a/b"),
        ("(1),!*'", "/(1),!*'"),
        ("%41", "/A"),
    ],
)
async def test_undecoded_target_is_what_counts(files: Files, raw: str, path: str) -> None:
    """3, 13.2: decoded once, after the signature was checked over what was sent."""
    await files.ask("PUT", f"{API}/~/Docs/a", b'{"kind": "directory"}')
    for target in (f"{API}/content/~/Docs/{raw}", f"/content/~/Docs/{raw}"):
        reply = await files.ask("PUT", target, b"1")
        assert (reply.status in (200, 201), reply.json["path"]) == (True, path)
        assert reply.json["hash"] == hash_of(b"1")
    assert (await files.ask("GET", f"{API}/~/Docs/{raw}")).json["path"] == path

"""`POST API/batch/upload` and `/download`, clause by clause (REST contract, 16.8 and 20)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update

from tests.server import databases
from tests.server.api.packed import (
    DOWNLOAD,
    UPLOAD,
    ask_download,
    download,
    packed,
    put,
    upload,
)
from tests.server.changes.listener import listening
from tests.server.files.client import Files, tag_of
from tests.server.raw import connect
from tests.server.rig import Running, running_cloud
from u1tray.server.api.batch.limits import MAX_BYTES, MAX_CONTENT_BYTES, MAX_OPERATIONS
from u1tray.server.files.tree import MAX_GENERATION
from u1tray.server.messages.request import MAX_JSON_BYTES
from u1tray.server.storage.blobs.folder import FolderBlobs
from u1tray.server.storage.contents import MAX_INLINE_BYTES
from u1tray.server.storage.metadata import accounts, garbage
from u1tray.server.storage.metadata.schema import volumes
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end
DIALECTS = databases.DIALECTS

ABSENT = {"If-None-Match": "*"}
MEDIUM = os.urandom(MAX_INLINE_BYTES + 1)


@pytest.fixture
async def files(running: Running, ana: Credentials) -> Files:
    """An account with a volume ~/Docs."""
    made = Files(running, ana)
    await made.volume("PUT", "~/Docs")
    return made


async def bytes_of(files: Files, path: str) -> bytes:
    reply = await files.content("GET", path)
    assert reply.status == 200, reply
    return reply.body


async def test_contents_are_put_as_by_single_requests(files: Files) -> None:
    """Status and body of a content PUT, in the order of the operations, with their ids."""
    await files.put("~/Docs/f", b"old")
    results = await upload(
        files,
        put("/~/Docs/f", b"new", id="changed"),
        put("/~/Docs/a/b/c", b"", id="made"),
        put("/~/Ubuntu One/é", MEDIUM, id="medium"),
        put("/~/Docs/a", b"x", id="directory"),
        put("/~/Docs/f/g", b"x", id="below a file"),
        put("/~bob/Docs/f", b"x", id="other"),
        put("/~/Nowhere/f", b"x", id="volume"),
        put("/~/Docs/..", b"x", id="name"),
        put("/~/Docs", b"x", id="root"),
        put("/~", b"x", id="home"),
        put("/~/Docs/" + "x/" * 2100 + "x", b"x", id="long"),
        put("/~/Docs/f", b"new", id="same"),
    )
    assert [(one["id"], one["status"], one["body"].get("code")) for one in results] == [
        ("changed", 200, None),
        ("made", 201, None),
        ("medium", 201, None),
        ("directory", 400, "is_directory"),
        ("below a file", 400, "not_a_directory"),
        ("other", 403, "not_owner"),
        ("volume", 404, "not_found"),
        ("name", 400, "bad_name"),
        ("root", 400, "is_directory"),
        ("home", 404, "not_found"),
        ("long", 400, "path_too_long"),
        ("same", 200, None),
    ]
    assert results[0]["body"] == results[-1]["body"] == await files.get("~/Docs/f")
    assert results[1]["body"] == await files.get("~/Docs/a/b/c")
    assert results[2]["body"] == await files.get("~/Ubuntu One/é")
    assert await bytes_of(files, "~/Docs/f") == b"new"
    assert await bytes_of(files, "~/Ubuntu One/é") == MEDIUM
    assert results[0]["etag"] == tag_of(b"new")
    assert results[3]["etag"] is None
    assert await files.used() == 3 + len(MEDIUM)


async def test_path_of_an_operation_is_plain_text(files: Files) -> None:
    """As in JSON: a percent sign and a question mark are characters (3)."""
    name = "100%41?dl=1+ä#"
    (made,) = await upload(files, put(f"/~/Docs/{name}", b"1"))
    assert made["body"]["path"] == f"/{name}"
    (lone,) = await upload(files, put("/~/Docs/\ud800", b"1"))
    assert (lone["status"], lone["body"]["code"]) == (400, "bad_name")


async def test_preconditions_of_uploads_are_those_of_a_put(files: Files) -> None:
    """7: 412 with the current tag; names in any case; those of the request do not count."""
    await files.put("~/Docs/f", b"old")
    body = packed(
        [
            put("/~/Docs/f", b"1", headers=ABSENT),
            put("/~/Docs/f", b"2", headers={"if-match": tag_of(b"old"), "X": "y"}),
            put("/~/Docs/f", b"3", headers={"If-Match": tag_of(b"old")}),
            put("/~/Docs/g", b"4", headers={"If-Match": "*"}),
            put("/~/Docs/g", b"5", headers=ABSENT),
            put("/~/Docs/g", b"6", headers={"If-None-Match": "*", "If-Match": None}),
            put("/~/Docs/m", MEDIUM, headers=ABSENT),
            put("/~/Docs/m", MEDIUM, headers=ABSENT),
        ]
    )
    reply = await files.ask("POST", UPLOAD, body, If_Match='"x"')
    results = reply.json["results"]
    statuses = [one["status"] for one in results]
    assert statuses == [412, 200, 412, 412, 201, 412, 201, 412]
    tags = [tag_of(data) for data in (b"old", b"2", b"2", b"5", b"5", MEDIUM, MEDIUM)]
    assert [one["etag"] for one in results] == [*tags[:3], None, *tags[3:]]


async def test_same_path_twice_is_put_twice(files: Files) -> None:
    """One after the other: the last content stays, the generation counts both."""
    results = await upload(files, put("/~/Docs/f", b"one"), put("/~/Docs/f", b"three"))
    assert [one["status"] for one in results] == [201, 200]
    assert [one["body"]["generation"] for one in results] == [1, 2]
    assert [one["body"]["size"] for one in results] == [3, 5]
    assert results[0]["body"]["key"] == results[1]["body"]["key"]
    assert (await files.generation("~/Docs"), await files.used()) == (2, 5)


async def test_first_failed_upload_stops_if_that_is_asked(files: Files) -> None:
    """All after it are 424 `skipped` and were not done; those before it were."""
    results = await upload(
        files,
        put("/~/Docs/a", b"1", id="1"),
        put("/~/Nowhere/b", b"2", id="2"),
        put("/~/Docs/c", b"3", id="3"),
        put("/~/Docs/m", MEDIUM),
        put("/~/Docs/..", b"4"),
        stop_on_error=True,
    )
    assert [one["status"] for one in results] == [201, 404, 424, 424, 424]
    assert [one["body"].get("code") for one in results[2:]] == ["skipped"] * 3
    assert ["id" in one for one in results] == [True, True, True, False, False]
    assert await files.names("~/Docs") == ["/a"]
    (medium, after) = await upload(
        files, put("/~/Nowhere/m", MEDIUM), put("/~/Docs/d", b"1"), stop_on_error=True
    )
    assert (medium["status"], after["status"]) == (404, 424)


async def test_quota_that_ends_in_the_middle_refuses_what_does_not_fit(files: Files) -> None:
    """11: each is asked by itself; what was refused left nothing, what still fits goes in."""
    account = (await files.ask("GET", "/api/account/")).json["id"]
    write, read = files.running.cloud.workers.write, files.running.cloud.workers.read
    await files.put("~/Docs/f", b"12345678")
    await write(accounts.change, account, quota_bytes=10)
    results = await upload(
        files,
        put("/~/Docs/g", b"abc", id="3 of 2"),
        put("/~/Docs/h", b"ab", id="2 of 2"),
        put("/~/Docs/i", b"c", id="1 of 0"),
        put("/~/Docs/f", b"1234", id="gives 4 back"),
        put("/~/Docs/dir/g", b"abcd", id="4 of 4"),
        put("/~/Docs/none", b"", id="0 of 0"),
        put("/~/Docs/m", MEDIUM, id="too much"),
    )
    assert [one["status"] for one in results] == [507, 201, 507, 200, 201, 201, 507]
    assert results[0]["body"]["code"] == "quota_exceeded"
    needs = [(results[n]["body"]["free_bytes"], results[n]["body"]["needed_bytes"]) for n in (0, 2)]
    assert needs == [(2, 3), (0, 1)]
    assert await files.names("~/Docs") == ["/dir", "/f", "/h", "/none"]
    assert await files.used() == 10
    unused = await read(garbage.unused, 0, 10**6)
    assert {found.size for found in unused} == {8}  # what /f was


async def test_status_of_a_full_quota_is_the_option(data: Path) -> None:
    """12: `out_of_space_status`, as for a single request; counted like one."""
    async with running_cloud(data, out_of_space_status=402) as running:
        account = await running.add_account(quota_bytes=1)
        files = Files(running, (await running.add_token(account))[0])
        (result,) = await upload(files, put("/~/Ubuntu One/f", b"12"))
        assert (result["status"], result["body"]["code"]) == (402, "quota_exceeded")
        metrics = (await running.ask_admin("GET", "/metrics")).body
        assert b"u1_quota_refusals_total 1.0" in metrics


async def test_upload_limit_of_the_server_holds_for_each(data: Path) -> None:
    """7, 12: 413 `too_large` for the one, as for a single request."""
    async with running_cloud(data, max_upload_bytes=3) as running:
        files = Files(running, (await running.add_token(await running.add_account()))[0])
        results = await upload(
            files, put("/~/Ubuntu One/f", b"1234"), put("/~/Ubuntu One/g", b"123")
        )
        assert [one["status"] for one in results] == [413, 201]
        assert results[0]["body"]["code"] == "too_large"


async def test_generations_of_an_upload_are_told(files: Files) -> None:
    """9, 16.2: the delta has every file; the stream tells of the last generation."""
    async with listening(files.running, files.credentials) as listener:
        await upload(files, *(put(f"/~/Docs/{n}", b"x") for n in range(5)))
        assert await listener.event() == ("generation", {"path": "~/Docs", "generation": 5})
    changed = await files.changed("~/Docs", 0)
    assert changed == [(f"/{n}", True) for n in range(5)]


async def test_more_than_one_transaction_is_one_order(files: Files) -> None:
    """A thousand operations, in parts: results in their order, one generation each."""
    items = [put(f"/~/Docs/{n % 7}/{n}", b"%d" % n, id=str(n)) for n in range(MAX_OPERATIONS)]
    results = await upload(files, *items)
    assert [one["id"] for one in results] == [str(n) for n in range(MAX_OPERATIONS)]
    assert {one["status"] for one in results} == {201}
    assert await files.generation("~/Docs") == MAX_OPERATIONS + 7
    reply = await files.ask("POST", UPLOAD, packed([*items, put("/~/Docs/x", b"")]))
    assert (reply.status, reply.code) == (413, "too_large")
    found = await download(files, *({"path": path} for path, _, _ in items))
    assert [one["data"] for one in found] == [data for _, data, _ in items]
    reply = await ask_download(files, *[{"path": "/~/Docs/x"}] * (MAX_OPERATIONS + 1))
    assert (reply.status, reply.code) == (413, "too_large")


ONE = b'{"operations":[{"path":"/~/Docs/a","size":1}]}'
MALFORMED: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 400, "bad_json"),
    "no line feed": (ONE, 400, "bad_json"),
    "no UTF-8": (b'{"operations":[],"x":"\xff"}\n', 400, "bad_json"),
    "byte order mark": (b"\xef\xbb\xbf" + ONE + b"\nx", 400, "bad_json"),
    "no JSON": (b"x\nx", 400, "bad_json"),
    "array": (b"[]\n", 400, "bad_json"),
    "null": (b"null\n", 400, "bad_json"),
    "line feed inside": (ONE[:15] + b"\n" + ONE[15:] + b"\nx", 400, "bad_json"),
    "NaN": (ONE.replace(b":1}", b":NaN}") + b"\nx", 400, "bad_json"),
    "number without end": (
        ONE.replace(b":1}", b":" + b"9" * 5000 + b"}") + b"\nx",
        400,
        "bad_json",
    ),
    "deep": (b"[" * 100_000 + b"\n", 400, "bad_json"),
    "blank": (b"\nx", 400, "bad_value"),
    "no operations": (b"{}\n", 400, "bad_value"),
    "no list": (b'{"operations":{}}\n', 400, "bad_value"),
    "no object": (b'{"operations":[1]}\n', 400, "bad_value"),
    "no size": (b'{"operations":[{"path":"/~/Docs/a"}]}\n', 400, "bad_value"),
    "null as size": (ONE.replace(b":1}", b":null}") + b"\n", 400, "bad_value"),
    "true as size": (ONE.replace(b":1}", b":true}") + b"\nx", 400, "bad_value"),
    "text as size": (ONE.replace(b":1}", b':"1"}') + b"\nx", 400, "bad_value"),
    "fraction": (ONE.replace(b":1}", b":1.0}") + b"\nx", 400, "bad_value"),
    "infinite": (ONE.replace(b":1}", b":1e999}") + b"\nx", 400, "bad_value"),
    "negative": (ONE.replace(b":1}", b":-1}") + b"\n", 400, "bad_value"),
    "negative in the sum": (
        b'{"operations":[{"path":"/~/Docs/a","size":2},{"path":"/~/Docs/b","size":-1}]}\nx',
        400,
        "bad_value",
    ),
    "huge": (ONE.replace(b":1}", b":" + b"9" * 100 + b"}") + b"\nx", 413, "too_large"),
    "content too large": (
        ONE.replace(b":1}", b":%d}" % (MAX_CONTENT_BYTES + 1)) + b"\n" + bytes(65537),
        413,
        "too_large",
    ),
    "too few bytes": (ONE + b"\n", 400, "bad_value"),
    "too many bytes": (ONE + b"\nxy", 400, "bad_value"),
    "no path": (b'{"operations":[{"size":0}]}\n', 400, "bad_value"),
    "path without slash": (ONE.replace(b"/~/", b"~/") + b"\nx", 400, "bad_value"),
    "path is a number": (b'{"operations":[{"path":1,"size":0}]}\n', 400, "bad_value"),
    "id is a number": (ONE.replace(b'"size"', b'"id":1,"size"') + b"\nx", 400, "bad_value"),
    "id is no Unicode": (
        ONE.replace(b'"size"', b'"id":"\\ud800","size"') + b"\nx",
        400,
        "bad_value",
    ),
    "headers are a list": (
        ONE.replace(b'"size"', b'"headers":[],"size"') + b"\nx",
        400,
        "bad_value",
    ),
    "header is a number": (
        ONE.replace(b'"size"', b'"headers":{"If-Match":1},"size"') + b"\nx",
        400,
        "bad_value",
    ),
    "stop is no boolean": (b'{"operations":[],"stop_on_error":1}\n', 400, "bad_value"),
    "second is malformed": (
        b'{"operations":[{"path":"/~/Docs/a","size":1},{"path":"x","size":0}]}\nx',
        400,
        "bad_value",
    ),
}


@pytest.mark.parametrize("name", sorted(MALFORMED))
async def test_malformed_upload_is_refused_as_a_whole(files: Files, name: str) -> None:
    """400 or 413, and nothing is done (2.1, 16.8, 20)."""
    body, status, code = MALFORMED[name]
    reply = await files.ask("POST", UPLOAD, body)
    assert (reply.status, reply.code) == (status, code)
    assert await files.generation("~/Docs") == 0


async def test_limits_of_an_upload_are_exact(files: Files) -> None:
    """16.1: as much as announced is taken, one byte more is 413; so for the line."""
    whole = bytes(MAX_CONTENT_BYTES)
    items = [put(f"/~/Docs/{n}", whole) for n in range(MAX_BYTES // MAX_CONTENT_BYTES)]
    assert {one["status"] for one in await upload(files, *items)} == {201}
    reply = await files.ask("POST", UPLOAD, packed([*items, put("/~/Docs/x", b"x")]))
    assert (reply.status, reply.code) == (413, "too_large")
    found = await download(files, *({"path": path} for path, _, _ in items))
    assert {one["data"] for one in found} == {whole}
    blanks = MAX_JSON_BYTES - len(packed([])) + 1
    assert (await files.ask("POST", UPLOAD, b" " * blanks + packed([]))).json == {"results": []}
    reply = await files.ask("POST", UPLOAD, b" " * (blanks + 1) + packed([]))
    assert (reply.status, reply.code) == (413, "too_large")


async def test_broken_body_changes_nothing(files: Files) -> None:
    """Where the client leaves in the middle, nobody is answered and nothing is done."""
    body = packed([put("/~/Docs/a", b"1"), put("/~/Docs/b", b"22")])
    header = files.running.sign(files.credentials, "POST", UPLOAD)
    head = (
        f"POST {UPLOAD} HTTP/1.1\r\nHost: {files.running.api.authority}\r\n"
        f"Authorization: {header}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    connection = await connect(files.running.api.host, files.running.api.port)
    await connection.send(head.encode() + body[:-1])
    connection.writer.write_eof()
    assert await connection.reader.read() == b""
    await connection.close()
    assert await files.generation("~/Docs") == 0


async def test_empty_batches_have_no_results(files: Files) -> None:
    """Nor an error."""
    assert await upload(files) == []
    assert await download(files) == []


async def test_contents_come_in_one_answer(files: Files) -> None:
    """Each as a content GET answers, in the order of the operations; only 200 has bytes."""
    await files.put("~/Docs/f", b"hello")
    await files.put("~/Docs/empty", b"")
    await files.put("~/Docs/deep/medium", MEDIUM)
    await files.put("~/Docs/large", bytes(MAX_CONTENT_BYTES + 1))
    await files.make("~/Docs/new", "file")
    results = await download(
        files,
        {"id": "f", "path": "/~/Docs/f"},
        {"id": "none", "path": "/~/Docs/none"},
        {"id": "medium", "path": "/~/Docs/deep/medium"},
        {"id": "directory", "path": "/~/Docs/deep"},
        {"id": "root", "path": "/~/Docs"},
        {"id": "other", "path": "/~bob/f"},
        {"id": "name", "path": "/~/Docs/.."},
        {"id": "volume", "path": "/~/Nowhere/f"},
        {"id": "no content", "path": "/~/Docs/new"},
        {"id": "large", "path": "/~/Docs/large"},
        {"id": "below a file", "path": "/~/Docs/f/g"},
        {"id": "empty", "path": "/~/Docs/empty"},
        {"path": "/~/Docs/f", "id": None},
    )
    shown = [(x.get("id"), x["status"], x.get("body", {}).get("code")) for x in results]
    assert shown == [
        ("f", 200, None),
        ("none", 404, "not_found"),
        ("medium", 200, None),
        ("directory", 400, "is_directory"),
        ("root", 400, "is_directory"),
        ("other", 403, "not_owner"),
        ("name", 400, "bad_name"),
        ("volume", 404, "not_found"),
        ("no content", 404, "no_content"),
        ("large", 413, "too_large"),
        ("below a file", 404, "not_found"),
        ("empty", 200, None),
        (None, 200, None),
    ]
    assert set(results[0]) == {"id", "status", "size", "etag", "data"}
    assert set(results[1]) == {"id", "status", "body"}
    assert "id" not in results[-1]
    data = [one["data"] for one in results if one["status"] == 200]
    assert data == [b"hello", MEDIUM, b"", b"hello"]
    assert results[2]["etag"] == tag_of(MEDIUM)


async def test_preconditions_of_downloads_are_those_of_a_get(files: Files) -> None:
    """7: 304 without body and bytes, 412 with the tag that is."""
    await files.put("~/Docs/f", b"hello")
    tag, path = tag_of(b"hello"), "/~/Docs/f"
    results = await download(
        files,
        {"path": path, "headers": {"If-None-Match": tag}},
        {"path": path, "headers": {"if-none-match": '"x"', "Range": "bytes=1-"}},
        {"path": path, "headers": {"If-Match": '"x"'}},
        {"path": path, "headers": {"If-Match": tag, "If-None-Match": None}},
        {"path": "/~/Docs/no", "headers": {"If-None-Match": tag}},
    )
    assert [one["status"] for one in results] == [304, 200, 412, 200, 404]
    assert results[0] == {"status": 304, "etag": tag}
    assert results[2]["body"]["code"] == "precondition_failed"
    assert results[2]["etag"] == tag
    assert [one.get("data") for one in results] == [None, b"hello", None, b"hello", None]


async def test_download_ends_before_it_grows_too_large(files: Files) -> None:
    """413 `too_large` for what does not fit any more; what is smaller still comes."""
    whole = bytes(MAX_CONTENT_BYTES)
    await files.put("~/Docs/whole", whole)
    await files.put("~/Docs/half", whole[: MAX_CONTENT_BYTES // 2])
    count = MAX_BYTES // MAX_CONTENT_BYTES
    paths = ["/~/Docs/half", *["/~/Docs/whole"] * count, "/~/Docs/half", "/~/Docs/half"]
    results = await download(files, *({"path": path} for path in paths))
    statuses = [one["status"] for one in results]
    assert statuses == [200] * count + [413, 200, 413]
    assert sum(one.get("size", 0) for one in results) == MAX_BYTES


@pytest.mark.parametrize(
    "body",
    [{"operations": {}}, {}, {"operations": [None]}, {"operations": [{}]}],
    ids=["no list", "nothing", "null", "no path"],
)
async def test_malformed_download_is_refused_as_a_whole(files: Files, body: Any) -> None:
    """400 `bad_value` (20)."""
    reply = await files.ask("POST", DOWNLOAD, json.dumps(body).encode())
    assert (reply.status, reply.code) == (400, "bad_value")
    assert (await files.ask("POST", DOWNLOAD, b"[]")).code == "bad_json"


async def test_other_accounts_contents_stay_unseen_and_unchanged(files: Files) -> None:
    """Paths are those of the account that signed."""
    await files.put("~/Docs/secret", b"hello")
    account = await files.running.add_account("bob@example.com", "Bob")
    bob = Files(files.running, (await files.running.add_token(account))[0])
    (result,) = await upload(bob, put("/~/Docs/secret", b"x"))
    assert result["status"] == 404
    (result,) = await download(bob, {"path": "/~/Docs/secret"})
    assert result["status"] == 404
    assert await bytes_of(files, "~/Docs/secret") == b"hello"


@pytest.mark.parametrize("target", [UPLOAD, DOWNLOAD])
async def test_unsigned_batches_and_other_methods_are_refused(files: Files, target: str) -> None:
    """1, 2.1."""
    reply = await files.running.request("POST", target, body=packed([put("/~/Docs/a", b"")]))
    assert (reply.status, reply.code) == (401, "oauth_missing")
    for method in ("GET", "PUT", "HEAD"):
        reply = await files.ask(method, target)
        assert (reply.status, reply.header("allow")) == (405, "POST")


async def test_bytes_of_batches_are_counted(files: Files) -> None:
    """16.7: what was stored, and what was sent."""
    await upload(files, put("/~/Docs/a", b"123"), put("/~/Nowhere/a", b"45"))
    found = await download(files, {"path": "/~/Docs/a"}, {"path": "/~/Docs/a"})
    assert [one["data"] for one in found] == [b"123"] * 2
    metrics = (await files.running.ask_admin("GET", "/metrics")).body.decode()
    assert 'u1_content_bytes_total{direction="in"} 3.0' in metrics
    assert 'u1_content_bytes_total{direction="out"} 6.0' in metrics


async def test_uploads_at_once_do_not_hinder_each_other(files: Files) -> None:
    """The same contents in opposite orders, volumes too: all get in, none is counted twice."""
    running = files.running
    await files.volume("PUT", "~/Notes")
    account = await running.add_account("bob@example.com", "Bob")
    bob = Files(running, (await running.add_token(account))[0])
    await bob.volume("PUT", "~/Docs")
    await bob.volume("PUT", "~/Notes")
    contents = [b"%d" % n * 100 for n in range(60)]

    async def run(one: Files, name: str, step: int) -> None:
        places = ("Docs", "Notes")[::step]
        items = [
            put(f"/~/{places[n % 2]}/{name}/{n}", data) for n, data in enumerate(contents[::step])
        ]
        results = await upload(one, *items)
        assert {result["status"] for result in results} == {201}

    async def put_alone(one: Files, name: str) -> None:
        for data in contents[:10]:
            await one.put(f"~/Notes/{name}", data)

    owners = (files, bob)
    await asyncio.gather(
        *(run(one, f"{number}", step) for number, step in enumerate((1, -1) * 3) for one in owners),
        *(put_alone(one, "alone") for one in owners),
    )
    used = 6 * sum(map(len, contents)) + len(contents[9])
    assert [await one.used() for one in owners] == [used, used]


async def test_operation_that_fails_inside_takes_no_other_with_it(
    files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    """500 for the one, as alone, with its number in the log; the others are done (12)."""

    def last_but_one(connection: Connection) -> None:
        every = volumes.c.path == "~/Docs"
        connection.execute(update(volumes).where(every).values(generation=MAX_GENERATION - 1))

    await files.running.cloud.workers.write(last_but_one)
    results = await upload(
        files,
        put("/~/Ubuntu One/a", b"1"),
        put("/~/Docs/last", b"2"),
        put("/~/Docs/beyond", b"3", id="beyond"),
        put("/~/Ubuntu One/b", b"4"),
    )
    assert [one["status"] for one in results] == [201, 201, 500, 201]
    failed = results[2]["body"]
    assert failed["code"] == "internal"
    assert [record for record in caplog.records if failed["oops_id"] in record.getMessage()]
    assert await files.used() == 3
    assert await files.names("~/Docs") == ["/last"]


async def test_content_that_cannot_be_read_fails_alone(files: Files) -> None:
    """500 for a blob that is lost, as for a single request; the others come (12)."""
    await files.put("~/Docs/f", b"hello")
    await files.put("~/Docs/medium", MEDIUM)
    files.running.cloud.contents.blobs.delete(hashlib.sha256(MEDIUM).digest())
    results = await download(files, *({"path": f"/~/Docs/{name}"} for name in ("medium", "f")))
    assert [one["status"] for one in results] == [500, 200]
    assert results[0]["body"]["code"] == "internal"
    assert results[1]["data"] == b"hello"
    assert (await files.content("GET", "~/Docs/medium")).status == 500


async def test_content_that_is_cut_off_on_the_disk_is_not_given_out(files: Files) -> None:
    """503 for it, as nobody could tell from 200 that something is missing; the others come."""
    await files.put("~/Docs/f", b"hello")
    await files.put("~/Docs/medium", MEDIUM)
    blobs = files.running.cloud.contents.blobs
    assert isinstance(blobs, FolderBlobs)
    os.truncate(blobs.path(hashlib.sha256(MEDIUM).digest()), len(MEDIUM) - 1)
    results = await download(files, *({"path": f"/~/Docs/{name}"} for name in ("medium", "f")))
    assert [(one["status"], one.get("data")) for one in results] == [(503, None), (200, b"hello")]

"""Contents up and down (REST contract, 7)."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.server.files.client import API, Files, encoded, hash_of, tag_of
from tests.server.raw import Connection, connect
from tests.server.rig import NOW, Running, running_cloud, until
from u1tray.server.storage.contents import MAX_INLINE_BYTES

pytestmark = pytest.mark.end2end

_OF_EVERY_ANSWER = ("server", "x-request-id")

SMALL = b"hello world"
LARGE = os.urandom(MAX_INLINE_BYTES + 3_000_000)
SIZES = (0, 1, MAX_INLINE_BYTES, MAX_INLINE_BYTES + 1, 1024 * 1024, 3 * 1024 * 1024 + 7)


def wire(files: Files, path: str, headers: dict[str, str]) -> bytes:
    """The head of a signed content PUT; the body follows."""
    target = f"/content/{encoded(path)}"
    authorization = files.running.sign(files.credentials, "PUT", target)
    return files.running.wire("PUT", target, {"Authorization": authorization, **headers})


async def opened(files: Files) -> Connection:
    return await connect(files.running.api.host, files.running.api.port)


def stored_files(files: Files) -> list[Path]:
    """Every file in the content folder."""
    folder = files.running.cloud.directory / "contents"
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", SIZES)
async def test_content_comes_back(files: Files, size: int) -> None:
    """In one step with the file: 201, hash, size, entity tag (7)."""
    data = os.urandom(size)
    reply = await files.content("PUT", "~/Docs/new/f", data)
    assert (reply.status, reply.json["hash"], reply.json["size"]) == (201, hash_of(data), size)
    assert reply.header("ETag") == tag_of(data)
    assert await files.get("~/Docs/new/f") == reply.json
    got = await files.content("GET", "~/Docs/new/f")
    assert (got.status, got.body) == (200, data)
    assert await files.used() == size


@pytest.mark.parametrize("sent", [SMALL, LARGE], ids=["inline", "blob"])
async def test_download_has_its_headers(files: Files, sent: bytes, running: Running) -> None:
    """Exactly those of 7."""
    await files.put("~/Docs/f", sent)
    running.clock.moment = NOW + 5
    for method in ("GET", "HEAD"):
        reply = await files.content(method, "~/Docs/f")
        assert reply.status == 200
        found = {name: value for name, value in reply.headers if name not in _OF_EVERY_ANSWER}
        assert found == {
            "content-type": "application/octet-stream",
            "content-length": str(len(sent)),
            "etag": tag_of(sent),
            "last-modified": "Sun, 01 Jan 2012 00:00:00 GMT",
            "accept-ranges": "bytes",
            "x-content-type-options": "nosniff",
            "cache-control": "private, no-cache",
            "date": "Sun, 01 Jan 2012 00:00:05 GMT",
        }
        assert reply.body == (sent if method == "GET" else b"")


async def test_both_content_urls_are_the_same(files: Files) -> None:
    """`{files}/content/` and `API/content/` (1)."""
    reply = await files.ask("PUT", f"{API}/content/~/Docs/f", SMALL)
    assert reply.status == 201
    assert (await files.content("GET", "~/Docs/f")).body == SMALL
    assert (await files.ask("GET", f"{API}/content/~/Docs/f")).body == SMALL


async def test_existing_file_is_filled(files: Files) -> None:
    """200; attributes stay (7)."""
    made = await files.make("~/Docs/f", "file")
    reply = await files.content("PUT", "~/Docs/f", SMALL)
    assert (reply.status, reply.json["key"]) == (200, made["key"])
    assert (reply.json["generation"], reply.json["generation_created"]) == (2, 1)


async def test_equal_content_changes_nothing(files: Files, running: Running) -> None:
    """200 and the same generation (7)."""
    first = await files.put("~/Docs/f", SMALL)
    running.clock.moment = NOW + 60
    reply = await files.content("PUT", "~/Docs/f", SMALL)
    assert (reply.status, reply.json) == (200, first)


async def test_old_content_is_read_until_the_new_one_is_whole(files: Files) -> None:
    """Replacement is atomic (7)."""
    await files.put("~/Docs/f", SMALL)
    connection = await opened(files)
    await connection.send(wire(files, "~/Docs/f", {"Content-Length": str(len(LARGE))}))
    await connection.send(LARGE[:-1])
    await until(lambda: len(stored_files(files)) == 1, "the upload to be on its way")
    assert (await files.content("GET", "~/Docs/f")).body == SMALL
    await connection.send(LARGE[-1:])
    assert (await connection.reply()).status == 200
    await connection.close()
    assert (await files.content("GET", "~/Docs/f")).body == LARGE


@pytest.mark.parametrize("sent", [SMALL, LARGE], ids=["inline", "blob"])
async def test_broken_upload_changes_nothing(files: Files, sent: bytes) -> None:
    """And leaves nothing behind (7)."""
    await files.put("~/Docs/f", b"old")
    before = await files.delta("~/Docs", 0)
    connection = await opened(files)
    await connection.send(wire(files, "~/Docs/f", {"Content-Length": str(len(sent))}))
    await connection.send(sent[:-1])
    if sent is LARGE:
        await until(lambda: stored_files(files), "the upload to be on its way")
    connection.writer.transport.abort()
    await until(lambda: not stored_files(files), "the rest to be removed")
    assert await files.delta("~/Docs", 0) == before
    assert (await files.content("GET", "~/Docs/f")).body == b"old"


async def test_last_upload_to_finish_wins(files: Files) -> None:
    """Whichever began first (7)."""
    first = await opened(files)
    await first.send(wire(files, "~/Docs/f", {"Content-Length": "5"}) + b"firs")
    await files.put("~/Docs/f", b"second")
    await first.send(b"t")
    assert (await first.reply()).status == 200
    await first.close()
    assert (await files.content("GET", "~/Docs/f")).body == b"first"


async def test_chunked_body_is_stored(files: Files) -> None:
    """Chunked bodies wherever there is a body (2.1)."""
    connection = await opened(files)
    await connection.send(wire(files, "~/Docs/f", {"Transfer-Encoding": "chunked"}))
    for start in range(0, len(LARGE), 700_001):
        piece = LARGE[start : start + 700_001]
        await connection.send(b"%x\r\n%b\r\n" % (len(piece), piece))
    await connection.send(b"0\r\n\r\n")
    reply = await connection.reply()
    await connection.close()
    assert (reply.status, reply.json["hash"]) == (201, hash_of(LARGE))
    assert (await files.content("GET", "~/Docs/f")).body == LARGE


async def test_body_without_length_is_refused(files: Files) -> None:
    """411 (7)."""
    reply = await files.content("PUT", "~/Docs/f")
    assert (reply.status, reply.code) == (411, "length_required")
    assert (await files.node("GET", "~/Docs/f")).status == 404


@pytest.mark.parametrize("content_type", ["text/html", "application/json", None])
async def test_content_type_does_not_matter(files: Files, content_type: str | None) -> None:
    """The body is opaque, JSON and forms too (7)."""
    headers = {} if content_type is None else {"Content_Type": content_type}
    reply = await files.content("PUT", "~/Docs/f", b'{"a": 1}', **headers)
    assert reply.status == 201
    got = await files.content("GET", "~/Docs/f")
    assert (got.body, got.header("Content-Type")) == (b'{"a": 1}', "application/octet-stream")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("~/Docs/d", 400, "is_directory"),
        ("~/Docs", 400, "is_directory"),
        ("~/Docs/f/x", 400, "not_a_directory"),
        ("~/Nowhere/x", 404, "not_found"),
        ("~/Docs/..", 400, "bad_name"),
    ],
)
async def test_impossible_target_is_refused(
    files: Files, path: str, status: int, code: str
) -> None:
    """Nothing is made (7)."""
    await files.make("~/Docs/d")
    await files.make("~/Docs/f", "file")
    reply = await files.content("PUT", path, SMALL)
    assert (reply.status, reply.code) == (status, code)


async def test_download_of_what_has_no_bytes_is_refused(files: Files) -> None:
    """No content yet: 404 `no_content`; a directory: 400 (7)."""
    await files.make("~/Docs/f", "file")
    reply = await files.content("GET", "~/Docs/f")
    assert (reply.status, reply.code) == (404, "no_content")
    reply = await files.content("GET", "~/Docs")
    assert (reply.status, reply.code) == (400, "is_directory")
    assert (await files.content("GET", "~/Docs/missing")).code == "not_found"


@pytest.mark.parametrize("sent", [SMALL, LARGE], ids=["inline", "blob"])
@pytest.mark.parametrize(
    ("header", "first", "last"), [("bytes=2-4", 2, 4), ("bytes=-3", -3, -1), ("7-", 7, -1)]
)
async def test_range_is_partial_content(
    files: Files, sent: bytes, header: str, first: int, last: int
) -> None:
    """206 with Content-Range; `123-` is read as `bytes=123-` (7)."""
    await files.put("~/Docs/f", sent)
    size = len(sent)
    first, last = first % size, last % size
    for method in ("GET", "HEAD"):
        reply = await files.content(method, "~/Docs/f", Range=header)
        assert reply.status == 206
        assert reply.header("Content-Range") == f"bytes {first}-{last}/{size}"
        assert reply.header("Content-Length") == str(last - first + 1)
        assert reply.body == (sent[first : last + 1] if method == "GET" else b"")


async def test_range_beyond_the_end_is_416(files: Files) -> None:
    """With the size, for who wants to know it (7)."""
    await files.put("~/Docs/f", SMALL)
    reply = await files.content("GET", "~/Docs/f", Range="bytes=11-")
    assert (reply.status, reply.code) == (416, "bad_range")
    assert reply.header("Content-Range") == "bytes */11"


@pytest.mark.parametrize("header", ["bytes=0-1,3-4", "lines=1-2", "bytes=x", "bytes=4-2"])
async def test_other_range_is_ignored(files: Files, header: str) -> None:
    """200 with everything (7)."""
    await files.put("~/Docs/f", SMALL)
    reply = await files.content("GET", "~/Docs/f", Range=header)
    assert (reply.status, reply.body) == (200, SMALL)


async def test_if_range_with_an_old_tag_sends_everything(files: Files) -> None:
    """So that nobody appends to another version (7)."""
    await files.put("~/Docs/f", SMALL)
    current = await files.content("GET", "~/Docs/f", Range="bytes=6-", If_Range=tag_of(SMALL))
    old = await files.content("GET", "~/Docs/f", Range="bytes=6-", If_Range=tag_of(b"old"))
    assert (current.status, current.body) == (206, b"world")
    assert (old.status, old.body) == (200, SMALL)


async def test_known_content_is_not_sent_again(files: Files) -> None:
    """304 for `If-None-Match` on GET, without a body (7)."""
    await files.put("~/Docs/f", SMALL)
    for value in (tag_of(SMALL), f'"x", {tag_of(SMALL)}', "*"):
        reply = await files.content("GET", "~/Docs/f", If_None_Match=value)
        assert (reply.status, reply.body) == (304, b"")
        assert reply.header("ETag") == tag_of(SMALL)
    other = await files.content("GET", "~/Docs/f", If_None_Match=tag_of(b"x"))
    assert (other.status, other.body) == (200, SMALL)


async def test_times_in_conditions_are_ignored(files: Files) -> None:
    """`If-Modified-Since` and `If-Unmodified-Since`, always (7)."""
    await files.put("~/Docs/f", SMALL)
    late, early = "Fri, 01 Jan 2038 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"
    assert (await files.content("GET", "~/Docs/f", If_Modified_Since=late)).status == 200
    put = await files.content("PUT", "~/Docs/f", b"new", If_Unmodified_Since=early)
    assert put.status == 200


@pytest.mark.parametrize(
    ("state", "headers", "status"),
    [
        ("missing", {"If_None_Match": "*"}, 201),
        ("missing", {"If_Match": "*"}, 412),
        ("missing", {"If_Match": tag_of(SMALL)}, 412),
        ("missing", {"If_None_Match": tag_of(SMALL)}, 201),
        ("empty", {"If_None_Match": "*"}, 200),
        ("empty", {"If_Match": "*"}, 412),
        ("full", {"If_None_Match": "*"}, 412),
        ("full", {"If_Match": "*"}, 200),
        ("full", {"If_Match": tag_of(SMALL)}, 200),
        ("full", {"If_Match": "W/" + tag_of(SMALL)}, 412),
        ("full", {"If_Match": tag_of(b"old")}, 412),
        ("full", {"If_None_Match": tag_of(SMALL)}, 412),
        ("full", {"If_None_Match": tag_of(b"old")}, 200),
    ],
)
async def test_upload_has_preconditions(
    files: Files, state: str, headers: dict[str, str], status: int
) -> None:
    """The table of 7; a failure shows the current entity tag."""
    if state == "empty":
        await files.make("~/Docs/f", "file")
    elif state == "full":
        await files.put("~/Docs/f", SMALL)
    reply = await files.content("PUT", "~/Docs/f", b"new", **headers)
    assert reply.status == status
    if status == 412:
        assert reply.code == "precondition_failed"
        assert reply.header("ETag") == (tag_of(SMALL) if state == "full" else None)


async def test_download_has_preconditions(files: Files) -> None:
    """`If-Match` on GET is 412 (7)."""
    await files.put("~/Docs/f", SMALL)
    assert (await files.content("GET", "~/Docs/f", If_Match=tag_of(SMALL))).status == 200
    assert (await files.content("GET", "~/Docs/f", If_Match="*")).status == 200
    assert (await files.content("GET", "~/Docs/f", If_Match=tag_of(b"x"))).status == 412


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("f", {"If_Match": tag_of(SMALL)}, 200),
        ("f", {"If_Match": "*"}, 200),
        ("f", {"If_Match": tag_of(b"x")}, 412),
        ("f", {"If_None_Match": "*"}, 412),
        ("f", {"If_None_Match": tag_of(b"x")}, 200),
        ("e", {"If_Match": "*"}, 200),
        ("e", {"If_Match": tag_of(b"")}, 412),
        ("d", {"If_Match": "*"}, 200),
        ("d", {"If_Match": tag_of(SMALL)}, 412),
        ("d", {"If_None_Match": "*"}, 412),
        ("missing", {"If_Match": "*"}, 404),
    ],
)
async def test_delete_has_preconditions(
    files: Files, path: str, headers: dict[str, str], status: int
) -> None:
    """The last two rows of the table of 7."""
    await files.put("~/Docs/f", SMALL)
    await files.make("~/Docs/e", "file")
    await files.make("~/Docs/d")
    assert (await files.node("DELETE", f"~/Docs/{path}", **headers)).status == status


async def test_other_requests_ignore_preconditions(files: Files) -> None:
    """A rename, a node GET (7)."""
    await files.put("~/Docs/f", SMALL)
    assert (await files.node("GET", "~/Docs/f", If_Match='"x"')).status == 200
    renamed = await files.node("PUT", "~/Docs/f", {"path": "/g"}, If_Match='"x"')
    assert renamed.status == 200


async def test_precondition_is_checked_again_at_the_commit(files: Files) -> None:
    """Atomically: of two uploads for one version one wins (7)."""
    await files.put("~/Docs/f", SMALL)
    slow = await opened(files)
    headers = {"Content-Length": "5", "If-Match": tag_of(SMALL)}
    await slow.send(wire(files, "~/Docs/f", headers) + b"slo")
    fast = await files.content("PUT", "~/Docs/f", b"fast", If_Match=tag_of(SMALL))
    await slow.send(b"w!")
    reply = await slow.reply()
    await slow.close()
    assert (fast.status, reply.status) == (200, 412)
    assert reply.header("ETag") == tag_of(b"fast")
    assert (await files.content("GET", "~/Docs/f")).body == b"fast"


async def test_of_many_uploads_of_a_new_file_one_makes_it(files: Files) -> None:
    """`If-None-Match: *` (7, 17)."""
    replies = await asyncio.gather(
        *(files.content("PUT", "~/Docs/f", b"%d" % n, If_None_Match="*") for n in range(8))
    )
    assert sorted(reply.status for reply in replies) == [201] + [412] * 7


async def test_continue_is_sent_after_all_checks(files: Files) -> None:
    """`100` only after authentication, preconditions and quota (2.1)."""
    await files.put("~/Docs/f", SMALL)
    expect = {"Content-Length": "3", "Expect": "100-continue"}
    interim = []
    for headers, status in (
        (expect, 200),
        ({**expect, "If-None-Match": "*"}, 412),
        ({**expect, "Content-Length": str(10**13)}, 507),
    ):
        connection = await opened(files)
        await connection.send(wire(files, "~/Docs/f", headers))
        if status == 200:
            line = await asyncio.wait_for(connection.reader.readuntil(b"\r\n\r\n"), 60)
            interim.append(line)
            await connection.send(b"new")
        reply = await asyncio.wait_for(connection.reply(), 60)
        assert (reply.status, connection.interim) == (status, [])
        await connection.close()
    assert interim == [b"HTTP/1.1 100 Continue\r\n\r\n"]


async def test_refused_upload_is_drained(files: Files) -> None:
    """So that the client gets to read the answer, and the connection goes on (2.1)."""
    await files.put("~/Docs/f", SMALL)
    connection = await opened(files)
    headers = {"Content-Length": "4000000", "If-None-Match": "*"}
    await connection.send(wire(files, "~/Docs/f", headers) + b"x" * 4_000_000)
    assert (await connection.reply()).status == 412
    await connection.send(wire(files, "~/Docs/g", {"Content-Length": "1"}) + b"x")
    assert (await connection.reply()).status == 201
    await connection.close()


@pytest.mark.parametrize("is_chunked", [True, False])
async def test_upload_above_the_limit_is_too_large(data: Path, is_chunked: bool) -> None:
    """`max_upload_bytes`: 413, known before or while reading (7, 12)."""
    async with running_cloud(data, max_upload_bytes=100) as running:
        ana, _ = await running.add_token(await running.add_account())
        files = Files(running, ana)
        assert (await files.content("PUT", "~/Ubuntu One/f", b"x" * 100)).status == 201
        connection = await opened(files)
        if is_chunked:
            await connection.send(wire(files, "~/Ubuntu One/g", {"Transfer-Encoding": "chunked"}))
            await connection.send(b"65\r\n" + b"x" * 101 + b"\r\n0\r\n\r\n")
        else:
            head = wire(files, "~/Ubuntu One/g", {"Content-Length": "101"})
            await connection.send(head + b"x" * 101)
        reply = await connection.reply()
        await connection.close()
        assert (reply.status, reply.code) == (413, "too_large")
        limits = (await running.request("GET", "/api/features/")).json["limits"]
        assert limits["max_upload_bytes"] == 100


async def test_equal_blobs_are_stored_once(files: Files, others: Files) -> None:
    """By SHA-256; each copy counts for its account (11)."""
    await files.put("~/Docs/a", LARGE)
    await files.put("~/Docs/b", LARGE)
    await others.put("~/Ubuntu One/c", LARGE)
    assert len(stored_files(files)) == 1
    assert await files.used() == 2 * len(LARGE)
    assert await others.used() == len(LARGE)


async def test_many_uploads_and_downloads_at_once(files: Files) -> None:
    """None gets another's bytes."""
    datas = [os.urandom(200_000 + number) for number in range(12)]
    await asyncio.gather(*(files.put(f"~/Docs/{n}", data) for n, data in enumerate(datas)))
    replies = await asyncio.gather(*(files.content("GET", f"~/Docs/{n}") for n in range(12)))
    assert [reply.body for reply in replies] == datas

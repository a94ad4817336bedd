"""Every clause of 16.3 (tus 1.0.0) over raw HTTP."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.server import databases
from tests.server.files.client import API, Files, encoded, hash_of, tag_of
from tests.server.rig import running_cloud, until
from tests.server.uploads.client import OCTETS, TUS, UPLOADS, Tus, metadata
from u1tray.server.clock import http_date
from u1tray.server.main import cli
from u1tray.server.storage.contents import Received
from u1tray.server.storage.metadata import accounts
from u1tray.server.storage.partials.folder import LeasedFile
from u1tray.server.uploads.values import LIFETIME_S, MAX_OPEN, REMEMBERED_S

pytestmark = pytest.mark.end2end

DATA = bytes(range(256)) * 512  # 128 KiB: a blob, not a row
FILE = "~/Docs/new folder/ñ a.bin"


async def upload(tus: Tus, target: str, data: bytes, **more: str) -> None:
    url = await tus.begin(target, len(data), **more)
    assert (await tus.patch(url, 0, data)).status == 204


async def test_options_tell_what_is_spoken_unsigned(tus: Tus) -> None:
    """204 without a body; no Tus-Max-Size without a limit."""
    reply = await tus.running.request("OPTIONS", UPLOADS)
    assert (reply.status, reply.body) == (204, b"")
    assert reply.header("Tus-Version") == "1.0.0"
    assert reply.header("Tus-Extension") == "creation,expiration,termination"
    assert reply.header("Tus-Max-Size") is None
    assert reply.header("Content-Type") is None
    assert reply.header("Content-Length") is None


async def test_limit_of_the_server_is_told_and_held(data: Path) -> None:
    """Tus-Max-Size; more is 413 at the creation (12)."""
    async with running_cloud(data, max_upload_bytes=10) as running:
        ana, _ = await running.add_token(await running.add_account())
        tus = Tus(Files(running, ana))
        assert (await running.request("OPTIONS", UPLOADS)).header("Tus-Max-Size") == "10"
        reply = await tus.create("~/Ubuntu One/a", 11)
        assert (reply.status, reply.code) == (413, "too_large")
        assert (await tus.create("~/Ubuntu One/a", 10)).status == 201


async def test_uploads_are_announced(tus: Tus) -> None:
    """16.1."""
    features = (await tus.running.request("GET", "/api/features/")).json["features"]
    assert features["uploads"] == {"url": UPLOADS, "protocol": "tus 1.0.0"}


async def test_upload_in_one_piece_makes_the_file(tus: Tus, files: Files) -> None:
    """201 with Location and Upload-Expires; 204 with Upload-Offset, ETag, Content-Location."""
    made = await tus.create(FILE, len(DATA))
    assert made.status == 201
    assert made.header("Upload-Expires") == http_date(tus.running.clock.now() + LIFETIME_S)
    url = made.header("Location") or ""
    assert url.startswith(UPLOADS)
    assert (await files.node("GET", FILE)).status == 404
    reply = await tus.patch(url, 0, DATA)
    assert (reply.status, reply.body) == (204, b"")
    assert reply.header("Upload-Offset") == str(len(DATA))
    assert reply.header("ETag") == tag_of(DATA)
    assert reply.header("Content-Location") == f"{API}/{encoded(FILE)}"
    assert (await files.content("GET", FILE)).body == DATA
    node = await files.get(FILE)
    assert (node["hash"], node["size"], node["kind"]) == (hash_of(DATA), len(DATA), "file")
    assert (await tus.head(url)).status == 404  # committed (20)
    assert await files.used() == len(DATA)


@pytest.mark.parametrize("size", [1, 2, 32 * 1024, 32 * 1024 + 1, 3_000_000])
async def test_pieces_of_any_size_make_the_content(tus: Tus, files: Files, size: int) -> None:
    """Small contents and blobs; the same file as by PUT, so that magic uploads find it (8)."""
    data = (DATA * 24)[:size]
    url = await tus.begin(FILE, size)
    middle = size // 3
    for offset, end in ((0, middle), (middle, middle), (middle, size)):
        assert await tus.offset(url) == offset
        assert (await tus.patch(url, offset, data[offset:end])).status == 204
    assert (await files.content("GET", FILE)).body == data
    await files.put("~/Docs/same", data)
    assert len(await stored_contents(tus)) == 1


async def stored_contents(tus: Tus) -> list[bytes]:
    def all_of_them(connection):
        return list(connection.exec_driver_sql("SELECT sha256 FROM contents").scalars())

    return await tus.running.cloud.workers.read(all_of_them)


async def test_empty_upload_is_committed_at_its_creation(tus: Tus, files: Files) -> None:
    """`Upload-Length: 0`: `size` 0 and a real hash (7)."""
    reply = await tus.create(FILE, 0)
    assert (reply.status, reply.header("ETag")) == (201, tag_of(b""))
    assert reply.header("Content-Location") == f"{API}/{encoded(FILE)}"
    node = await files.get(FILE)
    assert (node["size"], node["hash"]) == (0, hash_of(b""))
    assert (await tus.head(reply.header("Location") or "")).status == 404


async def test_equal_content_changes_nothing(tus: Tus, files: Files) -> None:
    """Same generation, as by PUT (7)."""
    await files.put("~/Docs/a", DATA)
    before = await files.generation("~/Docs")
    await upload(tus, "~/Docs/a", DATA)
    assert await files.generation("~/Docs") == before


async def test_head_tells_how_much_is_here(tus: Tus) -> None:
    """200 with Upload-Offset, Upload-Length, Cache-Control: no-store."""
    url = await tus.begin(FILE, len(DATA))
    await tus.patch(url, 0, DATA[:70_000])
    reply = await tus.head(url)
    assert reply.status == 200
    assert reply.header("Upload-Offset") == "70000"
    assert reply.header("Upload-Length") == str(len(DATA))
    assert reply.header("Cache-Control") == "no-store"
    assert reply.header("Tus-Resumable") == "1.0.0"
    assert reply.header("Content-Type") is not None


async def test_every_answer_names_the_version(tus: Tus) -> None:
    """Errors too (tus 1.0.0, Tus-Resumable)."""
    replies = [
        await tus.head(UPLOADS + "x"),
        await tus.patch(UPLOADS + "x", 0, b""),
        await tus.running.request("POST", UPLOADS),
        await tus.files.ask("GET", UPLOADS),
    ]
    assert [reply.status for reply in replies] == [404, 404, 401, 405]
    assert {reply.header("Tus-Resumable") for reply in replies} == {"1.0.0"}
    assert replies[3].header("Allow") == "OPTIONS, POST"


async def test_deleted_upload_is_gone(tus: Tus, files: Files) -> None:
    """DELETE discards: 204; its bytes leave the disk."""
    url = await tus.begin(FILE, len(DATA))
    await tus.patch(url, 0, DATA[:50_000])
    assert partial_files(tus) != []
    reply = await tus.delete(url)
    assert (reply.status, reply.body) == (204, b"")
    assert [(await tus.head(url)).status, (await tus.delete(url)).status] == [404, 404]
    assert (await tus.patch(url, 50_000, DATA[50_000:])).status == 404
    assert partial_files(tus) == []
    assert (await files.node("GET", FILE)).status == 404


def partial_files(tus: Tus) -> list[Path]:
    return list((tus.running.cloud.directory / "contents" / "partial").iterdir())


async def test_upload_expires_seven_days_after_its_last_byte(tus: Tus, files: Files) -> None:
    """410 `upload_expired`; what came is removed, and later all of it is forgotten."""
    clock = tus.running.clock
    url = await tus.begin(FILE, len(DATA))
    clock.moment += LIFETIME_S - 1
    reply = await tus.patch(url, 0, DATA[:50_000])
    assert reply.header("Upload-Expires") == http_date(clock.now() + LIFETIME_S)
    clock.moment += LIFETIME_S - 1
    assert await tus.running.cloud.uploads.clean_up() == 0
    assert await tus.offset(url) == 50_000
    clock.moment += 1
    for reply in (
        await tus.patch(url, 50_000, DATA[50_000:]),
        await tus.delete(url),
        await tus.create(FILE, 1),
    ):
        assert reply.status in (410, 201)
        assert reply.status == 201 or reply.code == "upload_expired"
    assert (await tus.head(url)).status == 410
    assert await tus.running.cloud.uploads.clean_up() == 1
    assert (partial_files(tus), (await tus.head(url)).status) == ([], 410)
    clock.moment += REMEMBERED_S
    await tus.running.cloud.uploads.clean_up()
    assert (await tus.head(url)).status == 404
    assert (await files.node("GET", FILE)).status == 404


async def test_bytes_without_an_upload_are_cleaned_up(tus: Tus) -> None:
    """What a crash left behind."""
    url = await tus.begin(FILE, len(DATA))
    await tus.patch(url, 0, DATA[:50_000])
    (partial,) = partial_files(tus)
    (partial.parent / "orphan").write_bytes(b"x")
    assert await tus.running.cloud.uploads.clean_up() == 1
    assert partial_files(tus) == [partial]


@databases.both
@pytest.mark.parametrize("name", ["%FF", "%00"])
async def test_upload_that_cannot_be_stored_is_unknown(tus: Tus, name: str) -> None:
    """404, not a question that the database cannot be asked."""
    for method in ("HEAD", "PATCH", "DELETE"):
        reply = await tus.files.ask(method, UPLOADS + name, b"", Upload_Offset="0", **TUS, **OCTETS)
        assert reply.status == 404


async def test_upload_of_another_account_is_not_theirs(tus: Tus, others: Files) -> None:
    """403 `not_owner`."""
    url = await tus.begin(FILE, len(DATA))
    thief = Tus(others)
    assert [
        (await thief.head(url)).status,
        (await thief.patch(url, 0, DATA)).code,
        (await thief.delete(url)).code,
    ] == [403, "not_owner", "not_owner"]
    assert await tus.offset(url) == 0


async def test_hundred_uploads_may_be_open(tus: Tus, others: Files) -> None:
    """More: 429 with Retry-After, for this account only; expired ones do not count."""
    urls = [await tus.begin(f"~/Docs/{n}", 5) for n in range(MAX_OPEN)]
    reply = await tus.create("~/Docs/more", 5)
    assert (reply.status, reply.code) == (429, "rate_limited")
    assert int(reply.header("Retry-After") or "") > 0
    assert (await Tus(others).create("~/Ubuntu One/a", 5)).status == 201
    await tus.delete(urls[0])
    assert (await tus.create("~/Docs/more", 5)).status == 201
    assert (await tus.create("~/Docs/more", 5)).status == 429
    tus.running.clock.moment += LIFETIME_S
    assert (await tus.create("~/Docs/more", 5)).status == 201


async def test_wrong_offset_is_a_conflict(tus: Tus) -> None:
    """409 `offset_mismatch`; nothing is changed."""
    url = await tus.begin(FILE, len(DATA))
    await tus.patch(url, 0, DATA[:50_000])
    for offset in (0, 49_999, 50_001, len(DATA)):
        reply = await tus.patch(url, offset, b"")
        assert (reply.status, reply.code) == (409, "offset_mismatch")
    assert await tus.offset(url) == 50_000


async def test_second_patch_meanwhile_is_a_conflict(tus: Tus, files: Files) -> None:
    """409 `offset_mismatch` for it; the first goes on (20)."""
    url = await tus.begin(FILE, len(DATA))
    first = await tus.open_patch(url, 0, len(DATA))
    await first.send(DATA[:1000])

    async def second() -> bool:
        reply = await tus.patch(url, 0, DATA)
        return (reply.status, reply.code) == (409, "offset_mismatch")

    async def is_held() -> None:
        while not await second():
            raise AssertionError("the second got through")

    await until(lambda: partial_files(tus), "the first has begun")
    await is_held()
    await first.send(DATA[1000:])
    assert (await first.reply()).status == 204
    await first.close()
    assert (await files.content("GET", FILE)).body == DATA


async def test_uploads_that_are_finished_hold_up_no_other(
    tus: Tus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last look at large files may take long; others go on meanwhile."""
    gate, finish, ending = threading.Event(), LeasedFile.finish, []

    def slowly(leased: LeasedFile, size: int) -> Received:
        ending.append(size)
        assert gate.wait(60)
        return finish(leased, size)

    monkeypatch.setattr(LeasedFile, "finish", slowly)
    other = await tus.begin("~/Docs/other", 10)
    urls = [await tus.begin(f"~/Docs/{number}", 1) for number in range(12)]
    last = [asyncio.create_task(tus.patch(url, 0, b"x")) for url in urls]
    try:
        await until(lambda: len(ending) >= 4, "the first ends")
        async with asyncio.timeout(30):
            for offset in range(5):
                assert (await tus.patch(other, offset, b"y")).status == 204
                assert await tus.offset(other) == offset + 1
        assert not any(task.done() for task in last)
    finally:
        gate.set()
    assert {reply.status for reply in await asyncio.gather(*last)} == {204}


async def test_patch_needs_its_content_type(tus: Tus) -> None:
    """415 `bad_type`."""
    url = await tus.begin(FILE, 3)
    reply = await tus.patch(url, 0, b"abc", Content_Type="application/octet-stream")
    assert (reply.status, reply.code) == (415, "bad_type")
    fields = {**TUS, "Upload_Offset": "0"}
    assert (await tus.files.ask("PATCH", url, b"abc", **fields)).status == 415


@pytest.mark.parametrize("offset", ["", "-1", "x", "1.0", "9" * 30, "0x0"])
async def test_malformed_offset_is_a_bad_value(tus: Tus, offset: str) -> None:
    """400 `bad_value`."""
    url = await tus.begin(FILE, 3)
    reply = await tus.patch(url, 0, b"abc", Upload_Offset=offset)
    assert (reply.status, reply.code) == (400, "bad_value")


async def test_patch_without_a_length_is_refused(tus: Tus) -> None:
    """411 `length_required` (2.1)."""
    url = await tus.begin(FILE, 3)
    reply = await tus.files.ask("PATCH", url, Upload_Offset="0", **TUS, **OCTETS)
    assert (reply.status, reply.code) == (411, "length_required")


@pytest.mark.parametrize("version", ["", "0.2.2", "1.0.1", "2.0.0"])
async def test_another_version_is_refused(tus: Tus, version: str) -> None:
    """412 `tus_version` with Tus-Version, on every method but OPTIONS."""
    url = await tus.begin(FILE, 3)
    fields = {"Tus_Resumable": version, "Upload_Length": "3"} if version else {}
    for method, target in (("POST", UPLOADS), ("HEAD", url), ("PATCH", url), ("DELETE", url)):
        body = b"" if method in ("POST", "PATCH") else None
        reply = await tus.files.ask(method, target, body, **fields)
        assert (reply.status, reply.header("Tus-Version")) == (412, "1.0.0")
        assert method == "HEAD" or reply.code == "tus_version"
    assert await tus.offset(url) == 0


async def test_more_bytes_than_announced_are_too_large(tus: Tus, files: Files) -> None:
    """413 `too_large` (20), before the body where its length is known; nothing is committed."""
    url = await tus.begin(FILE, 10)
    await tus.patch(url, 0, b"12345")
    reply = await tus.patch(url, 5, b"678901")
    assert (reply.status, reply.code) == (413, "too_large")
    chunked = await tus.open_patch(url, 5, None)
    await chunked.send(b"6\r\n678901\r\n0\r\n\r\n")
    reply = await chunked.reply()
    await chunked.close()
    assert (reply.status, reply.code) == (413, "too_large")
    assert await tus.offset(url) == 5
    assert (await files.node("GET", FILE)).status == 404
    assert (await tus.patch(url, 5, b"67890")).status == 204
    assert (await files.content("GET", FILE)).body == b"1234567890"


async def test_chunked_patch_is_received(tus: Tus, files: Files) -> None:
    """2.1: wherever there is a body."""
    url = await tus.begin(FILE, 10)
    chunked = await tus.open_patch(url, 0, None)
    await chunked.send(b"5\r\n12345\r\n5\r\n67890\r\n0\r\n\r\n")
    assert (await chunked.reply()).status == 204
    await chunked.close()
    assert (await files.content("GET", FILE)).body == b"1234567890"


async def test_body_is_asked_for_after_the_checks(tus: Tus) -> None:
    """`100` comes when authentication, offset and length were right, and not before (2.1)."""
    url = await tus.begin(FILE, 5)
    for offset, interim, status in ((1, [], 409), (0, [100], 204)):
        wire = tus.wire(url, offset, 5).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")
        connection = await tus.open_patch(url, 9, 0)
        assert (await connection.reply()).status == 409
        await connection.send(wire)
        if interim:
            head = await asyncio.wait_for(connection.reader.readuntil(b"\r\n\r\n"), 15)
            assert head.startswith(b"HTTP/1.1 100")
            await connection.send(b"12345")
        assert (await connection.reply()).status == status
        assert connection.interim == []
        await connection.close()


@pytest.mark.parametrize(
    ("length", "status", "code"),
    [
        (None, 411, "length_required"),
        ("", 400, "bad_value"),
        ("-1", 400, "bad_value"),
        ("1e3", 400, "bad_value"),
        ("9223372036854775808", 400, "bad_value"),
        ("5368709121", 507, "quota_exceeded"),
    ],
)
async def test_length_must_be_said_and_fit(
    tus: Tus, length: str | None, status: int, code: str
) -> None:
    """411, 400, or no room (7, 12)."""
    fields = {} if length is None else {"Upload_Length": length}
    fields["Upload_Metadata"] = metadata(target=f"/{FILE}")
    reply = await tus.files.ask("POST", UPLOADS, **TUS, **fields)
    assert (reply.status, reply.code) == (status, code)


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("", 400, "bad_value"),
        ("target", 400, "bad_value"),
        ("target !!!", 400, "bad_value"),
        ("target /w==", 400, "bad_value"),  # no UTF-8
        (metadata(target="~/Docs/a"), 400, "bad_value"),
        (metadata(target="/~/Docs/a", if_match="a\0"), 400, "bad_value"),
        (metadata(target="/~/Docs/a", if_none_match="\0"), 400, "bad_value"),
        (metadata(target="/~/Docs/a") + "," + metadata(target="/~/Docs/b"), 400, "bad_value"),
        (metadata(target="/~/Docs/a").replace(" ", "  , "), 400, "bad_value"),
        (metadata(target="/~/Docs/../a"), 400, "bad_name"),
        (metadata(target="/~/Docs/" + "x" * 256), 400, "bad_name"),
        (metadata(target="/~/Docs" + "/x" * 2100), 400, "path_too_long"),
        (metadata(target="/~/Docs"), 400, "is_directory"),
        (metadata(target="/~/Docs/file/a"), 400, "not_a_directory"),
        (metadata(target="/~/Nowhere/a"), 404, "not_found"),
        (metadata(target="/Docs/a"), 404, "not_found"),
        (metadata(target="/~"), 404, "not_found"),
        (metadata(target="/"), 404, "not_found"),
        (metadata(target="/~bob/Docs/a"), 403, "not_owner"),
        (metadata(target="/~/Docs/a", if_match='"sha1:0"'), 412, "precondition_failed"),
        (metadata(target="/~/Docs/file", if_none_match="*"), 412, "precondition_failed"),
        (metadata(target="/~/Docs/a", filename="a", filetype="x") + ",empty", 201, None),
        (metadata(target="//~//Docs//a/"), 201, None),
    ],
)
async def test_target_is_checked_as_for_a_content_put(
    tus: Tus, files: Files, text: str, status: int, code: str | None
) -> None:
    """Path, preconditions and quota, at the creation."""
    await files.put("~/Docs/file", b"x")
    fields = {**TUS, "Upload_Length": "5"}
    if text:
        fields["Upload_Metadata"] = text
    reply = await files.ask("POST", UPLOADS, **fields)
    assert reply.status == status
    assert code is None or reply.code == code


async def test_preconditions_are_checked_again_at_the_end(tus: Tus, files: Files) -> None:
    """412 with the current tag; the upload is gone."""
    await files.put("~/Docs/a", b"old")
    url = await tus.begin("~/Docs/a", len(DATA), if_match=tag_of(b"old"))
    await tus.patch(url, 0, DATA[:1000])
    await files.put("~/Docs/a", b"other")
    reply = await tus.patch(url, 1000, DATA[1000:])
    assert (reply.status, reply.code) == (412, "precondition_failed")
    assert reply.header("ETag") == tag_of(b"other")
    assert (await tus.head(url)).status == 404
    assert (await files.content("GET", "~/Docs/a")).body == b"other"
    assert partial_files(tus) == []


async def test_new_file_can_be_demanded(tus: Tus, files: Files) -> None:
    """`if_none_match` of `*`: checked at the creation and at the end."""
    url = await tus.begin("~/Docs/a", 5, if_none_match="*")
    await files.put("~/Docs/a", b"first")
    assert (await tus.patch(url, 0, b"12345")).status == 412
    assert (await tus.create("~/Docs/a", 5, if_none_match="*")).status == 412


async def test_tree_is_checked_again_at_the_end(tus: Tus, files: Files) -> None:
    """The volume may be gone, a directory may stand there; the upload is gone then."""
    await files.volume("PUT", "~/Short")
    first = await tus.begin("~/Short/a", 5)
    second = await tus.begin("~/Docs/b", 5)
    await files.volume("DELETE", "~/Short")
    await files.make("~/Docs/b")
    reply = await tus.patch(first, 0, b"12345")
    assert (reply.status, reply.code) == (404, "not_found")
    reply = await tus.patch(second, 0, b"12345")
    assert (reply.status, reply.code) == (400, "is_directory")
    assert [(await tus.head(url)).status for url in (first, second)] == [404, 404]


async def test_quota_is_checked_again_at_the_end(tus: Tus, files: Files) -> None:
    """507 with both numbers; open uploads do not count as used before."""
    user = (await files.ask("GET", API)).json["user_id"]
    await tus.running.cloud.workers.write(accounts.change, user, quota_bytes=100)
    first = await tus.begin("~/Docs/a", 60)
    second = await tus.begin("~/Docs/b", 60)
    await tus.patch(second, 0, b"x" * 59)
    assert await files.used() == 0
    assert (await tus.patch(first, 0, b"x" * 60)).status == 204
    assert await files.used() == 60
    reply = await tus.patch(second, 59, b"x")
    assert (reply.status, reply.code) == (507, "quota_exceeded")
    assert (reply.json["free_bytes"], reply.json["needed_bytes"]) == (40, 60)
    assert (await tus.head(second)).status == 404
    assert await files.used() == 60


async def test_method_may_stand_in_a_header(tus: Tus, files: Files) -> None:
    """X-HTTP-Method-Override; the signature covers the method on the wire."""
    url = await tus.begin(FILE, 5)
    fields = {**TUS, **OCTETS, "Upload_Offset": "0", "X_HTTP_Method_Override": "PATCH"}
    assert (await files.ask("POST", url, b"123", **fields)).status == 204
    head = await files.ask("GET", url, **TUS, X_HTTP_Method_Override="HEAD")
    assert (head.status, head.header("Upload-Offset")) == (200, "3")
    assert (await files.ask("PATCH", url, b"45", **TUS, X_HTTP_Method_Override="GET")).status == 405
    assert (await files.ask("POST", url, **TUS, X_HTTP_Method_Override="DELETE")).status == 204
    assert (await tus.head(url)).status == 404


async def test_override_opens_nothing(tus: Tus) -> None:
    """A POST that calls itself OPTIONS is one; an OPTIONS that calls itself POST needs a name."""
    request = tus.running.request
    reply = await request("OPTIONS", UPLOADS, {"X-HTTP-Method-Override": "POST"})
    assert (reply.status, reply.code) == (401, "oauth_missing")
    reply = await request("POST", UPLOADS, {"X-HTTP-Method-Override": "OPTIONS"}, b"")
    assert reply.status == 204
    reply = await request("PUT", f"{API}/~/Docs/x", {"X-HTTP-Method-Override": "OPTIONS"}, b"")
    assert reply.status == 401


async def test_bytes_are_counted(tus: Tus) -> None:
    """`u1_content_bytes_total{direction="in"}` (16.7), also of what is not finished."""
    url = await tus.begin(FILE, 100)
    await tus.patch(url, 0, b"x" * 70)
    metrics = (await tus.running.ask_admin("GET", "/metrics")).body.decode()
    assert 'u1_content_bytes_total{direction="in"} 70.0' in metrics
    assert f'route="{UPLOADS}{{id}}",status="204"' in metrics


async def test_collector_removes_what_expired(tus: Tus) -> None:
    """`u1server gc`, by the machine's clock, which is far ahead of this one."""
    runner = CliRunner()
    url = await tus.begin(FILE, 100)
    await tus.patch(url, 0, b"x" * 70)
    arguments = ["gc", "--json", "--data", str(tus.running.cloud.directory)]
    found = await asyncio.to_thread(runner.invoke, cli, [*arguments, "--dry-run"])
    assert (found.exit_code, json.loads(found.stdout)["expired"]) == (0, 1)
    assert await tus.offset(url) == 70
    done = await asyncio.to_thread(runner.invoke, cli, arguments)
    assert (done.exit_code, json.loads(done.stdout)["expired"]) == (0, 1)
    assert partial_files(tus) == []

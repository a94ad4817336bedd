"""Magic upload (REST contract, 8, 19)."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.server import databases
from tests.server.files.client import Files, hash_of, magic_of, tag_of
from tests.server.rig import running_cloud

pytestmark = pytest.mark.end2end
DIALECTS = databases.DIALECTS

DATA = b"hello world"
# The contract's own vectors, not computed here.
HASHES = {
    "hash": "sha1:2aae6c35c94fcfb415dbe95f408b9ce91ee846ed",
    "magic_hash": "magic_hash:3d4ca7c3556ddb0647e909f3caae93ea2dd8f087",
}
EMPTY = {
    "hash": "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "magic_hash": "magic_hash:0460e16f3d57d74f1e803eb8fd767a05e3e1cf8f",
}


@pytest.mark.parametrize(("sent", "hashes"), [(DATA, HASHES), (b"", EMPTY)])
async def test_stored_content_fills_a_new_file(
    files: Files, sent: bytes, hashes: dict[str, str]
) -> None:
    """201 with ETag, without a transfer; parents are made (6, 8)."""
    await files.put("~/Docs/a", sent)
    reply = await files.node("PUT", "~/Docs/x/copy", {"kind": "file", **hashes})
    assert (reply.status, reply.header("ETag")) == (201, tag_of(sent))
    assert (reply.json["hash"], reply.json["size"]) == (hash_of(sent), len(sent))
    assert (await files.content("GET", "~/Docs/x/copy")).body == sent
    assert await files.used() == 2 * len(sent)


async def test_large_content_is_found_too(files: Files) -> None:
    """The hashes of a blob are those of all its bytes."""
    data = bytes(range(256)) * 10_000
    await files.put("~/Docs/a", data)
    body = {"kind": "file", "hash": hash_of(data), "magic_hash": magic_of(data)}
    assert (await files.node("PUT", "~/Ubuntu One/b", body)).status == 201
    assert (await files.content("GET", "~/Ubuntu One/b")).body == data


async def test_stored_content_replaces_a_files(files: Files) -> None:
    """200; equal content changes nothing (7, 8)."""
    await files.put("~/Docs/a", DATA)
    made = await files.put("~/Docs/b", b"other")
    reply = await files.node("PUT", "~/Docs/b", HASHES)
    assert (reply.status, reply.json["hash"]) == (200, hash_of(DATA))
    assert reply.json["generation"] == made["generation"] + 1
    again = await files.node("PUT", "~/Docs/b", HASHES)
    assert (again.status, again.json) == (200, reply.json)


async def test_every_failure_is_answered_alike(files: Files, others: Files) -> None:
    """Unknown SHA-1, wrong magic hash, out of scope: one status, one body (8)."""
    await others.put("~/Ubuntu One/secret", DATA)
    await files.put("~/Docs/own", b"own")
    unknown = {"hash": hash_of(b"?"), "magic_hash": magic_of(b"?")}
    wrong = {"hash": hash_of(b"own"), "magic_hash": magic_of(b"?")}
    replies = []
    for hashes in (unknown, wrong, HASHES):
        reply = await files.node("PUT", "~/Docs/new", {"kind": "file", **hashes})
        headers = tuple(field for field in reply.headers if field[0] != "x-request-id")
        replies.append((reply.status, reply.code, reply.body, headers))
    assert len(set(replies)) == 1
    assert replies[0][:2] == (400, "magic_unknown")
    assert await files.names("~/Docs") == ["/own"]


async def test_failed_magic_upload_makes_no_parents(files: Files) -> None:
    """Nothing is created or changed (8)."""
    before = await files.generation("~/Docs")
    await files.node("PUT", "~/Docs/a/b/c", {"kind": "file", **HASHES})
    assert (await files.node("GET", "~/Docs/a")).status == 404
    assert await files.generation("~/Docs") == before


async def test_deleted_content_is_not_found(files: Files) -> None:
    """Only the account's own content."""
    await files.put("~/Docs/a", DATA)
    await files.node("DELETE", "~/Docs/a")
    reply = await files.node("PUT", "~/Docs/b", {"kind": "file", **HASHES})
    assert reply.code == "magic_unknown"


async def test_scope_of_the_server_finds_anybodys_content(data: Path) -> None:
    """`dedupe_scope = server`, the original behaviour (8)."""
    async with running_cloud(data, dedupe_scope="server") as running:
        people = []
        for email in ("ana@example.com", "bob@example.com"):
            credentials, _ = await running.add_token(await running.add_account(email))
            people.append(Files(running, credentials))
        ana, bob = people
        await ana.put("~/Ubuntu One/a", DATA)
        reply = await bob.node("PUT", "~/Ubuntu One/b", {"kind": "file", **HASHES})
        assert reply.status == 201
        wrong = {**HASHES, "magic_hash": magic_of(b"?")}
        reply = await bob.node("PUT", "~/Ubuntu One/c", {"kind": "file", **wrong})
        assert reply.code == "magic_unknown"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("new", {"If_None_Match": "*"}, 201),
        ("new", {"If_Match": "*"}, 412),
        ("b", {"If_Match": tag_of(b"other")}, 200),
        ("b", {"If_Match": tag_of(DATA)}, 412),
        ("b", {"If_None_Match": "*"}, 412),
    ],
)
async def test_magic_upload_has_preconditions(
    files: Files, path: str, headers: dict[str, str], status: int
) -> None:
    """As for a content PUT (7)."""
    await files.put("~/Docs/a", DATA)
    await files.put("~/Docs/b", b"other")
    reply = await files.node("PUT", f"~/Docs/{path}", {"kind": "file", **HASHES}, **headers)
    assert reply.status == status


async def test_directory_has_no_content(files: Files) -> None:
    """400 `is_directory` (6)."""
    await files.make("~/Docs/d")
    reply = await files.node("PUT", "~/Docs/d", HASHES)
    assert (reply.status, reply.code) == (400, "is_directory")


async def test_magic_hash_is_neither_answered_nor_logged(
    files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    """Input only (3, 8, 12)."""
    caplog.set_level(logging.DEBUG)
    await files.put("~/Docs/a", DATA)
    digest = HASHES["magic_hash"].removeprefix("magic_hash:")
    for path, body in (("b", {"kind": "file", **HASHES}), ("b", {"magic_hash": "x", "hash": "y"})):
        reply = await files.node("PUT", f"~/Docs/{path}", body)
        assert digest not in reply.body.decode()
    assert digest not in caplog.text

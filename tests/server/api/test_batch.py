"""`POST API/batch`, clause by clause (REST contract, 16.4 and 20)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.server.changes.listener import listening
from tests.server.files.client import Files, hash_of, magic_of, tag_of
from tests.server.raw import Reply
from tests.server.rig import Running
from u1tray.server.api.batch.limits import MAX_OPERATIONS
from u1tray.server.messages.request import MAX_JSON_BYTES
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end

BATCH = "/api/file_storage/v1/batch"


@pytest.fixture
async def files(running: Running, ana: Credentials) -> Files:
    """An account with a volume ~/Docs."""
    made = Files(running, ana)
    await made.volume("PUT", "~/Docs")
    return made


async def post(files: Files, body: Any) -> Reply:
    return await files.ask("POST", BATCH, json.dumps(body).encode())


async def run(files: Files, *operations: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """The results of a batch that is understood."""
    reply = await post(files, {"operations": list(operations), **more})
    assert reply.status == 200, reply
    assert reply.header("content-type") == "application/json"
    assert reply.header("cache-control") == "no-store"
    assert list(reply.json) == ["results"]
    return list(reply.json["results"])


def make(path: str, **more: Any) -> dict[str, Any]:
    return {"method": "PUT", "path": path, "body": {"kind": "directory"}, **more}


async def test_results_are_those_of_single_requests(files: Files) -> None:
    """Status and body alike, in the order of the operations, with their ids."""
    await files.put("~/Docs/f", b"hello")
    results = await run(
        files,
        {"id": "get", "method": "GET", "path": "/~/Docs/f"},
        make("/~/Docs/a", id="new"),
        make("/~/Docs/a", id="again"),
        {"id": "none", "method": "GET", "path": "/~/Docs/no"},
        {"id": "bad", "method": "PUT", "path": "/~/Docs/x", "body": {"kind": "link"}},
        {"id": "root", "method": "DELETE", "path": "/~/Docs"},
        {"id": "other", "method": "GET", "path": "/~bob/x"},
        {"id": "volume", "method": "GET", "path": "/~/Nowhere/x"},
        {"id": "home", "method": "GET", "path": "/~"},
        {"id": "name", "method": "PUT", "path": "/~/Docs/..", "body": {"kind": "file"}},
        {"id": "gone", "method": "DELETE", "path": "/~/Docs/a"},
    )
    shown = [(r["id"], r["status"], r["body"].get("code")) for r in results]
    assert shown == [
        ("get", 200, None),
        ("new", 201, None),
        ("again", 200, None),
        ("none", 404, "not_found"),
        ("bad", 400, "bad_kind"),
        ("root", 400, "volume_root"),
        ("other", 403, "not_owner"),
        ("volume", 404, "not_found"),
        ("home", 404, "not_found"),
        ("name", 400, "bad_name"),
        ("gone", 200, None),
    ]
    assert results[0]["body"] == await files.get("~/Docs/f")
    assert results[-1]["body"] == {}


async def test_path_is_plain_text(files: Files) -> None:
    """As in JSON: a percent sign, a question mark and a plus are characters (3)."""
    name = "100%41?include_children=true+ä#"
    results = await run(files, make(f"/~/Docs/{name}"), {"method": "GET", "path": "/~/Docs"})
    assert results[0]["body"]["path"] == f"/{name}"
    assert "children" not in results[1]["body"]
    lone = {"method": "PUT", "path": "/~/Docs/\ud800", "body": {"kind": "file"}}
    (result,) = await run(files, lone)
    assert (result["status"], result["body"]["code"]) == (400, "bad_name")


async def test_etag_is_that_of_the_content(files: Files) -> None:
    """Of a file with content, after GET, PUT and a failed precondition; else null."""
    await files.put("~/Docs/f", b"hello")
    results = await run(
        files,
        {"method": "GET", "path": "/~/Docs/f"},
        {"method": "PUT", "path": "/~/Docs/f", "body": {"path": "/g"}},
        {"method": "DELETE", "path": "/~/Docs/g", "headers": {"if-match": '"x"'}},
        {"method": "GET", "path": "/~/Docs"},
        {"method": "DELETE", "path": "/~/Docs/g", "headers": {"If-Match": tag_of(b"hello")}},
    )
    assert [result["status"] for result in results] == [200, 200, 412, 200, 200]
    tag = tag_of(b"hello")
    assert [result["etag"] for result in results] == [tag, tag, tag, None, None]


async def test_headers_of_an_operation_count(files: Files) -> None:
    """`If-Match`, `If-None-Match` and `Overwrite`, in any case; others do not."""
    await files.make("~/Docs/a")
    await files.make("~/Docs/b")
    await files.put("~/Docs/f", b"hello")
    magic = {"kind": "file", "hash": hash_of(b"hello"), "magic_hash": magic_of(b"hello")}
    results = await run(
        files,
        {
            "method": "PUT",
            "path": "/~/Docs/a",
            "body": {"path": "/b"},
            "headers": {"OVERWRITE": "F"},
        },
        {
            "method": "PUT",
            "path": "/~/Docs/f",
            "body": magic,
            "headers": {"if-none-match": "*", "Authorization": "x", "If-Match": None},
        },
        {"method": "PUT", "path": "/~/Docs/a", "body": {"path": "/b"}, "headers": {"X": "y"}},
    )
    assert [result["status"] for result in results] == [412, 412, 200]


async def test_headers_of_the_batch_do_not_reach_operations(files: Files) -> None:
    """A precondition belongs to one operation."""
    await files.make("~/Docs/a")
    body = {"operations": [{"method": "DELETE", "path": "/~/Docs/a"}]}
    reply = await files.ask("POST", BATCH, json.dumps(body).encode(), If_Match='"x"')
    assert reply.json["results"][0]["status"] == 200


async def test_batch_is_not_atomic(files: Files) -> None:
    """What succeeded before and after a failure stays; each is a transaction of its own."""
    async with listening(files.running, files.credentials) as listener:
        results = await run(
            files, make("/~/Docs/a"), {"method": "DELETE", "path": "/~/no"}, make("/~/Docs/b")
        )
        told = [(await listener.event())[1]["generation"] for _ in range(2)]
    assert [result["status"] for result in results] == [201, 404, 201]
    assert await files.names("~/Docs") == ["/a", "/b"]
    assert told == [1, 2]


async def test_operations_see_those_before_them(files: Files) -> None:
    """One after the other."""
    results = await run(
        files,
        make("/~/Docs/a/b"),
        {"method": "PUT", "path": "/~/Docs/a", "body": {"path": "/z"}},
        {"method": "GET", "path": "/~/Docs/z/b"},
        {"method": "DELETE", "path": "/~/Docs/z"},
        {"method": "GET", "path": "/~/Docs/z/b"},
    )
    assert [result["status"] for result in results] == [201, 200, 200, 200, 404]


async def test_first_failure_stops_if_that_is_asked(files: Files) -> None:
    """All after it are 424 `skipped` and were not done."""
    results = await run(
        files,
        make("/~/Docs/a", id="1"),
        {"id": "2", "method": "GET", "path": "/~/Docs/no"},
        make("/~/Docs/b", id="3"),
        {"method": "DELETE", "path": "/~/Docs/a"},
        stop_on_error=True,
    )
    assert [result["status"] for result in results] == [201, 404, 424, 424]
    assert [result["body"].get("code") for result in results[2:]] == ["skipped", "skipped"]
    assert [result["etag"] for result in results] == [None] * 4
    assert ["id" in result for result in results] == [True, True, True, False]
    assert await files.names("~/Docs") == ["/a"]


async def test_missing_id_stays_absent(files: Files) -> None:
    """Null means absent too (2.1, 20)."""
    results = await run(files, make("/~/Docs/a"), make("/~/Docs/b", id=None))
    assert [set(result) for result in results] == [{"status", "body", "etag"}] * 2


MALFORMED = {
    "no list": {"operations": {}},
    "nothing": {},
    "stop is no boolean": {"operations": [], "stop_on_error": 1},
    "no object": {"operations": [make("/~/Docs/a"), 1]},
    "null": {"operations": [None]},
    "no method": {"operations": [{"path": "/~/Docs/a"}]},
    "method": {"operations": [make("/~/Docs/a"), {"method": "POST", "path": "/~/Docs/a"}]},
    "method in lower case": {"operations": [{"method": "get", "path": "/~/Docs/a"}]},
    "method is a list": {"operations": [{"method": ["GET"], "path": "/~/Docs/a"}]},
    "no path": {"operations": [{"method": "GET"}]},
    "path is a number": {"operations": [{"method": "GET", "path": 1}]},
    "path of a volume": {"operations": [{"method": "GET", "path": "/volumes/~/Docs"}]},
    "path without slash": {"operations": [{"method": "GET", "path": "~/Docs"}]},
    "id is a number": {"operations": [make("/~/Docs/a", id=1)]},
    "id is no Unicode": {"operations": [make("/~/Docs/a"), make("/~/Docs/b", id="\ud800")]},
    "body is a list": {"operations": [{"method": "PUT", "path": "/~/Docs/a", "body": []}]},
    "headers are a list": {"operations": [make("/~/Docs/a", headers=[])]},
    "header is a number": {"operations": [make("/~/Docs/a", headers={"If-Match": 1})]},
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_malformed_operation_refuses_the_whole_batch(files: Files, body: Any) -> None:
    """400 `bad_value`, and nothing is done (20)."""
    reply = await post(files, body)
    assert (reply.status, reply.code) == (400, "bad_value")
    assert await files.generation("~/Docs") == 0


async def test_body_that_is_no_object_is_bad_json(files: Files) -> None:
    """2.1."""
    assert (await post(files, [])).code == "bad_json"
    assert (await files.ask("POST", BATCH, b"{")).code == "bad_json"


async def test_unknown_keys_are_ignored(files: Files) -> None:
    """2.1."""
    (result,) = await run(files, make("/~/Docs/a", colour="red"), colour="blue")
    assert result["status"] == 201


async def test_thousand_operations_are_allowed_and_no_more(files: Files) -> None:
    """413 `too_large` above (12); the limit is announced (16.1)."""
    one = {"method": "GET", "path": "/~/Docs"}
    assert len(await run(files, *[one] * MAX_OPERATIONS)) == MAX_OPERATIONS == 1000
    reply = await post(files, {"operations": [one] * (MAX_OPERATIONS + 1)})
    assert (reply.status, reply.code) == (413, "too_large")


async def test_large_body_is_refused(files: Files) -> None:
    """413 over 1 MiB (2.1)."""
    reply = await post(files, {"operations": [], "x": "x" * MAX_JSON_BYTES})
    assert (reply.status, reply.code) == (413, "too_large")


async def test_empty_batch_has_no_results(files: Files) -> None:
    """Nor an error."""
    assert await run(files) == []


async def test_unsigned_batch_and_other_methods_are_refused(files: Files) -> None:
    """1, 2.1."""
    reply = await files.running.request("POST", BATCH, body=b"{}")
    assert (reply.status, reply.code) == (401, "oauth_missing")
    reply = await files.ask("GET", BATCH)
    assert (reply.status, reply.header("allow")) == (405, "POST")


async def test_quota_is_refused_with_the_status_of_the_option(files: Files) -> None:
    """The same answer as that of the single request (12)."""
    account = (await files.ask("GET", "/api/account/")).json["id"]
    await files.put("~/Docs/f", b"hello")
    from u1tray.server.storage.metadata import accounts

    await files.running.cloud.workers.write(accounts.change, account, quota_bytes=5)
    magic = {"kind": "file", "hash": hash_of(b"hello"), "magic_hash": magic_of(b"hello")}
    (result,) = await run(files, {"method": "PUT", "path": "/~/Docs/g", "body": magic})
    assert (result["status"], result["body"]["code"]) == (507, "quota_exceeded")
    assert result["body"]["needed_bytes"] == 5


async def test_other_accounts_files_stay_unseen(files: Files) -> None:
    """Paths are those of the account that signed."""
    await files.put("~/Docs/secret", b"hello")
    account = await files.running.add_account("bob@example.com", "Bob")
    bob = Files(files.running, (await files.running.add_token(account))[0])
    results = await run(
        bob,
        {"method": "GET", "path": "/~/Docs/secret"},
        {"method": "DELETE", "path": "/~/Docs/secret"},
    )
    assert [result["status"] for result in results] == [404, 404]
    assert (await files.get("~/Docs/secret"))["size"] == 5


async def test_features_announce_the_batch(files: Files) -> None:
    """16.1."""
    found = (await files.running.request("GET", "/api/features/")).json
    assert found["features"]["batch"] == {"url": BATCH}
    assert found["limits"]["max_batch_operations"] == MAX_OPERATIONS

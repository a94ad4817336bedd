"""The hard response constraints of 2.2 that concern volumes, nodes and contents.

One test a constraint; `tests/server/test_hard_constraints.py` walks over all routes besides.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.server.files.client import API, Files, encoded, hash_of, magic_of
from tests.server.raw import Reply

pytestmark = pytest.mark.end2end


async def every_answer(files: Files) -> list[tuple[str, str, Reply]]:
    """A walk through the file API: good, missing, refused."""
    answers: list[tuple[str, str, Reply]] = []

    async def ask(method: str, target: str, body: bytes | None = None, **headers: str) -> Reply:
        reply = await files.ask(method, target, body, **headers)
        answers.append((method, target, reply))
        return reply

    for path in ("~/Docs/d", "~/Docs/d/f", "~/Docs/d/f/x", "~/Docs/é", "~/No/x", "~/Docs", "~/.."):
        node, content = f"{API}/{encoded(path)}", f"/content/{encoded(path)}"
        kind = b'{"kind":"file"}' if path.endswith("f") else b'{"kind":"directory"}'
        for body in (kind, b"{}", b"[]", b'{"kind":5}', b'{"kind":"x"}', b'{"is_public":true}'):
            await ask("PUT", node, body)
        for target in (node, f"{node}?include_children=true", content, f"{content}?x"):
            await ask("GET", target)
            await ask("HEAD", target)
        await ask("PUT", content, b"data")
        await ask("PUT", content)
        await ask("PUT", content, b"more", If_None_Match="*")
        await ask("GET", content, Range="bytes=1-2")
        await ask("GET", content, Range="bytes=9-")
        await ask("PUT", node, json.dumps({"path": "/moved"}).encode(), Overwrite="F")
        await ask("PUT", node, json.dumps({"path": path.removeprefix("~/Docs")}).encode())
    for path in ("~/Docs", "~/New", "~/Docs/x", "~", "~/Ubuntu One", "x"):
        for method in ("PUT", "GET", "DELETE", "GET", "HEAD"):
            await ask(method, f"{API}/volumes/{encoded(path)}")
        await ask("GET", f"{API}/volumes/{encoded(path)}?from_generation=0")
        await ask("GET", f"{API}/volumes/{encoded(path)}?from_generation=x")
    for target in (API, f"{API}/volumes", f"{API}/public_files", "/api/quota/"):
        await ask("GET", target)
    statuses = {reply.status for _, _, reply in answers}
    assert statuses >= {200, 201, 206, 400, 403, 404, 411, 412, 416}
    assert not [reply for _, _, reply in answers if reply.status >= 500]
    return answers


async def test_constraint_1_and_3_json_is_exact_and_valid(files: Files) -> None:
    """`application/json` without charset; valid and not empty, HEAD excepted."""
    for method, target, reply in await every_answer(files):
        content_type = reply.header("Content-Type") or ""
        is_content = target.startswith("/content/") and method != "PUT"
        if not (is_content and reply.status in (200, 206)):
            assert content_type == "application/json", (method, target)
            assert method == "HEAD" or json.loads(reply.body) is not None


async def test_constraint_2_every_response_has_a_type_and_none_is_204(files: Files) -> None:
    """Errors included."""
    for _, _, reply in await every_answer(files):
        assert reply.header("Content-Type")
        assert reply.status != 204
        assert reply.header("Content-Length") is not None
        assert reply.header("Date")
        assert reply.header("Content-Encoding") is None


async def test_constraint_4_delete_answers_an_empty_object(files: Files) -> None:
    """200 with body `{}`, of nodes and volumes."""
    await files.put("~/Docs/d/f", b"x")
    for method, path in (("node", "~/Docs/d/f"), ("node", "~/Docs/d"), ("volume", "~/Docs")):
        reply = await getattr(files, method)("DELETE", path)
        assert (reply.status, reply.body) == (200, b"{}")


async def test_constraint_5_put_answers_200_or_201_with_the_representation(files: Files) -> None:
    """No other 2xx."""
    for method, target, reply in await every_answer(files):
        if method == "PUT" and reply.status < 300:
            assert reply.status in (200, 201)
            assert reply.json["resource_path"]
            wanted = "type" if "/volumes/" in target else "kind"
            assert wanted in reply.json


async def test_constraint_6_missing_is_404(files: Files) -> None:
    """Nodes, contents and volumes; clients make them on 404."""
    for reply in (
        await files.node("GET", "~/Docs/missing"),
        await files.node("PUT", "~/Docs/missing", {"path": "/x"}),
        await files.node("DELETE", "~/Docs/missing/deep"),
        await files.content("GET", "~/Docs/missing"),
        await files.content("PUT", "~/Missing/x", b"x"),
        await files.node("PUT", "~/Missing/x", {"kind": "file"}),
        await files.volume("GET", "~/Missing"),
        await files.volume("DELETE", "~/Missing"),
    ):
        assert (reply.status, reply.code) == (404, "not_found")


async def test_constraint_7_downloads_are_octet_streams(files: Files) -> None:
    """Never JSON, whatever was uploaded as."""
    await files.content("PUT", "~/Docs/f", b"{}", Content_Type="application/json")
    for headers in ({}, {"Range": "bytes=0-0"}, {"Accept": "application/json"}):
        reply = await files.content("GET", "~/Docs/f", **headers)
        assert reply.header("Content-Type") == "application/octet-stream"


async def test_constraint_8_nothing_redirects(files: Files) -> None:
    """Slashes neither."""
    for method, target, reply in await every_answer(files):
        assert not 300 <= reply.status < 400, (method, target)
        assert reply.header("Location") is None
    await files.volume("PUT", "~/Docs")
    for target in (f"{API}//volumes//", f"{API}/~/Docs/", "/content/~//Docs"):
        assert (await files.ask("GET", target)).status in (200, 400)


async def test_constraint_9_user_and_quota_have_exactly_their_keys(files: Files) -> None:
    """With files in them, too."""
    await files.put("~/Docs/f", b"12345")
    user = (await files.ask("GET", API)).json
    assert user == {
        "resource_path": "",
        "user_id": 1,
        "visible_name": "Ana Example",
        "max_bytes": 5368709120,
        "used_bytes": 5,
        "root_node_path": "/~/Ubuntu One",
        "user_node_paths": ["/~/Docs"],
    }
    quota = (await files.ask("GET", "/api/quota/")).json
    assert quota == {"total": 5368709120, "used": 5}


def nodes_in(value: Any) -> list[dict[str, Any]]:
    """All node representations in an answer."""
    if isinstance(value, list):
        return [node for one in value for node in nodes_in(one)]
    if not isinstance(value, dict):
        return []
    own = [value] if "kind" in value else []
    return own + [node for member in value.values() for node in nodes_in(member)]


FILE_KEYS = {
    *("kind", "path", "is_public", "resource_path", "parent_path", "volume_path", "content_path"),
    *("key", "when_created", "when_changed", "generation", "generation_created", "is_live"),
    *("hash", "size", "public_url"),
}
DIRECTORY_KEYS = FILE_KEYS - {"is_public", "hash", "size", "public_url"} | {"has_children"}


async def test_constraint_10_nodes_have_all_their_fields(files: Files) -> None:
    """`children` when honoured, `has_children` on directories, `when_changed` on all."""
    await files.make("~/Docs/empty")
    reply = await files.ask("GET", f"{API}/~/Docs/empty?include_children=true")
    assert reply.json["children"] == []
    seen = 0
    for _, target, reply in await every_answer(files):
        if reply.status >= 400 or reply.header("Content-Type") != "application/json":
            continue
        for node in nodes_in(json.loads(reply.body or b"null")):
            wanted = FILE_KEYS if node["kind"] == "file" else DIRECTORY_KEYS
            assert set(node) - {"children", "parent_key"} == wanted
            assert ("parent_key" in node) is ("from_generation" in target)
            seen += 1
    assert seen > 20


async def test_constraint_11_numbers_are_numbers(files: Files) -> None:
    """And booleans JSON booleans."""
    await files.put("~/Docs/f", b"x")
    node = await files.get("~/Docs/f")
    volume = (await files.volume("GET", "~/Docs")).json
    numbers = [node[name] for name in ("generation", "generation_created", "size")]
    assert {type(number) for number in [*numbers, volume["generation"]]} == {int}
    booleans = [node["is_public"], node["is_live"], (await files.get("~/Docs"))["has_children"]]
    assert {type(boolean) for boolean in booleans} == {bool}


async def test_signed_json_is_not_stored_by_caches(files: Files) -> None:
    """2.2: `no-store` from signed URLs."""
    for _, _, reply in await every_answer(files):
        if reply.header("Content-Type") == "application/json":
            assert reply.header("Cache-Control") == "no-store"


async def test_magic_hashes_are_nowhere(files: Files) -> None:
    """3: never in a response."""
    data = b"data"
    digest = magic_of(data).removeprefix("magic_hash:").encode()
    for _, _, reply in await every_answer(files):
        assert digest not in reply.body
    await files.put("~/Ubuntu One/f", data)
    body = {"kind": "file", "hash": hash_of(data), "magic_hash": magic_of(data)}
    reply = await files.node("PUT", "~/Ubuntu One/g", body)
    assert reply.status == 201
    assert digest not in reply.body

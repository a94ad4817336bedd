"""Nodes shown, made and deleted (REST contract, 4.3 and 6)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.server.files.client import API, Files, hash_of
from tests.server.rig import NOW, Running

pytestmark = pytest.mark.end2end

STAMP = "2012-01-01T00:00:00Z"


async def test_new_file_is_empty_and_its_parents_are_made(files: Files) -> None:
    """201 with the whole representation; `hash` and `size` null (4.3, 6)."""
    reply = await files.node("PUT", "~/Docs/a b/é.txt", {"kind": "file"})
    shown = reply.json
    assert reply.status == 201
    assert shown.pop("key")
    assert shown == {
        "kind": "file",
        "path": "/a b/é.txt",
        "is_public": False,
        "resource_path": "/~/Docs/a b/é.txt",
        "parent_path": "/~/Docs/a b",
        "volume_path": "/volumes/~/Docs",
        "content_path": "/content/~/Docs/a b/é.txt",
        "when_created": STAMP,
        "when_changed": STAMP,
        "generation": 2,
        "generation_created": 2,
        "is_live": True,
        "hash": None,
        "size": None,
        "public_url": None,
    }
    parent = await files.get("~/Docs/a b")
    assert parent.pop("key")
    assert parent == {
        "kind": "directory",
        "path": "/a b",
        "resource_path": "/~/Docs/a b",
        "parent_path": "/~/Docs",
        "volume_path": "/volumes/~/Docs",
        "content_path": "/content/~/Docs/a b",
        "when_created": STAMP,
        "when_changed": STAMP,
        "generation": 1,
        "generation_created": 1,
        "is_live": True,
        "has_children": True,
    }


async def test_volume_root_is_a_node_without_parent(files: Files) -> None:
    """Path `/`, generation 0 whatever is in it (4.3, 6, 9)."""
    await files.make("~/Docs/a")
    root = await files.get("~/Docs")
    assert (root["path"], root["parent_path"], root["resource_path"]) == ("/", None, "/~/Docs")
    assert (root["generation"], root["has_children"]) == (0, True)
    assert (await files.get("~/Docs/a"))["parent_path"] == "/~/Docs"


async def test_put_of_an_existing_node_returns_it_unchanged(files: Files) -> None:
    """200; the kind is the real one, the generation the same (6)."""
    made = await files.make("~/Docs/a")
    for body in ({"kind": "file"}, {"kind": "what"}, {}, {"path": "/a"}, {"hash": "x"}, made):
        reply = await files.node("PUT", "~/Docs/a", body)
        assert (reply.status, reply.json) == (200, made)
    assert (await files.node("PUT", "~/Docs/a")).json == made
    assert await files.generation("~/Docs") == 1


@pytest.mark.parametrize("flag", ["true", "1", "TRUE", "True"])
async def test_children_are_listed_by_name(files: Files, flag: str) -> None:
    """Direct ones, by code point, without `children` of their own (4.3, 6)."""
    for name in ("b", "a/x", "B", "é"):
        await files.make(f"~/Docs/{name}")
    reply = await files.ask("GET", f"{API}/~/Docs?include_children={flag}")
    children = reply.json["children"]
    assert [child["path"] for child in children] == ["/B", "/a", "/b", "/é"]
    assert [child["has_children"] for child in children] == [False, True, False, False]
    assert all("children" not in child for child in children)
    assert children[1] == await files.get("~/Docs/a")


@pytest.mark.parametrize("flag", ["false", "0", "yes", ""])
async def test_children_are_not_listed_otherwise(files: Files, flag: str) -> None:
    """Else false (6)."""
    reply = await files.ask("GET", f"{API}/~/Docs?include_children={flag}")
    assert "children" not in reply.json


async def test_children_of_a_file_are_forbidden(files: Files) -> None:
    """403 `no_children` (6)."""
    await files.make("~/Docs/f", "file")
    reply = await files.ask("GET", f"{API}/~/Docs/f?include_children=true")
    assert (reply.status, reply.code) == (403, "no_children")
    assert (await files.ask("GET", f"{API}/~/Docs/f?include_children=no")).status == 200


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("~/Docs/new", {}, 404, "not_found"),
        ("~/Docs/new", {"kind": "link"}, 400, "bad_kind"),
        ("~/Docs/new", {"kind": ["file"]}, 400, "bad_value"),
        ("~/Docs/f/new", {"kind": "file"}, 400, "not_a_directory"),
        ("~/Docs/f/x/new", {"kind": "directory"}, 400, "not_a_directory"),
        ("~/Docs/new", {"kind": "file", "hash": "sha1:" + "0" * 40}, 400, "bad_hash"),
        ("~/Docs/f", {"path": "x"}, 400, "bad_value"),
        ("~/Docs/f", {"is_public": "true"}, 400, "bad_value"),
        ("~/Docs/d", {"is_public": True}, 403, "directory_not_publishable"),
        ("~/Docs/d", {"is_public": False}, 403, "directory_not_publishable"),
        ("~/Docs/" + "n" * 256, {"kind": "file"}, 400, "bad_name"),
        ("~/Docs/a/../b", {"kind": "file"}, 400, "bad_name"),
        ("~/Docs" + ("/" + "n" * 250) * 17, {"kind": "file"}, 400, "path_too_long"),
    ],
)
async def test_refused_put_changes_nothing(
    files: Files, path: str, body: Any, status: int, code: str
) -> None:
    """The table of 6; a PUT is all or nothing."""
    await files.make("~/Docs/f", "file")
    await files.make("~/Docs/d")
    before = await files.delta("~/Docs", 0)
    reply = await files.node("PUT", path, body)
    assert (reply.status, reply.code) == (status, code)
    assert await files.delta("~/Docs", 0) == before


async def test_failing_row_undoes_the_rows_before(files: Files) -> None:
    """Content and move come before publishing, but all or nothing (6)."""
    await files.make("~/Docs/d")
    body = {"path": "/moved", "is_public": True}
    assert (await files.node("PUT", "~/Docs/d", body)).status == 403
    assert (await files.node("GET", "~/Docs/moved")).status == 404
    assert await files.generation("~/Docs") == 1


@pytest.mark.parametrize("body", [b"", b"  ", b"{}", b'{"kind": null}'])
async def test_blank_body_and_null_are_absent(files: Files, body: bytes) -> None:
    """Without `kind` nothing is made (2.1, 6)."""
    assert (await files.ask("PUT", f"{API}/~/Docs/new", body)).status == 404
    assert (await files.ask("PUT", f"{API}/~/Docs", body)).status == 200


@pytest.mark.parametrize("body", [b"[]", b"null", b"{", b"\xff", b"\xef\xbb\xbf{}", b'"x"'])
async def test_body_that_is_no_object_is_bad_json(files: Files, body: bytes) -> None:
    """Before existence is looked at (2.1, 20)."""
    for path in ("~/Docs/new", "~/Nowhere/a"):
        reply = await files.ask("PUT", f"{API}/{path}", body)
        assert (reply.status, reply.code) == (400, "bad_json")


async def test_form_type_does_not_matter(files: Files) -> None:
    """Old clients send JSON as a form (2.1)."""
    reply = await files.node(
        "PUT", "~/Docs/a", {"kind": "file"}, Content_Type="application/x-www-form-urlencoded"
    )
    assert reply.status == 201


async def test_deleted_node_is_gone_with_all_below(files: Files) -> None:
    """200 `{}`; then 404 (6)."""
    await files.put("~/Docs/a/b/c", b"hello")
    await files.put("~/Docs/z", b"!")
    reply = await files.node("DELETE", "~/Docs/a")
    assert (reply.status, reply.body) == (200, b"{}")
    for path in ("~/Docs/a", "~/Docs/a/b", "~/Docs/a/b/c"):
        assert (await files.node("GET", path)).status == 404
    assert (await files.node("DELETE", "~/Docs/a")).status == 404
    assert await files.names("~/Docs") == ["/z"]
    assert await files.used() == 1


async def test_directory_with_anything_in_it_is_kept_where_that_is_asked(files: Files) -> None:
    """6, EXT: `recursive=false` deletes files and empty directories only."""
    await files.put("~/Docs/d/a", b"1")
    await files.put("~/Docs/f", b"2")
    reply = await files.ask("DELETE", f"{API}/~/Docs/d?recursive=false")
    assert (reply.status, reply.json["code"]) == (412, "precondition_failed")
    assert await files.names("~/Docs") == ["/d", "/f"]
    for path in ("d/a?recursive=False", "d?recursive=0", "f?recursive=false"):
        assert (await files.ask("DELETE", f"{API}/~/Docs/{path}")).status == 200
    assert await files.names("~/Docs") == []


async def test_volume_root_is_not_deleted_as_a_node(files: Files) -> None:
    """400 `volume_root` (6)."""
    reply = await files.node("DELETE", "~/Docs")
    assert (reply.status, reply.code) == (400, "volume_root")


async def test_path_below_a_file_is_missing(files: Files) -> None:
    """404 (6)."""
    await files.make("~/Docs/f", "file")
    for method in ("GET", "DELETE"):
        assert (await files.node(method, "~/Docs/f/x")).status == 404


@pytest.mark.parametrize("target", ["~/Docs/a/b", "~//Docs/a//b/", "~/Docs/a%2Fb", "%7E/Docs/a/b"])
async def test_path_is_decoded_once_and_split(files: Files, target: str) -> None:
    """`%2F` separates too; double and trailing slashes vanish (3)."""
    made = await files.make("~/Docs/a/b")
    assert (await files.ask("GET", f"{API}/{target}")).json == made


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("a+b", "a+b"),
        ("a%2Bb", "a+b"),
        ("a;b", "a;b"),
        ("a%2525", "a%25"),
        ("a%5Cb", "a\\b"),
        ("a%0Ab", "a\nb"),
        ("e%CC%81", "e\u0301"),
        ("%C3%A9", "\u00e9"),
        ("(a)", "(a)"),
    ],
)
async def test_names_are_kept_byte_for_byte(files: Files, wire: str, name: str) -> None:
    """No normalisation; `+` and `;` are ordinary in a path (3)."""
    reply = await files.ask("PUT", f"{API}/~/Docs/{wire}", b'{"kind": "directory"}')
    assert (reply.status, reply.json["path"]) == (201, "/" + name)
    assert await files.names("~/Docs") == ["/" + name]


async def test_names_are_case_sensitive(files: Files) -> None:
    """And normal forms are different names (3)."""
    for name in ("a", "A", "é", "e\u0301"):
        await files.make(f"~/Docs/{name}")
    assert len(await files.names("~/Docs")) == 4


@pytest.mark.parametrize("target", ["~/Docs/a%", "~/Docs/%zz"])
async def test_malformed_escape_is_bad_request(files: Files, target: str) -> None:
    """Request syntax (3, 20)."""
    reply = await files.running.request("GET", f"{API}/{target}")
    assert (reply.status, reply.code) == (400, "bad_request")


@pytest.mark.parametrize("target", ["~/Docs/%ff", "~/Docs/a%00b", "~/Docs/.", "~/Docs/../x"])
async def test_bad_name_in_a_url_is_refused(files: Files, target: str) -> None:
    """400 `bad_name`, on every method (3)."""
    for method in ("GET", "PUT", "DELETE"):
        reply = await files.ask(method, f"{API}/{target}", b"{}" if method == "PUT" else None)
        assert (reply.status, reply.code) == (400, "bad_name")


async def test_another_accounts_name_is_not_owner(files: Files) -> None:
    """`~name` is 403 (1)."""
    for method in ("GET", "PUT", "DELETE"):
        reply = await files.ask(method, f"{API}/~bob/Docs", b"{}" if method == "PUT" else None)
        assert (reply.status, reply.code) == (403, "not_owner")


async def test_when_changed_of_a_directory_moves_with_its_children(
    files: Files, running: Running
) -> None:
    """Created, deleted, renamed: yes; another content of a child: no (4.3)."""
    await files.make("~/Docs/d")
    moments = []
    for step, change in enumerate(("create", "content", "rename", "delete"), 1):
        running.clock.moment = NOW + step
        if change == "create":
            await files.make("~/Docs/d/f", "file")
        elif change == "content":
            await files.put("~/Docs/d/f", b"x")
        elif change == "rename":
            await files.node("PUT", "~/Docs/d/f", {"path": "/d/g"})
        else:
            await files.node("DELETE", "~/Docs/d/g")
        moments.append((await files.get("~/Docs/d"))["when_changed"][-3:-1])
    assert moments == ["01", "01", "03", "04"]
    assert (await files.get("~/Docs/d"))["generation"] == 1


async def test_head_is_get_without_the_body(files: Files) -> None:
    """Signed with method HEAD (1)."""
    await files.put("~/Docs/f", b"hello")
    for target in (f"{API}/~/Docs/f", f"{API}/volumes", f"{API}/public_files", "/content/~/Docs/f"):
        get, head = await files.ask("GET", target), await files.ask("HEAD", target)
        assert (head.status, head.body) == (200, b"")
        assert head.header("Content-Length") == str(len(get.body))


@pytest.mark.parametrize(
    "target", [f"{API}/~/Docs/f", f"{API}/volumes/~/Docs", "/content/~/Docs/f"]
)
async def test_other_methods_are_405_with_allow(files: Files, target: str) -> None:
    """Section 1."""
    reply = await files.ask("POST", target, b"{}")
    assert reply.status == 405
    assert {"GET", "HEAD", "PUT"} <= set((reply.header("Allow") or "").split(", "))


async def test_old_client_sends_the_whole_representation_back(files: Files) -> None:
    """With one field edited; a lone hash says nothing (6)."""
    shown = await files.put("~/Docs/f", b"hello")
    shown["path"] = "/renamed"
    reply = await files.node("PUT", "~/Docs/f", shown)
    assert (reply.status, reply.json["path"]) == (200, "/renamed")
    assert (reply.json["hash"], reply.json["key"]) == (hash_of(b"hello"), shown["key"])


async def test_large_json_body_is_refused(files: Files) -> None:
    """Over 1 MiB: 413 (2.1)."""
    body = json.dumps({"kind": "file", "x": "x" * 1024 * 1024}).encode()
    reply = await files.ask("PUT", f"{API}/~/Docs/f", body)
    assert (reply.status, reply.code) == (413, "too_large")


async def test_accounts_do_not_see_each_other(files: Files, others: Files) -> None:
    """The same paths are other files."""
    await files.put("~/Docs/f", b"ana")
    assert (await others.node("GET", "~/Docs/f")).status == 404
    await others.volume("PUT", "~/Docs")
    await others.put("~/Docs/f", b"bob!")
    assert (await files.content("GET", "~/Docs/f")).body == b"ana"
    assert [await files.used(), await others.used()] == [3, 4]
    await others.volume("DELETE", "~/Docs")
    assert (await files.content("GET", "~/Docs/f")).body == b"ana"

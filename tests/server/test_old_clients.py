"""Old clients work unchanged: what the programs of before 2014 put on the wire, and what they need.

Written from the notes in the REST contract, [D] to [X]. Signatures are made here, in the ways of
those programs, and not with our own code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from tests.server.raw import Reply
from tests.server.rig import PASSWORD, Running, running_cloud

pytestmark = pytest.mark.end2end

API = "/api/file_storage/v1"
V1 = "/api/1.0/authentications?ws.op=authenticate&token_name=Ubuntu%20One%20@%20kiwi"
BASIC = "Basic " + base64.b64encode(f"ana@example.com:{PASSWORD}".encode()).decode()
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
USER_KEYS = {
    *("resource_path", "user_id", "visible_name", "max_bytes", "used_bytes"),
    *("root_node_path", "user_node_paths"),
}
TOKEN_KEYS = {
    *("consumer_key", "consumer_secret", "token", "token_secret", "name", "created", "updated"),
}


def enc(text: str) -> str:
    return quote(text, safe="-._~")


@dataclass
class Program:
    """An old program with the token that it was given."""

    running: Running
    token: dict[str, str] = field(default_factory=dict)
    numbers: Any = field(default_factory=itertools.count)

    async def log_in(self) -> None:
        """SSO v1: without credentials first, with them after the challenge [D][P][X]."""
        refused = await self.running.request("GET", V1)
        assert refused.status == 401
        assert refused.body == b"Authorization Required"
        assert re.match("Basic ", refused.header("WWW-Authenticate") or "")
        reply = await self.running.request("GET", V1, {"Authorization": BASIC})
        assert reply.status == 200
        assert set(reply.json) == TOKEN_KEYS
        self.token = reply.json

    def plain(self, *, times: int = 1) -> str:
        """A PLAINTEXT header, its signature encoded once, or twice as [X] does."""
        signature = f"{enc(self.token['consumer_secret'])}&{enc(self.token['token_secret'])}"
        for _ in range(times):
            signature = enc(signature)
        return (
            'OAuth realm="", oauth_version="1.0", oauth_signature_method="PLAINTEXT", '
            f'oauth_nonce="{next(self.numbers)}", oauth_timestamp="1", '
            f'oauth_consumer_key="{self.token["consumer_key"]}", '
            f'oauth_token="{self.token["token"]}", oauth_signature="{signature}"'
        )

    def signed_parameters(self, method: str, path: str, query: str = "") -> dict[str, str]:
        """The parameters of an HMAC-SHA1 signature, itself among them."""
        own = {
            "oauth_consumer_key": self.token["consumer_key"],
            "oauth_token": self.token["token"],
            "oauth_signature_method": "HMAC-SHA1",
            "oauth_timestamp": str(int(self.running.clock.moment)),
            "oauth_nonce": f"old{next(self.numbers)}",
            "oauth_version": "1.0",
        }
        asked = [tuple(pair.partition("=")[::2]) for pair in query.split("&") if pair]
        pairs = sorted((enc(unquote(k)), enc(unquote(v))) for k, v in [*own.items(), *asked])
        url = f"http://{self.running.api.authority}{path}"
        joined = "&".join(f"{k}={v}" for k, v in pairs)
        base = "&".join((method, enc(url), enc(joined)))
        key = f"{enc(self.token['consumer_secret'])}&{enc(self.token['token_secret'])}"
        digest = hmac.digest(key.encode(), base.encode(), hashlib.sha1)
        return {**own, "oauth_signature": base64.b64encode(digest).decode()}

    def signed(self, method: str, target: str, *, signs: str | None = None) -> str:
        """An HMAC-SHA1 header; `signs` is the path that is signed instead of that on the wire."""
        path, _, query = target.partition("?")
        found = self.signed_parameters(method, signs or path, query)
        return "OAuth " + ", ".join(f'{k}="{enc(v)}"' for k, v in found.items())

    async def ask(
        self, method: str, target: str, body: bytes | None = None, **headers: str
    ) -> Reply:
        """Signed by HMAC-SHA1."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        fields = {"Authorization": self.signed(method, target), **fields}
        return await self.running.request(method, target, fields, body)


@pytest.fixture
async def program(running: Running) -> Program:
    """It has logged in and said so by the ping (14.3)."""
    await running.add_account()
    made = Program(running)
    await made.log_in()
    ping = "/oauth/sso-finished-so-get-tokens/ana@example.com"
    query = "?platform=Linux&platform_version=3.2&platform_arch=x86_64&client_version=1.0"
    reply = await made.ask("GET", ping + query)
    assert (reply.status, reply.body) == (200, b"ok 1/1")
    assert (reply.header("Content-Type") or "").startswith("text/plain")
    return made


def is_json(reply: Reply) -> bool:
    """As duplicity compares it."""
    return reply.header("Content-Type") == "application/json"


async def test_duplicity_backs_up_and_restores(program: Program) -> None:
    """[D]: `GET API` is exactly 200; volume, file, content, list, get, delete; on 404 it makes."""
    assert (await program.ask("GET", API)).status == 200
    volume = "~/backup%20dir"
    missing = await program.ask("GET", f"{API}/{volume}?include_children=true")
    assert (missing.status, is_json(missing)) == (404, True)
    made = await program.ask("PUT", f"{API}/volumes/{volume}")
    assert (made.status, made.json["node_path"]) == (201, "/~/backup dir")
    name = "duplicity-full.20120825T153449Z.vol1.difftar.gpg"
    data = bytes(range(256)) * 300
    file = await program.ask("PUT", f"{API}/{volume}/{name}", b'{"kind":"file"}')
    assert file.status in (200, 201)
    assert is_json(file)
    content = quote(file.json["content_path"], safe="/~")
    stored = await program.ask("PUT", content, data, Content_Type="application/octet-stream")
    assert (stored.status, is_json(stored)) == (200, True)
    assert stored.json["hash"] == "sha1:" + hashlib.sha1(data).hexdigest()
    listed = await program.ask("GET", f"{API}/{volume}?include_children=true")
    assert [child["path"] for child in listed.json["children"]] == [f"/{name}"]
    got = await program.ask("GET", content)
    assert (got.body, is_json(got)) == (data, False)
    gone = await program.ask("DELETE", f"{API}/{volume}/{name}")
    assert (gone.status, gone.body, is_json(gone)) == (200, b"{}", True)
    empty = await program.ask("GET", f"{API}/{volume}?include_children=true")
    assert empty.json["children"] == []


async def test_duplicity_repeats_a_failed_request_unchanged(program: Program) -> None:
    """[D]: the very same header again, 30 seconds later."""
    target = f"{API}/~/Docs/later"
    header = program.signed("GET", target)
    first = await program.running.request("GET", target, {"Authorization": header})
    assert first.status == 404
    await program.ask("PUT", f"{API}/volumes/~/Docs")
    await program.ask("PUT", f"{API}/~/Docs/later", b'{"kind": "directory"}')
    program.running.clock.moment += 30
    again = await program.running.request("GET", target, {"Authorization": header})
    assert again.status == 200


async def test_duplicity_understands_a_full_account(data: Path) -> None:
    """[D]: the option makes it 402, the only code that it knows for that."""
    async with running_cloud(data, out_of_space_status=402) as running:
        await running.add_account(quota_bytes=100)
        program = Program(running)
        await program.log_in()
        reply = await program.ask("PUT", "/content/~/Ubuntu%20One/big", b"x" * 101)
        assert (reply.status, is_json(reply), reply.code) == (402, True, "quota_exceeded")


async def test_txu1_tries_magic_and_uploads_then(program: Program) -> None:
    """[T]: both hashes first; 400 means an ordinary upload; `{}` of a deletion is parsed."""
    data = b"content of txu1" * 1000
    body = {
        "kind": "file",
        "hash": "sha1:" + hashlib.sha1(data).hexdigest(),
        "magic_hash": "magic_hash:" + hashlib.sha1(b"Ubuntu One" + data).hexdigest(),
    }
    sent = json.dumps(body).encode()
    node = f"{API}/~/Ubuntu%20One/magic"
    refused = await program.ask("PUT", node, sent)
    assert (refused.status, is_json(refused)) == (400, True)
    assert (await program.ask("GET", node)).status == 404
    file = await program.ask("PUT", node, b'{"kind": "file"}')
    stored = await program.ask("PUT", quote(file.json["content_path"], safe="/~"), data)
    assert stored.status == 200
    copied = await program.ask("PUT", f"{API}/~/Ubuntu%20One/copy", sent)
    assert (copied.status, copied.json["hash"]) == (201, body["hash"])
    gone = await program.ask("DELETE", f"{API}/~/Ubuntu%20One/copy")
    assert json.loads(gone.body) == {}


async def test_ubuntuone4j_maps_every_key_to_a_field(program: Program) -> None:
    """[J]: unknown keys break its classes; numbers are numbers; slashes at the end and double."""
    user = await program.ask("GET", f"{API}/")
    assert set(user.json) == USER_KEYS
    assert 0 < user.json["user_id"] < 2**31
    quota = (await program.ask("GET", "/api/quota/")).json
    assert {key: type(value) for key, value in quota.items()} == {"total": int, "used": int}
    volumes = await program.ask("GET", f"{API}//volumes/")
    assert [one["path"] for one in volumes.json] == ["~/Ubuntu One"]
    made = await program.ask("PUT", f"{API}/volumes//~/Docs/")
    again = await program.ask("PUT", f"{API}/volumes/~/Docs")
    assert (made.status, again.status) == (201, 200)
    assert made.json == again.json
    folder = await program.ask("PUT", f"{API}/~/Docs//sub/", b'{"kind":"directory"}')
    assert (folder.status, folder.json["path"]) == (201, "/sub")
    public = await program.ask("PUT", f"{API}/~/Docs/f", b'{"kind":"file"}')
    published = await program.ask("PUT", f"{API}/~/Docs/f", b'{"is_public":true}')
    assert (public.json["is_public"], published.json["is_public"]) == (False, True)
    listed = await program.ask("GET", f"{API}/public_files")
    assert [one["resource_path"] for one in listed.json] == ["/~/Docs/f"]


async def test_php_library_builds_urls_and_sends_all_back(program: Program) -> None:
    """[P]: `%2F` between names, JSON as a form, the whole representation with one field edited."""
    await program.ask("PUT", f"{API}/volumes/~/Docs", b"", Content_Type=FORM["Content-Type"])
    form = {"Content_Type": FORM["Content-Type"]}
    made = await program.ask("PUT", f"{API}/~/Docs/a%2Fb.txt", b'{"kind":"file"}', **form)
    assert made.json["path"] == "/a/b.txt"
    stored = await program.ask("PUT", "/content/~%2FDocs%2Fa%2Fb.txt", b"hello world", **form)
    assert (stored.status, stored.json["size"]) == (200, 11)
    edited = {**stored.json, "is_public": True}
    back = await program.ask("PUT", f"{API}/~/Docs/a%2Fb.txt", json.dumps(edited).encode(), **form)
    assert (back.status, back.json["is_public"], back.json["hash"]) == (
        *(200, True),
        stored.json["hash"],
    )
    renamed = {**back.json, "path": "/c.txt"}
    moved = await program.ask(
        "PUT", f"{API}/~/Docs/a%2Fb.txt", json.dumps(renamed).encode(), **form
    )
    assert (moved.status, moved.json["key"]) == (200, made.json["key"])
    got = await program.ask("GET", f"{API}/content/~/Docs/c.txt")
    assert got.body == b"hello world"


async def test_php_library_signs_in_the_query(program: Program) -> None:
    """[P]: parameters may stand in the URL instead (13.1)."""
    found = program.signed_parameters("GET", f"{API}/~/Ubuntu%20One", "include_children=true")
    query = "&".join(f"{k}={enc(v)}" for k, v in found.items())
    target = f"{API}/~/Ubuntu%20One?include_children=true&{query}"
    reply = await program.running.request("GET", target)
    assert (reply.status, reply.json["children"]) == (200, [])


async def test_qt_files_walks_the_tree(program: Program) -> None:
    """[Q]: children, `has_children` and `when_changed` everywhere; publishing gives a link."""
    for path in ("a/b/c", "a/d"):
        await program.ask("PUT", f"/content/~/Ubuntu%20One/{path}", path.encode())
    seen = []
    waiting = ["/~/Ubuntu One"]
    while waiting:
        target = f"{API}{quote(waiting.pop(), safe='/~')}?include_children=true"
        node = (await program.ask("GET", target)).json
        assert node["has_children"] is bool(node["children"])
        for child in node["children"]:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", child["when_changed"])
            seen.append(child["resource_path"])
            if child["kind"] == "directory":
                waiting.append(child["resource_path"])
    assert sorted(seen) == [f"/~/Ubuntu One/{path}" for path in ("a", "a/b", "a/b/c", "a/d")]
    link = await program.ask("PUT", f"{API}/~/Ubuntu%20One/a/d", b'{"is_public":true}')
    path = link.json["public_url"].partition(program.running.api.authority)[2]
    assert (await program.running.request("GET", path)).body == b"a/d"


async def test_qt_files_signs_out_on_401_only(data: Path) -> None:
    """[Q]: the option makes a revoked token 401."""
    async with running_cloud(data, revoked_status=401) as running:
        await running.add_account()
        program = Program(running)
        await program.log_in()
        (token,) = (await program.ask("GET", "/api/tokens/")).json["tokens"]
        await program.ask("DELETE", f"/api/tokens/{token['id']}")
        assert (await program.ask("GET", API)).status == 401


async def test_qubuntuone_signs_another_form_than_it_sends(program: Program) -> None:
    """[K]: `(`, `,` and `!` raw on the wire, encoded in what is signed."""
    wire, signed = (
        "/content/~/Ubuntu%20One/a(1),b!.txt",
        "/content/~/Ubuntu%20One/a%281%29%2Cb%21.txt",
    )
    for method, body, status in (("PUT", b"0123456789", 201), ("GET", None, 200)):
        fields = {"Authorization": program.signed(method, wire, signs=signed)}
        reply = await program.running.request(method, wire, fields, body)
        assert reply.status == status
    node = await program.ask("GET", f"{API}/~/Ubuntu%20One/a%281%29%2Cb%21.txt")
    assert node.json["path"] == "/a(1),b!.txt"


async def test_qubuntuone_resumes_with_a_malformed_range(program: Program) -> None:
    """[K]: `Range: 4-` is read as `bytes=4-`; it appends what arrives."""
    await program.ask("PUT", "/content/~/Ubuntu%20One/f", b"0123456789")
    reply = await program.ask("GET", "/content/~/Ubuntu%20One/f", Range="4-")
    assert (reply.status, reply.body) == (206, b"456789")


async def test_nitro_uploads_into_a_directory_it_never_made(program: Program) -> None:
    """[N]: a content URL of its own making; no Content-Type; missing parents are made."""
    reply = await program.ask("PUT", "/content/~/Ubuntu%20One/Nitro/tasks.json", b"[]")
    assert (reply.status, reply.json["path"]) == (201, "/Nitro/tasks.json")
    got = await program.ask("GET", "/content/~/Ubuntu%20One/Nitro/tasks.json")
    assert (got.body, got.header("Content-Type")) == (b"[]", "application/octet-stream")


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
async def test_perl_and_kde_sign_by_plaintext(program: Program, times: int) -> None:
    """[X]: the signature percent-encoded twice; nonce and time of no meaning, repeated at will."""
    header = {"Authorization": program.plain(times=times)}
    for _ in range(2):
        reply = await program.running.request("GET", "/api/quota/", header)
        assert (reply.status, set(reply.json)) == (200, {"total", "used"})
    account = (await program.running.request("GET", "/api/account/", header)).json
    assert account["email"] == "ana@example.com"
    reply = await program.running.request("PUT", "/content/~/Ubuntu%20One/k", header, b"\x00\xff")
    assert reply.status == 201


async def test_later_client_logs_in_by_sso_v2(program: Program) -> None:
    """14.2: JSON under a form's type; exactly its keys; the same name gives the same token."""
    body = {"email": "ana@example.com", "password": PASSWORD, "token_name": "Ubuntu One @ kiwi"}
    reply = await program.running.request(
        "POST", "/api/v2/tokens/oauth", FORM, json.dumps(body).encode()
    )
    assert reply.status == 200
    assert set(reply.json) == {
        *("href", "token_key", "token_secret", "token_name", "consumer_key", "consumer_secret"),
        *("date_created", "date_updated", "openid"),
    }
    assert reply.json["token_key"] == program.token["token"]
    assert reply.json["token_secret"] == program.token["token_secret"]


async def test_deltas_reach_a_client_of_generations(program: Program) -> None:
    """9: from a remembered generation; deleted nodes are told."""
    await program.ask("PUT", f"{API}/volumes/~/Docs")
    await program.ask("PUT", "/content/~/Docs/a", b"1")
    volume = await program.ask("GET", f"{API}/volumes/~/Docs?from_generation=0")
    known = volume.json["generation"]
    await program.ask("DELETE", f"{API}/~/Docs/a")
    later = await program.ask("GET", f"{API}/volumes/~/Docs?from_generation={known}")
    (node,) = later.json["delta"]["nodes"]
    assert (node["path"], node["is_live"]) == ("/a", False)
    assert later.json["generation"] > known

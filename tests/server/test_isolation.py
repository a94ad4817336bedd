"""One account can neither see nor disturb another: every route has its entry here.

A route, or a method of one, without an entry fails, so that a new one cannot be forgotten.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.server import databases
from tests.server.api.packed import packed, put
from tests.server.changes.listener import listening
from tests.server.files.client import API, Files, hash_of, magic_of, tag_of
from tests.server.raw import Reply
from tests.server.rig import PASSWORD, Running
from tests.server.uploads.client import Tus, metadata
from tests.server.web.visitor import Visitor, multipart
from u1tray.server.accounts.values import Token
from u1tray.server.api.batch.nodes import _ROUTER as BATCH_ROUTER
from u1tray.server.api.routes import ROUTES
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end
DIALECTS = databases.DIALECTS

SECRET = b"a secret of ana"
LARGE = SECRET * 4000
BOBS_PASSWORD = "another horse battery"
PLACES = ("Docs/private/hidden", "Docs", "Ubuntu%20One/hidden", "Docs/gone")
MAGIC = {"kind": "file", "hash": hash_of(SECRET), "magic_hash": magic_of(SECRET)}
CONTENT_PLACES = ("Docs/private/hidden", "Docs", "Ubuntu One/hidden", "Docs/gone")
BODIES: tuple[dict[str, Any], ...] = (
    MAGIC,
    {"path": "/taken", "is_public": True},
    {"kind": "directory"},
    {},
)


@dataclass
class Ana:
    """What another account must neither see nor change."""

    files: Files
    visitor: Visitor
    token: Token
    upload: str = ""
    old_public_id: str = ""
    deletion: str = ""
    session: str = ""

    @classmethod
    async def settle(cls, running: Running) -> Ana:
        account = await running.add_account()
        credentials, token = await running.add_token(account, "kiwi of ana")
        visitor = Visitor(running)
        await visitor.log_in()
        ana = cls(Files(running, credentials), visitor, token, session=visitor.session())
        await ana.files.volume("PUT", "~/Docs")
        for path in ("~/Docs/private/hidden", "~/Ubuntu One/hidden", "~/Docs/gone"):
            await ana.files.put(path, SECRET)
        await ana.files.put("~/Docs/private/large", LARGE)
        public = await ana.files.node("PUT", "~/Docs/private/hidden", {"is_public": True})
        ana.old_public_id = public.json["public_url"].rpartition("/")[2]
        await ana.files.node("PUT", "~/Docs/private/hidden", {"is_public": False})
        await ana.visitor.get("/files/~/Docs")
        await ana.visitor.do("/files/~/Docs/gone", action="delete", back="/files/~/Docs")
        ana.upload = await Tus(ana.files).begin("~/Docs/private/coming", 20)
        assert (await Tus(ana.files).patch(ana.upload, 0, SECRET[:7])).status == 204
        return ana

    async def all(self) -> dict[str, Any]:
        """Everything of hers that could be changed."""
        tokens = (await self.files.ask("GET", "/api/tokens/")).json["tokens"]
        pages = [await self.visitor.get(path) for path in ("/files/~/Docs", "/account/")]
        return {
            "deltas": [await self.files.delta(path, 0) for path in ("~/Docs", "~/Ubuntu One")],
            "content": (await self.files.content("GET", "~/Docs/private/hidden")).body,
            "large": (await self.files.content("GET", "~/Docs/private/large")).body,
            "user": (await self.files.ask("GET", API)).json,
            "account": (await self.files.ask("GET", "/api/account/")).json,
            "public": (await self.files.ask("GET", f"{API}/public_files")).json,
            "tokens": [(one["id"], one["name"]) for one in tokens],
            "upload": await Tus(self.files).offset(self.upload),
            "pages": [page.status for page in pages],
        }


@dataclass
class Bob:
    """Who tries everything. Every answer is looked at."""

    running: Running
    ana: Ana
    files: Files
    visitor: Visitor
    secrets: tuple[bytes, ...]
    asked: set[tuple[str, str]] = field(default_factory=set)

    def note(self, pattern: str, method: str, reply: Reply) -> Reply:
        self.asked.add((pattern, method))
        assert reply.status < 500, (pattern, method, reply)
        whole = reply.body + repr(reply.headers).encode()
        for secret in self.secrets:
            assert secret not in whole, (pattern, method, secret)
        return reply

    async def signed(self, pattern: str, method: str, **values: str) -> None:
        """All bodies to a signed route whose variables have all values that name something."""
        bodies = [json.dumps(body).encode() for body in BODIES] if method == "PUT" else [None]
        queries = ("", "?include_children=true", "?recursive=true") if method == "GET" else ("",)
        for target in targets(pattern, **values):
            for body in bodies:
                for query in queries:
                    reply = await self.files.ask(method, target + query, body)
                    self.note(pattern, method, reply)

    async def page(self, pattern: str, method: str, *forms: Mapping[str, str]) -> None:
        """All forms to a page, with the token of one's own session and with hers."""
        for target in targets(pattern):
            if method == "GET":
                self.note(pattern, method, await self.visitor.get(target))
                self.note(pattern, method, await self.visitor.get(f"{target}?q=hidden"))
                continue
            for form in forms or ({},):
                for token in (None, self.ana.visitor.token):
                    reply = await self.visitor.post(target, token=token, **form)
                    self.note(pattern, method, reply)
                    if reply.status == 303:
                        shown = await self.visitor.get(reply.header("Location") or "/")
                        self.note(pattern, method, shown)


def targets(pattern: str, **values: str) -> list[str]:
    """The URLs of a route."""
    for name, value in values.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    if "{path...}" not in pattern:
        return [pattern]
    prefix = "~/" if pattern.endswith("volumes/{path...}") else ""
    return [pattern.replace("{path...}", prefix + place) for place in PLACES]


async def api(bob: Bob, pattern: str, method: str) -> None:
    await bob.signed(pattern, method)


async def changes(bob: Bob, pattern: str, method: str) -> None:
    """Ana's changes are not told."""
    async with listening(bob.running, bob.files.credentials) as stream:
        first = generation(await bob.files.make("~/Ubuntu One/first"))
        while await stream.event() != first:  # of his own changes before, late words may come
            pass
        await bob.ana.files.put("~/Docs/private/news", b"n")
        await bob.ana.files.node("DELETE", "~/Docs/private/news")
        sign = generation(await bob.files.make("~/Ubuntu One/sign"))
        assert await stream.event() == sign
    bob.asked.add((pattern, method))


def generation(made: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What the stream tells of a node made in the root volume."""
    return "generation", {"path": "~/Ubuntu One", "generation": made["generation"]}


async def make_upload(bob: Bob, pattern: str, method: str) -> None:
    own = "/~/Ubuntu One/private/hidden"
    for target in (own, "/~/Docs/private/hidden", "/~ana/Docs/private/hidden", "/~1/Docs/x"):
        fields = {"Upload_Metadata": metadata(target=target), "Upload_Length": "3"}
        reply = await bob.files.ask(method, pattern, None, Tus_Resumable="1.0.0", **fields)
        bob.note(pattern, method, reply)
        assert (reply.status == 201) is (target == own), target


async def touch_upload(bob: Bob, pattern: str, method: str) -> None:
    """16.3: 403 `not_owner`."""
    more = {"Upload_Offset": "7", "Content_Type": "application/offset+octet-stream"}
    body = b"x" * 13 if method == "PATCH" else None
    reply = await bob.files.ask(method, bob.ana.upload, body, Tus_Resumable="1.0.0", **more)
    assert bob.note(pattern, method, reply).status == 403


async def batch(bob: Bob, pattern: str, method: str) -> None:
    for route in (one for some in BATCH_ROUTER._variable.values() for one in some):
        for kind in sorted(route.signed):
            prefix = route.pattern.partition("{path...}")[0].replace("{owner}", "ana")
            listed = [
                {"method": kind, "path": prefix + place, "body": body}
                for place in ("Docs/private/hidden", "Docs", "Ubuntu One/hidden")
                for body in BODIES
            ]
            sent = json.dumps({"operations": listed}).encode()
            reply = await bob.files.ask(method, pattern, sent)
            assert bob.note(pattern, method, reply).status == 200


async def batch_upload(bob: Bob, pattern: str, method: str) -> None:
    """Files of the same paths are Bob's own."""
    places = [f"/{owner}/{place}" for owner in ("~", "~ana", "~1") for place in CONTENT_PLACES]
    items = [put(place, data) for place in places for data in (b"bob's", SECRET)]
    reply = await bob.files.ask(method, pattern, packed(items))
    assert bob.note(pattern, method, reply).status == 200
    assert {one["status"] for one in reply.json["results"]} <= {200, 201, 400, 403, 404}


async def batch_download(bob: Bob, pattern: str, method: str) -> None:
    """What Bob has not put there himself is not there."""
    tag = tag_of(SECRET)
    for headers in ({}, {"If-Match": tag}, {"If-None-Match": tag}):
        listed = [
            {"path": f"/{owner}/{place}", "headers": headers}
            for owner in ("~", "~ana", "~1")
            for place in ("Docs/private/hidden", "Docs/private/large", "Docs")
        ]
        reply = await bob.files.ask(method, pattern, json.dumps({"operations": listed}).encode())
        assert bob.note(pattern, method, reply).status == 200
        line = json.loads(reply.body.partition(b"\n")[0])
        assert {one["status"] for one in line["results"]} <= {400, 403, 404}


async def others_nodes(bob: Bob, pattern: str, method: str) -> None:
    """1: `~name` is 403 `not_owner`."""
    for owner in ("ana", "1", "ana@example.com", "kW3xQ7a"):
        for target in targets(pattern, owner=owner):
            reply = await bob.files.ask(method, target, b"{}")
            assert bob.note(pattern, method, reply).status == 403


async def revoke(bob: Bob, pattern: str, method: str) -> None:
    """16.6: another account's token is 403 `not_owner`."""
    reply = await bob.files.ask(method, pattern.replace("{id}", bob.ana.token.id))
    assert (bob.note(pattern, method, reply).status, reply.code) == (403, "not_owner")


async def sso_v1(bob: Bob, pattern: str, method: str) -> None:
    """Bob's password opens nothing of Ana's."""
    target = f"{pattern}?ws.op=authenticate&token_name=kiwi%20of%20ana"
    for email in ("ana@example.com", "bob@example.com"):
        basic = base64.b64encode(f"{email}:{BOBS_PASSWORD}".encode()).decode()
        fields = {"Authorization": f"Basic {basic}"}
        reply = bob.note(pattern, method, await bob.running.request(method, target, fields))
        assert reply.status == (401 if "ana" in email else 200)


async def sso_v2(bob: Bob, pattern: str, method: str) -> None:
    """The same, and a token of the same name is another one."""
    for email in ("ana@example.com", "bob@example.com"):
        body = {"email": email, "password": BOBS_PASSWORD, "token_name": "kiwi of ana"}
        sent = json.dumps(body).encode()
        reply = bob.note(pattern, method, await bob.running.request(method, pattern, {}, sent))
        assert reply.status == (401 if "ana" in email else 200)


async def public(bob: Bob, pattern: str, method: str) -> None:
    """An id that was withdrawn, and what else might name her file."""
    key = (await bob.ana.files.get("~/Docs/private/hidden"))["key"].partition(":")[2]
    for number in (bob.ana.old_public_id, key, bob.ana.token.id, "0" * 21 + "1"):
        reply = await bob.files.ask(method, pattern.replace("{id}", number))
        assert bob.note(pattern, method, reply).status == 404


async def ping(bob: Bob, pattern: str, method: str) -> None:
    await bob.signed(pattern, method, email="ana@example.com")


async def page(bob: Bob, pattern: str, method: str) -> None:
    await bob.page(pattern, method)


async def node_forms(bob: Bob, pattern: str, method: str) -> None:
    actions = ("new-folder", "rename", "move", "publish", "unpublish", "delete")
    more = {"name": "mine", "into": "/", "back": "/files/"}
    await bob.page(pattern, method, *({"action": action, **more} for action in actions))


async def volume_forms(bob: Bob, pattern: str, method: str) -> None:
    undos = ({"action": "undo", "deletion": str(number)} for number in range(6))
    gone = {"action": "delete-volume", "path": "~/Docs"}
    await bob.page(pattern, method, gone, *undos)


async def account_forms(bob: Bob, pattern: str, method: str) -> None:
    sessions = ({"action": "end-session", "session": str(number)} for number in range(4))
    own = {"action": "end-session", "session": bob.ana.session}
    wrong = {"action": "password", "old": "x", "password": PASSWORD, "again": PASSWORD}
    await bob.page(pattern, method, own, wrong, *sessions)
    await renew(bob)


async def device_forms(bob: Bob, pattern: str, method: str) -> None:
    await bob.page(pattern, method, {"device": bob.ana.token.id}, {"device": bob.ana.token.key})


async def factor_forms(bob: Bob, pattern: str, method: str) -> None:
    actions = ("begin", "confirm", "enable", "disable", "codes")
    values = {"code": "000000", "current": BOBS_PASSWORD}
    forms = ({"action": action, **values} for action in actions)
    await bob.page(pattern, method, *forms)


async def upload_page(bob: Bob, pattern: str, method: str) -> None:
    """Files of the same paths are Bob's own."""
    for target in targets(pattern):
        for token in (bob.visitor.token, bob.ana.visitor.token):
            if method == "PUT":
                reply = await bob.visitor.ask(method, target, b"bob's", {"X-Form-Token": token})
            else:
                body, content_type = multipart([("x", b"bob's")], {"form_token": token})
                fields = {"Content-Type": content_type}
                reply = await bob.visitor.ask(method, target, body, fields)
            bob.note(pattern, method, reply)
            assert reply.status == 403 or token == bob.visitor.token


async def log_in_page(bob: Bob, pattern: str, method: str) -> None:
    """Bob's password does not open Ana's pages."""
    stranger = Visitor(bob.running)
    await stranger.get("/login")
    for email in ("ana@example.com", "1"):
        reply = await stranger.post(pattern, email=email, password=BOBS_PASSWORD, code="000000")
        bob.note(pattern, method, reply)
        assert reply.status != 303 or "/files" not in (reply.header("Location") or "")


async def log_out_page(bob: Bob, pattern: str, method: str) -> None:
    """It ends one's own session only."""
    await bob.page(pattern, method)
    await renew(bob)


async def register_page(bob: Bob, pattern: str, method: str) -> None:
    """Hers cannot be registered again."""
    await bob.page(pattern, method, {"email": "ana@example.com", "password": BOBS_PASSWORD})


async def renew(bob: Bob) -> None:
    bob.visitor.cookies.clear()
    assert (await bob.visitor.log_in("bob@example.com", BOBS_PASSWORD)).status == 303
    await bob.visitor.get("/files/")


# How each method of each route is tried. Those of web pages are tried with Bob's session.
TRIES = {
    API: {"GET": api},
    f"{API}/volumes": {"GET": api},
    f"{API}/volumes/{{path...}}": {"GET": api, "PUT": api, "DELETE": api},
    f"{API}/public_files": {"GET": api},
    f"{API}/changes": {"GET": changes},
    f"{API}/content/~/{{path...}}": {"GET": api, "PUT": api},
    f"{API}/uploads/": {"POST": make_upload, "OPTIONS": api},
    f"{API}/uploads/{{id}}": {"HEAD": touch_upload, "PATCH": touch_upload, "DELETE": touch_upload},
    "/content/~/{path...}": {"GET": api, "PUT": api},
    f"{API}/batch": {"POST": batch},
    f"{API}/batch/download": {"POST": batch_download},
    f"{API}/batch/upload": {"POST": batch_upload},
    f"{API}/~/{{path...}}": {"GET": api, "PUT": api, "DELETE": api},
    f"{API}/~{{owner}}/{{path...}}": {
        "GET": others_nodes,
        "PUT": others_nodes,
        "DELETE": others_nodes,
    },
    "/api/account/": {"GET": api},
    "/api/quota/": {"GET": api},
    "/api/tokens/": {"GET": api},
    "/api/tokens/{id}": {"DELETE": revoke},
    "/api/time": {"GET": api},
    "/api/features/": {"GET": api},
    "/api/1.0/authentications": {"GET": sso_v1},
    "/api/v2/tokens/oauth": {"POST": sso_v2},
    "/{id}": {"GET": public},
    "/oauth/sso-finished-so-get-tokens/": {"GET": ping},
    "/oauth/sso-finished-so-get-tokens/{email}": {"GET": ping},
    "/": {"GET": page},
    "/login": {"GET": page, "POST": log_in_page},
    "/login/code": {"GET": page, "POST": log_in_page},
    "/logout": {"GET": page, "POST": log_out_page},
    "/register": {"GET": page, "POST": register_page},
    "/files/": {"GET": page, "POST": volume_forms},
    "/files/~/{path...}": {"GET": page, "POST": node_forms},
    "/move/~/{path...}": {"GET": page},
    "/upload/~/{path...}": {"PUT": upload_page, "POST": upload_page},
    "/devices/": {"GET": page, "POST": device_forms},
    "/account/": {"GET": page, "POST": account_forms},
    "/account/two-factor": {"GET": page, "POST": factor_forms},
    "/static/{name}": {"GET": page},
    "/favicon.ico": {"GET": page},
}


def test_every_route_has_an_entry() -> None:
    """Who adds a route or a method says here how another account would try it."""
    listed = {(pattern, method) for pattern, tries in TRIES.items() for method in tries}
    served = {(one.pattern, method) for one in ROUTES for method in (*one.signed, *one.open)}
    assert listed == served


async def test_no_route_shows_or_disturbs_another_account(running: Running) -> None:
    """By no method, path, body, form, id or token (1, 6, 8, 10, 14, 16)."""
    ana = await Ana.settle(running)
    account = await running.add_account("bob@example.com", "Bob", password=BOBS_PASSWORD)
    credentials, _ = await running.add_token(account, "bobs")
    bob = Bob(running, ana, Files(running, credentials), Visitor(running), secrets_of(ana, running))
    await renew(bob)
    before = await ana.all()
    for pattern, tries in TRIES.items():
        for method, attempt in tries.items():
            running.clock.moment += 700  # refused log-ins are forgotten
            await attempt(bob, pattern, method)
            assert (pattern, method) in bob.asked
    after = await ana.all()
    after["deltas"], before["deltas"] = (
        [without_news(delta) for delta in found["deltas"]] for found in (after, before)
    )
    assert after == before


def without_news(volume: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of a delta but for what Ana herself did meanwhile."""
    nodes = volume["delta"]["nodes"]
    return [
        {**node, "when_changed": "", "generation": 0}
        for node in nodes
        if node["path"] not in ("/private/news",)
    ]


def secrets_of(ana: Ana, running: Running) -> tuple[bytes, ...]:
    """What no answer to another account may hold."""
    own: Credentials = ana.files.credentials
    texts = (own.token, own.token_secret, own.consumer_key, own.consumer_secret, ana.session)
    return (SECRET, hash_of(LARGE).encode(), b"large", b"Ana Example", *map(str.encode, texts))

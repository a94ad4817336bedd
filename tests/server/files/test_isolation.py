"""One account can neither see nor disturb another, by any route of the table."""

from __future__ import annotations

import json

import pytest

from tests.server import databases
from tests.server.files.client import Files, hash_of, magic_of
from u1tray.server.api.routes import ROUTES

pytestmark = pytest.mark.end2end
DIALECTS = databases.DIALECTS

METHODS = ("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE")
SECRET = b"a secret of ana"


async def test_no_route_shows_or_changes_anothers_files(files: Files, others: Files) -> None:
    """Every method on every route with every path of the other account (1, 6, 8)."""
    await files.put("~/Docs/private/secret", SECRET)
    await files.put("~/Ubuntu One/secret", SECRET)
    token_id = (await files.ask("GET", "/api/tokens/")).json["tokens"][0]["id"]
    before = [await files.delta(path, 0) for path in ("~/Docs", "~/Ubuntu One")]
    magic = {"kind": "file", "hash": hash_of(SECRET), "magic_hash": magic_of(SECRET)}
    bodies = [json.dumps(body).encode() for body in (magic, {"path": "/x", "is_public": True})]
    asked = 0
    for route in ROUTES:
        if not route.signed:
            continue
        for path in ("Docs/private/secret", "Docs", "~/Docs", "Ubuntu%20One/secret", "x"):
            target = route.pattern.replace("{path...}", path).replace("{id}", token_id)
            target = target.replace("{owner}", "ana").replace("{email}", "ana@example.com")
            for method in METHODS:
                for body in bodies if method in ("PUT", "POST", "PATCH") else [None]:
                    reply = await others.ask(method, target, body)
                    assert reply.status < 500, (method, target)
                    assert SECRET not in reply.body
                    assert hash_of(SECRET).encode() not in reply.body
                    assert b"ana@" not in reply.body
                    asked += 1
    assert asked > 200
    assert [await files.delta(path, 0) for path in ("~/Docs", "~/Ubuntu One")] == before
    assert (await files.content("GET", "~/Docs/private/secret")).body == SECRET
    assert await files.used() == 2 * len(SECRET)
    assert (await files.ask("GET", "/api/tokens/")).json["tokens"][0]["id"] == token_id

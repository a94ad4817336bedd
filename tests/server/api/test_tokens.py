"""An account's tokens, listed and revoked by itself (16.6)."""

from __future__ import annotations

import pytest

from tests.server import databases
from tests.server.rig import NOW, Running
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end


async def test_list_shows_unrevoked_tokens_without_keys(running: Running) -> None:
    """Id, name, times, and which one asks (16.6)."""
    account = await running.add_account()
    ana, first = await running.add_token(account, "one")
    _, second = await running.add_token(account, "two")
    _, third = await running.add_token(account, "three")
    await running.change_token(third, revoked_at=NOW)
    reply = await running.signed(ana, "GET", "/api/tokens/")
    listed = {row["id"]: row for row in reply.json["tokens"]}
    assert list(reply.json) == ["tokens"]
    assert set(listed) == {first.id, second.id}
    assert listed[first.id] == {
        "id": first.id,
        "name": "one",
        "created": "2012-01-01T00:00:00Z",
        "last_used": "2012-01-01T00:00:00Z",
        "current": True,
    }
    assert (listed[second.id]["last_used"], listed[second.id]["current"]) == (None, False)
    assert ana.token.encode() not in reply.body


@databases.both
async def test_revoked_token_is_refused_at_once(running: Running) -> None:
    """Effective at once; revoked already is 404 (16.6, 20)."""
    account = await running.add_account()
    ana, _ = await running.add_token(account, "one")
    other, token = await running.add_token(account, "two")
    first = await running.signed(ana, "DELETE", f"/api/tokens/{token.id}")
    assert (first.status, first.json) == (200, {})
    refused = await running.signed(other, "GET", "/api/quota/")
    assert (refused.status, refused.code) == (403, "token_revoked")
    again = await running.signed(ana, "DELETE", f"/api/tokens/{token.id}")
    assert (again.status, again.code) == (404, "not_found")


async def test_token_may_revoke_itself(running: Running) -> None:
    """Log-out (16.6)."""
    ana, token = await running.add_token(await running.add_account())
    assert (await running.signed(ana, "DELETE", f"/api/tokens/{token.id}")).status == 200
    assert (await running.signed(ana, "GET", "/api/quota/")).status == 403


async def test_another_accounts_token_is_not_owner(running: Running, ana: Credentials) -> None:
    """403, and it still works (16.6)."""
    bob, token = await running.add_token(await running.add_account("bob@example.com"))
    reply = await running.signed(ana, "DELETE", f"/api/tokens/{token.id}")
    assert (reply.status, reply.code) == (403, "not_owner")
    assert (await running.signed(bob, "GET", "/api/quota/")).status == 200


@pytest.mark.parametrize("token_id", ["nothing", "%FF", "a%00b", "%F0%9F%98%80"])
@databases.both
async def test_unknown_token_is_404(running: Running, ana: Credentials, token_id: str) -> None:
    """Whatever the id looks like (16.6)."""
    reply = await running.signed(ana, "DELETE", f"/api/tokens/{token_id}")
    assert (reply.status, reply.code) == (404, "not_found")


async def test_token_url_answers_delete_only(running: Running, ana: Credentials) -> None:
    """405 with Allow (1)."""
    reply = await running.signed(ana, "GET", "/api/tokens/x")
    assert (reply.status, reply.header("Allow")) == (405, "DELETE")

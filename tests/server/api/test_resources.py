"""User, quota, account, features, time: what they say (4.1, 11, 13.4, 16.1)."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.server.rig import NOW, Running
from u1tray import __version__
from u1tray.server.accounts.values import Account
from u1tray.server.api.account import plan_name
from u1tray.vocabulary.credentials import Credentials

FILES = "/api/file_storage/v1"

pytestmark = pytest.mark.end2end


async def body_of(running: Running, credentials: Credentials, target: str) -> Any:
    reply = await running.signed(credentials, "GET", target)
    assert reply.status == 200
    return reply.json


@pytest.mark.parametrize("target", ["/api/quota/", "/api/quota"])
async def test_quota_has_exactly_total_and_used(
    running: Running, ana: Credentials, target: str
) -> None:
    """Two integer keys in bytes; the final slash is optional (11)."""
    assert await body_of(running, ana, target) == {"total": 5368709120, "used": 0}


async def test_quota_shows_what_is_used_even_beyond_the_total(running: Running) -> None:
    """`used` may exceed `total`; the two are never adjusted to each other (11)."""
    account = await running.add_account()
    credentials, _ = await running.add_token(account)
    await running.change_account(account, used_bytes=7, quota_bytes=5)
    assert await body_of(running, credentials, "/api/quota/") == {"total": 5, "used": 7}
    user = await body_of(running, credentials, "/api/file_storage/v1")
    assert (user["max_bytes"], user["used_bytes"]) == (5, 7)


async def test_quota_of_zero_is_zero(running: Running) -> None:
    """A quota of 0 is no lack of a quota."""
    credentials, _ = await running.add_token(await running.add_account(quota_bytes=0))
    assert await body_of(running, credentials, "/api/quota/") == {"total": 0, "used": 0}


async def test_quota_without_limit_is_used_plus_free_disk(running: Running) -> None:
    """Without a limit, `total` is `used` plus the free disk space (11)."""
    account = await running.add_account(quota_bytes=None)
    credentials, _ = await running.add_token(account)
    await running.change_account(account, used_bytes=1000)
    quota = await body_of(running, credentials, "/api/quota/")
    disk = os.statvfs(running.cloud.directory)
    assert quota["used"] == 1000
    # Other programs write to the same disk meanwhile.
    assert abs(quota["total"] - 1000 - disk.f_bavail * disk.f_frsize) < 10_000_000_000


async def test_user_has_exactly_seven_keys_and_the_link(running: Running, ana: Credentials) -> None:
    """Exactly 200, exactly seven keys; the extensions are in a header only (4.1, 16.1)."""
    reply = await running.signed(ana, "GET", "/api/file_storage/v1")
    assert reply.status == 200
    assert reply.json == {
        "resource_path": "",
        "user_id": 1,
        "visible_name": "Ana Example",
        "max_bytes": 5368709120,
        "used_bytes": 0,
        "root_node_path": "/~/Ubuntu One",
        "user_node_paths": [],
    }
    assert reply.header("Link") == '</api/features/>; rel="service-desc"'


@pytest.mark.parametrize("target", ["/api/account/", "/api/account"])
async def test_account_has_its_fields(running: Running, target: str) -> None:
    """All fields of section 11; the identity URL is on the origin the client used."""
    account = await running.add_account()
    credentials, _ = await running.add_token(account)
    identity = f"http://{running.api.authority}/+id/{account.consumer_key}"
    assert await body_of(running, credentials, target) == {
        "id": account.id,
        "username": identity,
        "openid": identity,
        "first_name": "Ana",
        "last_name": "Example",
        "nickname": "ana",
        "email": "ana@example.com",
        "current_plan": "Free 5.4 GB",
        "total_storage": 5368709120,
        "features": [],
        "detailed_plans": [],
    }


async def test_account_without_a_name_has_empty_names(running: Running) -> None:
    """`""` if unknown (11)."""
    credentials, _ = await running.add_token(await running.add_account(name=""))
    account = await body_of(running, credentials, "/api/account/")
    assert (account["first_name"], account["last_name"]) == ("", "")


@pytest.mark.parametrize(
    ("quota", "plan"),
    [(5_000_000_000, "Free 5 GB"), (0, "Free 0 bytes"), (1500, "Free 1.5 kB"), (None, "Unlimited")],
)
async def test_plan_names_the_quota(running: Running, quota: int | None, plan: str) -> None:
    """e.g. `Free 5 GB` (11)."""
    account: Account = await running.add_account(quota_bytes=quota)
    assert plan_name(account) == plan


async def test_accounts_see_their_own_numbers(running: Running, ana: Credentials) -> None:
    """One account never sees another's."""
    bob_account = await running.add_account("bob@example.com", "Bob", 10)
    bob, _ = await running.add_token(bob_account)
    assert (await body_of(running, bob, "/api/quota/"))["total"] == 10
    assert (await body_of(running, ana, "/api/quota/"))["total"] == 5368709120
    assert (await body_of(running, bob, "/api/file_storage/v1"))["user_id"] == bob_account.id


@pytest.mark.parametrize("target", ["/api/features/", "/api/features"])
async def test_features_list_only_what_there_is(running: Running, target: str) -> None:
    """Unsigned; an extension that is not built is not announced (16.1)."""
    reply = await running.request("GET", target)
    assert (reply.status, reply.header("Content-Type")) == (200, "application/json")
    assert reply.json == {
        "server": {"name": "u1server", "version": __version__},
        "signature_methods": ["HMAC-SHA256", "HMAC-SHA1", "PLAINTEXT"],
        "features": {
            "changes": {"url": f"{FILES}/changes"},
            "batch": {"url": f"{FILES}/batch"},
            "uploads": {"url": f"{FILES}/uploads/", "protocol": "tus 1.0.0"},
            "tokens": {"url": "/api/tokens/"},
            "batch_upload": {"url": f"{FILES}/batch/upload"},
            "batch_download": {"url": f"{FILES}/batch/download"},
            "recursive": {},
            "preconditions": {},
            "overwrite": {},
            "delete_empty": {},
        },
        "limits": {
            "max_upload_bytes": None,
            "max_batch_operations": 1000,
            "max_batch_bytes": 4194304,
            "max_batch_content_bytes": 65536,
        },
    }


async def test_announced_urls_exist(running: Running, ana: Credentials) -> None:
    """Whatever is announced answers: with the method it has, or names it."""
    announced = (await running.request("GET", "/api/features/")).json["features"]
    for feature in filter(None, announced.values()):
        reply = await running.signed(ana, "HEAD", feature["url"])
        assert reply.status == 200 or "POST" in (reply.header("allow") or "")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_time_and_date_tell_the_servers_clock(running: Running, method: str) -> None:
    """Unsigned; the body is Unix seconds, `Date` says the same (13.4)."""
    running.clock.moment = NOW + 0.9
    reply = await running.request(method, "/api/time")
    assert (reply.status, reply.header("Content-Type")) == (200, "text/plain")
    assert reply.body == (b"1325376000" if method == "GET" else b"")
    assert reply.header("Content-Length") == "10"
    assert reply.header("Date") == "Sun, 01 Jan 2012 00:00:00 GMT"


@pytest.mark.parametrize("target", ["/api/time", "/api/features/", "/api/1.0/authentications"])
async def test_unsigned_route_answers_a_wrong_method_with_405(
    running: Running, target: str
) -> None:
    """405 with Allow, no credentials asked (20)."""
    reply = await running.request("POST", target, body=b"")
    assert (reply.status, reply.code) == (405, "method_not_allowed")
    assert reply.header("Allow") == "GET, HEAD"

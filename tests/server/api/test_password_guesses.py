"""How many wrong passwords are taken (14): ten in ten minutes, per account or address."""

from __future__ import annotations

import asyncio
import base64
import json
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.server.databases import both
from tests.server.raw import Reply
from tests.server.rig import PASSWORD, Running, running_cloud

pytestmark = pytest.mark.end2end

V2 = "/api/v2/tokens/oauth"
V1 = "/api/1.0/authentications?ws.op=authenticate&token_name=x"
PROXIES = (ip_network("127.0.0.1"),)


async def guess(
    running: Running, password: str = "wrong", email: str = "ana@example.com", address: str = ""
) -> Reply:
    fields = {"X-Forwarded-For": address, "X-Forwarded-Proto": "https"} if address else {}
    body = {"email": email, "password": password, "token_name": "x"}
    return await running.request("POST", V2, fields, json.dumps(body).encode())


async def test_eleventh_guess_is_429_even_with_the_right_password(running: Running) -> None:
    """A 429 refuses the right password too (20)."""
    await running.add_account()
    for _ in range(10):
        assert (await guess(running)).status == 401
        running.clock.moment += 10
    reply = await guess(running, PASSWORD)
    assert (reply.status, reply.json["code"]) == (429, "TOO_MANY_REQUESTS")
    assert list(reply.json) == ["code", "message", "extra"]
    assert reply.header("Retry-After") == "500"
    running.clock.moment += 500
    assert (await guess(running, PASSWORD)).status == 201


async def test_v1_answers_429_as_text(running: Running) -> None:
    """v1: `text/plain` (14)."""
    await running.add_account()
    for _ in range(10):
        await guess(running)
    encoded = base64.b64encode(f"ana@example.com:{PASSWORD}".encode()).decode()
    reply = await running.request("GET", V1, {"Authorization": f"Basic {encoded}"})
    assert (reply.status, reply.header("Content-Type")) == (429, "text/plain")
    assert reply.header("Retry-After") == "600"


async def test_right_passwords_do_not_count(running: Running) -> None:
    """Only wrong ones do, however many come at once."""
    await running.add_account()
    replies = await asyncio.gather(*(guess(running, PASSWORD) for _ in range(25)))
    assert {reply.status for reply in replies} == {200, 201}


async def test_guesses_at_once_count_too(running: Running) -> None:
    """Ten are answered, the others are refused, though they arrive together."""
    await running.add_account()
    replies = await asyncio.gather(*(guess(running) for _ in range(25)))
    assert sorted(reply.status for reply in replies) == [401] * 10 + [429] * 15


async def test_account_is_guarded_whatever_the_address(data: Path) -> None:
    """Per account (14); other accounts from elsewhere are not disturbed."""
    async with running_cloud(data, trusted_proxies=PROXIES) as running:
        await running.add_account()
        await running.add_account("bob@example.com")
        for number in range(10):
            await guess(running, address=f"192.0.2.{number}")
        assert (await guess(running, PASSWORD, address="192.0.2.99")).status == 429
        assert (await guess(running, PASSWORD, "bob@example.com", "192.0.2.99")).status == 201


async def test_address_is_guarded_whatever_the_account(data: Path) -> None:
    """Per address (14)."""
    async with running_cloud(data, trusted_proxies=PROXIES) as running:
        await running.add_account()
        for number in range(10):
            await guess(running, email=f"nobody{number}@example.com", address="192.0.2.1")
        assert (await guess(running, PASSWORD, address="192.0.2.1")).status == 429
        assert (await guess(running, PASSWORD, address="192.0.2.2")).status == 201


async def test_unknown_account_is_guarded_like_a_known_one(data: Path) -> None:
    """A 429 must not tell whether an account exists."""
    async with running_cloud(data, trusted_proxies=PROXIES) as running:
        for number in range(10):
            await guess(running, email="nobody@example.com", address=f"192.0.2.{number}")
        reply = await guess(running, email="NOBODY@example.com", address="192.0.2.99")
        assert reply.status == 429


@both
async def test_guesses_are_counted_for_all_processes(data: Path, database_url: str | None) -> None:
    """The count is shared through the database, for guesses at once too."""
    url = database_url
    async with (
        running_cloud(data, database_url=url) as one,
        running_cloud(data, database_url=url) as other,
    ):
        await one.add_account()
        clouds = [one, other] * 8
        replies = await asyncio.gather(*(guess(cloud) for cloud in clouds))
        assert sorted(reply.status for reply in replies) == [401] * 10 + [429] * 6
        assert (await guess(one, PASSWORD)).status == 429
        assert (await guess(other, PASSWORD)).status == 429


async def test_ipv6_addresses_of_one_network_are_one(data: Path) -> None:
    """By /64, which one customer has to choose from."""
    async with running_cloud(data, trusted_proxies=PROXIES) as running:
        await running.add_account()
        for number in range(10):
            guessed = f"nobody{number}@example.com"
            await guess(running, email=guessed, address=f"2001:db8:0:1::{number:x}")
        reply = await guess(running, PASSWORD, address="2001:db8:0:1:ffff::1")
        assert (reply.status, reply.header("Retry-After")) == (429, "600")
        assert (await guess(running, PASSWORD, address="2001:db8:0:2::1")).status == 201

"""Token issue for accounts with a second factor (14.1, 14.2)."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from tests.server.databases import both
from tests.server.raw import Reply
from tests.server.rig import NOW, PASSWORD, Running, running_cloud
from u1tray.server.accounts import totp, two_factor
from u1tray.server.accounts.two_factor import TwoFactorFailedError
from u1tray.server.accounts.values import Account

pytestmark = pytest.mark.end2end

V1 = "/api/1.0/authentications?ws.op=authenticate&token_name=x"
V2 = "/api/v2/tokens/oauth"
GOOD = {"email": "ana@example.com", "password": PASSWORD, "token_name": "x"}
STEP = int(NOW) // totp.STEP_S


async def guarded(running: Running) -> tuple[Account, str, tuple[str, ...]]:
    """An account with a second factor, its secret and recovery codes."""
    account = await running.add_account()
    cloud = running.cloud
    begun = await cloud.workers.write(two_factor.begin, cloud.mint, account, "kiwi", NOW)
    first = totp.code_at(begun.secret, STEP - 1)
    codes = await cloud.workers.write(two_factor.confirm, cloud.mint, account.id, first, NOW)
    return account, begun.secret, codes


async def log_in(running: Running, code: str | None = None, password: str = PASSWORD) -> Reply:
    otp = {} if code is None else {"otp": code}
    return await running.post_json(V2, {**GOOD, "password": password, **otp})


def told(reply: Reply) -> tuple[int, str]:
    assert list(reply.json) == ["code", "message", "extra"]
    return reply.status, reply.json["code"]


async def test_v2_without_a_code_asks_for_one(running: Running) -> None:
    """401 `TWOFACTOR_REQUIRED`; a blank or null one is none (14.2)."""
    await guarded(running)
    for code in (None, "", "  "):
        assert told(await log_in(running, code)) == (401, "TWOFACTOR_REQUIRED")
    reply = await running.post_json(V2, {**GOOD, "otp": None})
    assert told(reply) == (401, "TWOFACTOR_REQUIRED")


async def test_v2_with_the_code_gives_the_token(running: Running) -> None:
    """201, once: the same code again is 403 `TWOFACTOR_FAILURE` (14.2)."""
    _, secret, _ = await guarded(running)
    code = totp.code_at(secret, STEP)
    assert (await log_in(running, code)).status == 201
    assert told(await log_in(running, code)) == (403, "TWOFACTOR_FAILURE")
    assert (await log_in(running, totp.code_at(secret, STEP + 1))).status == 200


async def test_v2_takes_a_recovery_code_once(running: Running) -> None:
    """In the same field."""
    _, _, codes = await guarded(running)
    assert (await log_in(running, codes[0])).status == 201
    assert told(await log_in(running, codes[0])) == (403, "TWOFACTOR_FAILURE")
    assert (await log_in(running, codes[1])).status == 200


async def test_v2_wrong_password_never_tells_of_a_second_factor(running: Running) -> None:
    """401 `INVALID_CREDENTIALS`, with or without a code, and a right code is not used up."""
    _, secret, _ = await guarded(running)
    code = totp.code_at(secret, STEP)
    for otp in (None, "000000", code):
        assert told(await log_in(running, otp, "wrong")) == (401, "INVALID_CREDENTIALS")
    assert (await log_in(running, code)).status == 201


async def test_v2_disabled_account_is_told_before_the_code(running: Running) -> None:
    """403 `ACCOUNT_SUSPENDED`; the code still works when it is enabled again."""
    account, secret, _ = await guarded(running)
    code = totp.code_at(secret, STEP)
    await running.change_account(account, state="suspended")
    assert told(await log_in(running)) == (403, "ACCOUNT_SUSPENDED")
    assert told(await log_in(running, code)) == (403, "ACCOUNT_SUSPENDED")
    await running.change_account(account, state="active")
    assert (await log_in(running, code)).status == 201


@both
async def test_two_logins_with_one_code_at_once_one_wins(
    data: Path, database_url: str | None
) -> None:
    """At two servers of one cloud."""
    url = database_url
    async with (
        running_cloud(data, database_url=url) as one,
        running_cloud(data, database_url=url) as other,
    ):
        _, secret, codes = await guarded(one)
        for code in (totp.code_at(secret, STEP), codes[0]):
            replies = await asyncio.gather(*(log_in(at, code) for at in (one, other, one, other)))
            statuses = sorted(reply.status for reply in replies)
            assert statuses[0] in (200, 201)
            assert statuses[1:] == [403, 403, 403]


async def test_wrong_codes_count_as_wrong_passwords(running: Running) -> None:
    """Ten in ten minutes; then the right password and code are 429 too (14, 20)."""
    _, secret, _ = await guarded(running)
    for _ in range(10):
        assert told(await log_in(running, "000000")) == (403, "TWOFACTOR_FAILURE")
    reply = await log_in(running, totp.code_at(secret, STEP))
    assert told(reply) == (429, "TOO_MANY_REQUESTS")
    assert reply.header("Retry-After") == "600"


async def test_being_asked_for_a_code_does_not_count(running: Running) -> None:
    """A client asks without a code first, every time."""
    _, secret, _ = await guarded(running)
    for _ in range(12):
        assert (await log_in(running)).status == 401
    assert (await log_in(running, totp.code_at(secret, STEP))).status == 201


async def test_v1_has_no_place_for_a_code(running: Running) -> None:
    """401 and the challenge, as for wrong credentials (14.1); never a token."""
    await guarded(running)
    encoded = base64.b64encode(f"ana@example.com:{PASSWORD}".encode()).decode()
    reply = await running.request("GET", V1, {"Authorization": f"Basic {encoded}"})
    assert (reply.status, reply.body) == (401, b"Authorization Required")
    assert reply.header("WWW-Authenticate") == 'Basic realm="Restricted area"'


async def test_tokens_made_before_work_without_a_code(running: Running) -> None:
    """The second factor guards log-in, not signed requests."""
    account, _, _ = await guarded(running)
    credentials, _ = await running.add_token(account)
    assert (await running.signed(credentials, "GET", "/api/quota/")).status == 200


async def test_code_alone_is_counted_too(running: Running) -> None:
    """For web pages that ask for it after the password: `Login.check_code`."""
    account, secret, _ = await guarded(running)
    login = running.cloud.login
    for _ in range(10):
        with pytest.raises(TwoFactorFailedError):
            await login.check_code(account, "000000", "192.0.2.1")
    reply = await log_in(running, totp.code_at(secret, STEP))
    assert told(reply) == (429, "TOO_MANY_REQUESTS")
    running.clock.moment += 600
    later = totp.code_at(secret, STEP + 20)
    await login.check_code(account, later, "192.0.2.1")
    with pytest.raises(TwoFactorFailedError):
        await login.check_code(account, later, "192.0.2.1")

"""What a log-in gives when the password is changed, or hashed anew, while it is under way."""

from __future__ import annotations

import argon2
import pytest

from tests.server import databases
from tests.server.rig import PASSWORD, Running
from tests.server.web.visitor import EMAIL, Visitor
from u1tray.server.accounts import issue
from u1tray.server.accounts.passwords import Passwords
from u1tray.server.accounts.values import PasswordChangedError, Verified
from u1tray.server.storage.metadata import accounts as account_rows
from u1tray.server.storage.metadata import tokens as token_rows
from u1tray.server.web import sessions
from u1tray.server.web.sessions import Stage

pytestmark = pytest.mark.end2end


async def verified(running: Running) -> Verified:
    found = await running.cloud.login.check(EMAIL, PASSWORD, "192.0.2.1")
    assert found is not None
    return found


@databases.both
async def test_log_in_that_a_change_overtakes_gives_nothing(running: Running) -> None:
    """Neither a session nor a token for a password that is none any more (14)."""
    account = await running.add_account()
    old, write, now = await verified(running), running.cloud.workers.write, running.clock.now()
    secret = await write(sessions.begin, old, Stage.CODE, "", now)
    half = await running.cloud.workers.read(sessions.find, secret, now)
    assert half is not None
    await running.change_account(account, password_hash=Passwords().hash("another one"))
    with pytest.raises(PasswordChangedError):
        await write(sessions.begin, old, Stage.OPEN, "", now)
    with pytest.raises(PasswordChangedError):
        await write(sessions.advance, half, now)
    with pytest.raises(PasswordChangedError):
        await write(issue.issue_for, old, "kiwi", running.cloud.mint, now)
    assert await running.cloud.workers.read(token_rows.unrevoked, account.id) == []


@databases.both
async def test_fresh_hash_ends_no_session_and_no_newer_password(running: Running) -> None:
    """Other browsers stay; where the password was changed meanwhile, that one stays."""
    account = await running.add_account()
    weak = argon2.PasswordHasher(1, 8, 1).hash(PASSWORD)
    await running.change_account(account, password_hash=weak)
    write, read = running.cloud.workers.write, running.cloud.workers.read
    before = Verified(account, weak)
    secret = await write(sessions.begin, before, Stage.OPEN, "", running.clock.now())
    other = Visitor(running, {}, {"u1": secret})
    assert (await other.get("/files/")).status == 200
    fresh = (await verified(running)).password_hash
    assert fresh == await read(account_rows.password_hash, account.id) != weak
    assert (await other.get("/files/")).status == 200
    assert not await write(account_rows.replace_hash, account.id, weak, "x")
    assert await read(account_rows.password_hash, account.id) == fresh

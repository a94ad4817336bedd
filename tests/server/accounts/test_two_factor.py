"""The second factor: enrolled, confirmed, used once, recovered from, turned off."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.server.databases import both
from tests.server.rig import NOW, Running, running_cloud
from u1tray.server.accounts import totp, two_factor
from u1tray.server.accounts.two_factor import TwoFactorFailedError
from u1tray.server.accounts.values import Account
from u1tray.server.cloud import Cloud
from u1tray.vocabulary.errors import ConflictError, NotFoundError

pytestmark = pytest.mark.core

STEP = int(NOW) // totp.STEP_S


async def begin(cloud: Cloud, account: Account, now: float = NOW) -> str:
    """The secret of an enrolment."""
    begun = await cloud.workers.write(two_factor.begin, cloud.mint, account, "kiwi", now)
    return begun.secret


async def confirm(cloud: Cloud, account: Account, code: str, now: float = NOW) -> tuple[str, ...]:
    return await cloud.workers.write(two_factor.confirm, cloud.mint, account.id, code, now)


async def verify(cloud: Cloud, account: Account, code: str, now: float = NOW) -> bool:
    return await cloud.workers.write(two_factor.verify, cloud.mint, account.id, code, now)


async def state(cloud: Cloud, account: Account) -> tuple[bool, int]:
    found = await cloud.workers.read(two_factor.state, account.id)
    return found.is_on, found.recovery_codes_left


async def turn_on(running: Running, account: Account) -> tuple[str, tuple[str, ...]]:
    """Its secret and recovery codes; the step before NOW's is used up."""
    secret = await begin(running.cloud, account)
    return secret, await confirm(running.cloud, account, totp.code_at(secret, STEP - 1))


@both
async def test_enrolment_counts_once_it_is_confirmed(running: Running) -> None:
    """Until then log-in asks for nothing."""
    account = await running.add_account()
    secret = await begin(running.cloud, account)
    assert await state(running.cloud, account) == (False, 0)
    codes = await confirm(running.cloud, account, totp.code_at(secret, STEP))
    assert await state(running.cloud, account) == (True, 10)
    assert len(set(codes)) == 10


@both
async def test_two_who_begin_at_once_begin_the_same(running: Running) -> None:
    """A form that is sent twice leads to one secret."""
    account = await running.add_account()
    begun = await asyncio.gather(*(begin(running.cloud, account) for _ in range(8)))
    assert len(set(begun)) == 1


async def test_wrong_first_code_confirms_nothing(running: Running) -> None:
    """And the right one does afterwards."""
    account = await running.add_account()
    secret = await begin(running.cloud, account)
    with pytest.raises(TwoFactorFailedError):
        await confirm(running.cloud, account, totp.code_at(secret, STEP + 5))
    assert await state(running.cloud, account) == (False, 0)
    assert await confirm(running.cloud, account, totp.code_at(secret, STEP))


async def test_enrolment_shown_again_has_the_same_secret_for_an_hour(running: Running) -> None:
    """A reloaded page must not outdate the picture that the telephone has read."""
    account = await running.add_account()
    first = await begin(running.cloud, account)
    assert await begin(running.cloud, account, NOW + 3599) == first
    assert await begin(running.cloud, account, NOW + 3600) != first


async def test_second_factor_is_not_turned_on_twice(running: Running) -> None:
    """Nor confirmed without a beginning."""
    account = await running.add_account()
    with pytest.raises(NotFoundError):
        await confirm(running.cloud, account, "123456")
    secret, _ = await turn_on(running, account)
    with pytest.raises(ConflictError):
        await begin(running.cloud, account)
    with pytest.raises(ConflictError):
        await confirm(running.cloud, account, totp.code_at(secret, STEP))


async def test_first_code_is_used_up(running: Running) -> None:
    """Who looked over the shoulder cannot use it."""
    account = await running.add_account()
    secret, _ = await turn_on(running, account)
    assert not await verify(running.cloud, account, totp.code_at(secret, STEP - 1))
    assert await verify(running.cloud, account, totp.code_at(secret, STEP))


@pytest.mark.parametrize("form", ["{}", " {} ", "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}"])
async def test_code_is_read_as_people_write_it(running: Running, form: str) -> None:
    """Blanks do not count."""
    account = await running.add_account()
    secret, _ = await turn_on(running, account)
    assert await verify(running.cloud, account, form.format(totp.code_at(secret, STEP)))


async def test_used_step_is_never_accepted_again(running: Running) -> None:
    """Nor an earlier one after a later one (RFC 6238, 5.2)."""
    account = await running.add_account()
    secret, _ = await turn_on(running, account)
    assert await verify(running.cloud, account, totp.code_at(secret, STEP + 1))
    assert not await verify(running.cloud, account, totp.code_at(secret, STEP + 1))
    assert not await verify(running.cloud, account, totp.code_at(secret, STEP))
    assert await verify(running.cloud, account, totp.code_at(secret, STEP + 2), NOW + 30)


@both
async def test_used_step_is_not_accepted_by_another_process_or_after_a_restart(
    data: Path, database_url: str | None
) -> None:
    """It is in the database."""
    url = database_url
    async with (
        running_cloud(data, database_url=url) as one,
        running_cloud(data, database_url=url) as other,
    ):
        account = await one.add_account()
        secret, codes = await turn_on(one, account)
        assert await verify(one.cloud, account, totp.code_at(secret, STEP))
        assert not await verify(other.cloud, account, totp.code_at(secret, STEP))
        assert await verify(other.cloud, account, codes[0])
        assert not await verify(one.cloud, account, codes[0])
    async with running_cloud(data, database_url=url) as again:
        assert not await verify(again.cloud, account, totp.code_at(secret, STEP))


@both
async def test_one_code_shown_many_times_at_once_wins_once(
    data: Path, database_url: str | None
) -> None:
    """From many threads over several clouds of one directory."""
    url = database_url
    async with (
        running_cloud(data, database_url=url) as one,
        running_cloud(data, database_url=url) as other,
    ):
        account = await one.add_account()
        secret, codes = await turn_on(one, account)
        for code in (totp.code_at(secret, STEP), codes[3]):

            def use(number: int, code: str = code) -> bool:
                cloud = (one, other)[number % 2].cloud
                with cloud.workers.database.writing() as connection:
                    return two_factor.verify(connection, cloud.mint, account.id, code, NOW)

            with ThreadPoolExecutor(6) as threads:
                won = list(threads.map(use, range(12)))
            assert sorted(won) == [False] * 11 + [True]


@both
async def test_recovery_code_works_once_however_it_is_written(running: Running) -> None:
    """Capitals, blanks and dashes do not count."""
    account = await running.add_account()
    _, codes = await turn_on(running, account)
    assert await verify(running.cloud, account, codes[0].upper().replace("-", "  "))
    assert not await verify(running.cloud, account, codes[0])
    assert await state(running.cloud, account) == (True, 9)


async def test_new_recovery_codes_outdate_the_old_ones(running: Running) -> None:
    """Ten again."""
    account = await running.add_account()
    _, old = await turn_on(running, account)
    await verify(running.cloud, account, old[0])
    fresh = await running.cloud.workers.write(two_factor.renew_recovery_codes, account.id)
    assert await state(running.cloud, account) == (True, 10)
    assert not await verify(running.cloud, account, old[1])
    assert await verify(running.cloud, account, fresh[1])


async def test_codes_belong_to_their_account(running: Running) -> None:
    """Neither the device's nor a recovery code opens another."""
    ana = await running.add_account()
    bob = await running.add_account("bob@example.com")
    secret, codes = await turn_on(running, ana)
    await turn_on(running, bob)
    assert not await verify(running.cloud, bob, totp.code_at(secret, STEP))
    assert not await verify(running.cloud, bob, codes[0])


@pytest.mark.parametrize("code", ["", "12345", "1234567", "x" * 5000, "\ud800", "١٢٣٤٥٦", "\0"])
async def test_text_that_is_no_code_is_wrong(running: Running, code: str) -> None:
    """No error, no match."""
    account = await running.add_account()
    await turn_on(running, account)
    assert not await verify(running.cloud, account, code)


@both
async def test_disabled_second_factor_leaves_nothing(running: Running) -> None:
    """No secret, no recovery code; a new enrolment has a new secret."""
    account = await running.add_account()
    secret, _ = await turn_on(running, account)
    assert await running.cloud.workers.write(two_factor.disable, account.id) is True
    assert await running.cloud.workers.write(two_factor.disable, account.id) is False
    assert await state(running.cloud, account) == (False, 0)
    assert await verify(running.cloud, account, "anything")
    assert await begin(running.cloud, account) != secret


async def test_database_holds_neither_secret_nor_recovery_code(running: Running) -> None:
    """The secret is sealed, the codes are digests."""
    account = await running.add_account()
    secret, codes = await turn_on(running, account)
    with sqlite3.connect(running.cloud.directory / "metadata.sqlite") as database:
        stored = "\n".join(database.iterdump())
    database.close()
    assert "two_factor" in stored
    hidden = [secret, *codes, *(code.replace("-", "") for code in codes)]
    assert [one for one in hidden if one in stored or one.encode().hex().upper() in stored] == []
    begun = two_factor.Enrolment(secret, totp.enrolment_uri(secret, "a@b.c", "kiwi"))
    assert secret not in repr(begun)

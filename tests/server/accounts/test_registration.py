"""Self-registration: closed unless opened, few tries, and no more told than must be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.databases import both
from tests.server.rig import Running, running_cloud
from u1tray.server.accounts.attempts import TooManyAttemptsError
from u1tray.server.accounts.registration import RegistrationFaultsError
from u1tray.server.accounts.values import Account
from u1tray.vocabulary.errors import RefusedError

pytestmark = pytest.mark.core

PASSWORD = "correct horse ñ"
V2 = "/api/v2/tokens/oauth"


@pytest.fixture
async def welcoming(data: Path) -> AsyncIterator[Running]:
    """A cloud where people may register."""
    async with running_cloud(data, registration="open", registration_quota=1000) as cloud:
        yield cloud


async def register(
    running: Running,
    email: str = "ana@example.com",
    password: str = PASSWORD,
    name: str = "Ana",
    address: str = "192.0.2.1",
) -> Account:
    made = await running.cloud.registration.register(email, password, name, address)
    return made.account


async def faults(running: Running, **words: str) -> dict[str, str]:
    with pytest.raises(RegistrationFaultsError) as caught:
        await register(running, **words)
    return caught.value.faults


async def test_registration_is_closed_by_default(running: Running) -> None:
    """The administrator makes accounts (design: off by default)."""
    assert not running.cloud.registration.is_open
    with pytest.raises(RefusedError, match="closed"):
        await register(running)


async def test_registered_account_can_log_in_at_once(welcoming: Running) -> None:
    """With the quota of the option, a root volume and nobody's rights."""
    account = await register(welcoming, email="  Ana@example.com ", name=" Ana ")
    assert (account.email, account.visible_name) == ("Ana@example.com", "Ana")
    assert account.quota_bytes == 1000
    body = {"email": "ana@example.com", "password": PASSWORD, "token_name": "x"}
    assert (await welcoming.post_json(V2, body)).status == 201
    credentials, _ = await welcoming.add_token(account)
    volumes = await welcoming.signed(credentials, "GET", "/api/file_storage/v1/volumes")
    assert [volume["path"] for volume in volumes.json] == ["~/Ubuntu One"]


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ({"email": "ana"}, ["email"]),
        ({"password": "short12"}, ["password"]),
        ({"password": ""}, ["password"]),
        ({"password": "ANA@example.com"}, ["password"]),
        ({"password": "x" * 1025}, ["password"]),
        ({"password": "\udcff" * 8}, ["password"]),
        ({"name": "a\nb"}, ["name"]),
        ({"email": "", "password": "x", "name": "\0"}, ["email", "name", "password"]),
    ],
)
async def test_bad_form_is_refused_by_field(
    welcoming: Running, words: dict[str, str], fields: list[str]
) -> None:
    """A sentence beside each field; nothing is made and nothing counted."""
    for _ in range(6):
        found = await faults(welcoming, **words)
        assert sorted(found) == fields
        assert all(len(sentence) > 10 for sentence in found.values())
    assert await register(welcoming)


async def test_taken_address_is_not_called_taken(welcoming: Running) -> None:
    """One sentence, whatever the spelling; the account and its password stay."""
    await register(welcoming)
    for email in ("ana@example.com", "ANA@EXAMPLE.COM"):
        found = await faults(welcoming, email=email, password="another password")
        assert found == {"email": "this e-mail address cannot be registered here"}
    body = {"email": "ana@example.com", "password": PASSWORD, "token_name": "x"}
    assert (await welcoming.post_json(V2, body)).status == 201


async def test_five_tries_an_hour_are_taken_of_an_address(welcoming: Running) -> None:
    """Made or refused; another address is not disturbed."""
    await register(welcoming)
    for _ in range(4):
        await faults(welcoming)
    with pytest.raises(TooManyAttemptsError) as caught:
        await register(welcoming, email="bob@example.com")
    assert caught.value.retry_after_s == 3600
    assert await register(welcoming, email="bob@example.com", address="192.0.2.2")
    welcoming.clock.moment += 3600
    assert await register(welcoming, email="carl@example.com")


@both
async def test_tries_are_counted_for_all_processes(data: Path, database_url: str | None) -> None:
    """Through the database; log-ins are counted apart."""
    options = {"registration": "open", "database_url": database_url}
    async with running_cloud(data, **options) as one, running_cloud(data, **options) as other:
        for number in range(5):
            await register((one, other)[number % 2], email=f"p{number}@example.com")
        for cloud in (one, other):
            with pytest.raises(TooManyAttemptsError):
                await register(cloud, email="late@example.com")
        assert await one.cloud.login.check("p0@example.com", PASSWORD, "192.0.2.1")


@both
async def test_one_address_registered_twice_at_once_is_made_once(
    data: Path, database_url: str | None
) -> None:
    """One wins, the other gets the sentence."""
    options = {"registration": "open", "database_url": database_url}
    async with running_cloud(data, **options) as one, running_cloud(data, **options) as other:
        results = await asyncio.gather(
            register(one), register(other), register(one), return_exceptions=True
        )
    kinds = sorted(type(result).__name__ for result in results)
    assert kinds == ["Account", "RegistrationFaultsError", "RegistrationFaultsError"]

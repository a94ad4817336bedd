"""The keyring: which item is found, and when a person is asked (sections 9.4 and 9.5)."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

import pytest
import pytest_asyncio

from tests.credentials.vaults.prompting import PromptingKeyring
from u1tray.credentials import rules
from u1tray.credentials.vaults import Asking
from u1tray.credentials.vaults.secret_service import SecretServiceVault
from u1tray.service.connection import Connection
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import KeyringError

pytestmark = pytest.mark.bus

KEYS = Credentials("Ubuntu One @ kiwi", "CK", "TK", "CS", "TS")
SECRET = rules.encode_secret(KEYS)
OURS = rules.attributes("kiwi")


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def keyring(bus):
    service = PromptingKeyring(bus.address)
    await service.appear()
    yield service
    await service.leave()


@pytest_asyncio.fixture
async def vault(bus, clock):
    connection = await Connection.open(bus.address)
    yield SecretServiceVault(connection, "kiwi", prompt_limit_seconds=120, clock=clock)
    await connection.close()


async def code_of(awaitable) -> str:
    with pytest.raises(KeyringError) as caught:
        await awaitable
    return caught.value.code


async def test_item_is_stored_as_other_programs_expect_it(keyring, vault):
    """9.4: attributes and form-encoded secret."""
    await vault.store(KEYS, Asking.NEVER)
    (item,) = keyring.items.values()
    assert item.attributes == OURS
    assert parse_qs(item.secret.decode())["token_secret"] == ["TS"]


async def test_equal_item_elsewhere_does_not_shadow_what_was_stored(keyring, vault):
    """9.1: store replaces, also what another collection holds."""
    old = rules.encode_secret(Credentials("old", "C", "T", "S", "U"))
    keyring.put({**OURS, "xdg:schema": "x"}, old)
    await vault.store(KEYS, Asking.NEVER)
    assert [item.secret for item in keyring.items.values()] == [SECRET]


async def test_item_of_a_renamed_host_is_found_newest_first(keyring, vault):
    """9.4: host renamed: the newest with the key-type of Ubuntu One; its name is kept."""
    older = rules.encode_secret(Credentials("older", "C", "T", "S", "U"))
    newer = rules.encode_secret(Credentials("Ubuntu One @ plum", "CK", "TK", "CS", "TS"))
    keyring.put(rules.attributes("plum"), newer, modified=9)
    keyring.put(rules.attributes("pear"), older, modified=8)
    keyring.put({"key-type": rules.KEY_TYPE, "token-name": "Other App @ kiwi"}, older, modified=10)
    found = await vault.find(Asking.NEVER)
    assert found.name == "Ubuntu One @ plum"


async def test_old_items_are_read_and_cleared(keyring, vault):
    """9.4: both kinds from before; a log-out removes what find would return."""
    _, oldest = rules.old_attributes("kiwi")
    keyring.put(oldest, b"oauth_token=TK&oauth_token_secret=TS")
    found = await vault.find(Asking.NEVER)
    assert (found.consumer_key, found.token) == ("ubuntuone", "TK")
    keyring.put(rules.old_attributes("kiwi")[0], SECRET)
    other = keyring.put({"key-type": rules.KEY_TYPE, "token-name": "Other App @ kiwi"}, b"x")
    await vault.clear(Asking.NEVER)
    assert list(keyring.items) == [other]
    assert await vault.find(Asking.NEVER) is None


async def test_broken_item_is_passed_over(keyring, vault):
    """An item somebody broke hides no good one."""
    keyring.put(OURS, b"rubbish")
    keyring.put(rules.attributes("plum"), SECRET)
    assert await vault.find(Asking.NEVER) == KEYS


@pytest.mark.parametrize("hides", [False, True])
async def test_locked_item_is_found_once_the_person_agreed(keyring, vault, hides):
    """9.5: find asks to unlock; also where a search hides what is locked."""
    keyring.put(OURS, SECRET)
    keyring.locked, keyring.hides = True, hides
    waited = []
    finding = asyncio.ensure_future(
        vault.find(Asking.UNLESS_JUST_REFUSED, lambda: waited.append(1))
    )
    await keyring.prompt_shown()
    assert waited
    assert not finding.done()
    keyring.answer(agreed=True)
    assert await finding == KEYS


async def test_never_asking_is_locked_without_a_prompt(keyring, vault):
    """9.5: find_credentials_sync: KeyringLocked at once, also while a prompt is open."""
    keyring.locked = True
    assert await code_of(vault.find(Asking.NEVER)) == "KeyringLocked"
    assert keyring.shown == []
    finding = asyncio.ensure_future(vault.find(Asking.ALWAYS))
    await keyring.prompt_shown()
    assert await asyncio.wait_for(code_of(vault.find(Asking.NEVER)), 60) == "KeyringLocked"
    keyring.answer(agreed=True)
    assert await finding is None


async def test_dismissed_prompt_is_locked_and_quiet_for_a_minute(keyring, vault, clock):
    """9.5: no new prompt for 60 s, but a log-in always asks."""
    keyring.put(OURS, SECRET)
    keyring.locked = True
    finding = asyncio.ensure_future(vault.find(Asking.UNLESS_JUST_REFUSED))
    await keyring.prompt_shown()
    keyring.answer(agreed=False)
    assert await code_of(finding) == "KeyringLocked"
    clock.now += 59
    assert await code_of(vault.find(Asking.UNLESS_JUST_REFUSED)) == "KeyringLocked"
    assert keyring.shown == []
    logging_in = asyncio.ensure_future(vault.find(Asking.ALWAYS))
    await keyring.prompt_shown()
    keyring.answer(agreed=False)
    assert await code_of(logging_in) == "KeyringLocked"
    clock.now += 61
    finding = asyncio.ensure_future(vault.find(Asking.UNLESS_JUST_REFUSED))
    await keyring.prompt_shown()
    keyring.answer(agreed=True)
    assert await finding == KEYS


async def test_prompt_nobody_answers_is_taken_away(keyring, bus):
    """9.5: at most 120 s (here less): then KeyringLocked, and the prompt is gone."""
    connection = await Connection.open(bus.address)
    vault = SecretServiceVault(connection, "kiwi", prompt_limit_seconds=0.2)
    keyring.locked = True
    assert await code_of(vault.find(Asking.ALWAYS)) == "KeyringLocked"
    assert keyring.shown == []
    assert len(keyring.dismissed) == 1
    assert await code_of(vault.find(Asking.UNLESS_JUST_REFUSED)) == "KeyringLocked"
    await connection.close()


async def test_one_prompt_at_a_time(keyring, vault):
    """9.5: the second waits for the first, and needs none if that unlocked."""
    keyring.put(OURS, SECRET)
    keyring.locked = True
    both = [asyncio.ensure_future(vault.find(Asking.ALWAYS)) for _ in range(2)]
    await keyring.prompt_shown()
    assert len(keyring.shown) == 1
    keyring.answer(agreed=True)
    assert await asyncio.gather(*both) == [KEYS, KEYS]
    assert keyring.shown == []


async def test_keyring_that_leaves_during_its_prompt_ends_the_wait(keyring, vault):
    """9.5: impossible: no endless wait."""
    keyring.locked = True
    finding = asyncio.ensure_future(vault.find(Asking.ALWAYS))
    await keyring.prompt_shown()
    await keyring.leave()
    assert await asyncio.wait_for(code_of(finding), 60) == "KeyringLocked"


async def test_missing_collection_is_created_only_by_a_log_in(keyring, vault):
    """9.5: no default collection: KeyringNotAvailable, but a log-in may create it."""
    keyring.has_collection = False
    assert await code_of(vault.find(Asking.NEVER)) == "KeyringNotAvailable"
    assert await code_of(vault.find(Asking.UNLESS_JUST_REFUSED)) == "KeyringNotAvailable"
    refused = await code_of(vault.store(KEYS, Asking.UNLESS_JUST_REFUSED))
    assert refused == "KeyringNotAvailable"
    assert await vault.find(Asking.ALWAYS) is None
    storing = asyncio.ensure_future(vault.store(KEYS, Asking.ALWAYS))
    await keyring.prompt_shown()
    keyring.answer(agreed=False)
    assert await code_of(storing) == "KeyringNotAvailable"
    storing = asyncio.ensure_future(vault.store(KEYS, Asking.ALWAYS))
    await keyring.prompt_shown()
    keyring.answer(agreed=True)
    await storing
    assert await vault.find(Asking.NEVER) == KEYS


async def test_keyring_that_came_back_is_used_again(keyring, vault):
    """A restarted keyring has forgotten our session."""
    keyring.put(OURS, SECRET)
    assert await vault.find(Asking.NEVER) == KEYS
    await keyring.leave()
    assert await code_of(vault.find(Asking.NEVER)) == "KeyringNotAvailable"
    await keyring.appear()
    assert await vault.find(Asking.NEVER) == KEYS

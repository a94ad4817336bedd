"""Passphrases at the window, where there is no keyring, and what a locked one says (9.5)."""

from __future__ import annotations

import signal

import pytest

from tests.credentials.window.conftest import LOG_IN
from tests.rig.cloud import EMAIL, PASSWORD
from tests.rig.processes import wait_until

pytestmark = pytest.mark.panel
PASSPHRASE = "open sesame, if you please"
LOCKED = ["com.ubuntuone.Credentials.Error.KeyringLocked", "KeyringLocked"]


async def test_vault_is_made_unlocked_and_made_anew_at_the_window(
    desk, cloud_server, reader, caller, home
):
    """9.5: passphrase from the log-in window; missing or wrong: KeyringLocked, never NotFound."""
    here = desk()
    await here.ask()
    await here.fill_in(EMAIL, PASSWORD)
    await reader.read("There is no keyring in this session.")
    await reader.write("Passphrase", "short")
    await reader.read("Too short")
    await reader.press("Save")
    await reader.read("Use at least 8 characters.")
    await reader.write("Passphrase", PASSPHRASE)
    await reader.press("Save")
    await reader.read("The two are not equal.")
    await reader.write("Once more", PASSPHRASE)
    await reader.press("Save")
    member, found = await here.outcome()
    assert member == "CredentialsFound"
    vault = home / ".local/share/u1tray/credentials.vault"
    assert vault.stat().st_mode & 0o777 == 0o600
    assert await caller.ask_sync() == found
    assert PASSPHRASE not in here.service.output

    here.service.signal(signal.SIGTERM)
    here.service.wait()
    here.service = here.start()
    assert await caller.ask_sync() == LOCKED
    await here.ask()
    await reader.write("Passphrase", "open barley")
    await reader.press("Unlock")
    await reader.read("This passphrase does not open the file.")
    await reader.write("Passphrase", PASSPHRASE)
    await reader.press("Unlock")
    assert await here.outcome() == ("CredentialsFound", found)
    assert await caller.ask_sync() == found


async def test_forgotten_passphrase_is_replaced_by_a_new_log_in(desk, cloud_server, reader, home):
    """9.5: nothing is lost but a token that can be had again."""
    here = desk()
    for page in ("first", "forgotten"):
        await here.ask()
        if page == "forgotten":
            await reader.press("Forgotten? Log in anew")
        await here.fill_in(EMAIL, PASSWORD)
        for field in ("Passphrase", "Once more"):
            await reader.write(field, f"{PASSPHRASE} {page}")
        await reader.press("Save")
        assert (await here.outcome())[0] == "CredentialsFound"
        here.service.signal(signal.SIGTERM)
        here.service.wait()
        here.service = here.start()
    assert len(cloud_server.administer("token", "list", EMAIL).splitlines()) == 1


async def test_closing_at_the_passphrase_keeps_nothing(desk, cloud_server, reader, caller, home):
    """9.3: what was issued could not be stored: KeyringNotAvailable, and no file."""
    here = desk()
    await here.ask()
    await here.fill_in(EMAIL, PASSWORD)
    await reader.find("push button", "Save", "enabled")
    await reader.press("Cancel")
    member, error = await here.outcome()
    assert (member, error["errtype"]) == ("CredentialsError", "KeyringNotAvailable")
    assert not (home / ".local/share/u1tray/credentials.vault").exists()


async def test_keyring_chosen_and_absent_opens_no_window(desk, cloud_server, caller, home):
    """9.5: `store = keyring`: nothing else is used, and the person is not made to write first."""
    file = home / ".config/u1tray/credentials.conf"
    file.parent.mkdir(parents=True)
    file.write_text("[credentials]\nstore = keyring\n")
    here = desk()
    heard = await caller.ask_and_hear("login", {})
    assert heard[0][3][0]["errtype"] == "KeyringNotAvailable"
    assert here.window_processes() == []


async def test_keyring_locked_meanwhile_is_said_and_tried_again(
    desk, keyring, cloud_server, reader, caller
):
    """9.5: a log-in always asks to unlock; refused, the window says what to do."""
    here = desk()
    await here.ask()
    await reader.find("text", "E-mail address", "enabled")
    keyring.lock()
    await here.fill_in(EMAIL, PASSWORD)
    await reader.read("The keyring is locked.")
    await reader.find("push button", LOG_IN, "enabled")
    await reader.press("Cancel")
    member, error = await here.outcome()
    assert (member, error["errtype"]) == ("CredentialsError", "KeyringLocked")
    wait_until(lambda: not here.window_processes(), 60, "the end of the window")

"""The real service on the bus: order of reply and signal, one signal a request, its life (9)."""

from __future__ import annotations

import asyncio
import signal as signals
import socket
import sys
from pathlib import Path

import pytest

from tests.credentials.conversation import KEYS, NAME, reply, signal
from tests.rig.cloud import EMAIL, PASSWORD
from tests.rig.enrolment import enrol
from tests.rig.introspection import contract, forbidden, missing
from tests.rig.peer import Peer

pytestmark = pytest.mark.bus

LOCKED = "com.ubuntuone.Credentials.Error.KeyringLocked"
ABSENT = "com.ubuntuone.Credentials.Error.KeyringNotAvailable"


def errtype(heard: tuple) -> str:
    kind, member, signature, (error,) = heard
    assert (kind, member, signature) == ("signal", "CredentialsError", "a{ss}")
    assert error["message"]
    return error["errtype"]


async def test_recorded_conversation_is_answered_equally(service, keyring, caller):
    """11.2: credentials-service.jsonl: none, store, found, clear; each signal before its reply."""
    service()
    assert await caller.ask_and_hear("find_credentials") == [
        signal("CredentialsNotFound"),
        reply("find_credentials"),
    ]
    assert await caller.ask_sync() == {}
    assert await caller.ask_and_hear("store_credentials", KEYS) == [
        signal("CredentialsStored"),
        reply("store_credentials"),
    ]
    assert await caller.ask_and_hear("find_credentials") == [
        signal("CredentialsFound", KEYS),
        reply("find_credentials"),
    ]
    assert await caller.ask_sync() == KEYS
    assert await caller.ask_and_hear("login", {"window_id": "0"}) == [
        signal("CredentialsFound", KEYS),
        reply("login"),
    ]
    assert await caller.ask_and_hear("clear_credentials") == [
        signal("CredentialsCleared"),
        reply("clear_credentials"),
    ]
    assert await caller.ask_and_hear("clear_credentials") == [
        signal("CredentialsCleared"),
        reply("clear_credentials"),
    ]
    assert await caller.ask_and_hear("find_credentials") == [
        signal("CredentialsNotFound"),
        reply("find_credentials"),
    ]


async def test_introspection_equals_the_contract(service, bus, caller):
    """11.1 and 10.7: everything the XML names and nothing else in its interface."""
    service()
    peer = await Peer.connect(bus.address)
    (xml,) = await peer.call(
        NAME, "/credentials", "org.freedesktop.DBus.Introspectable", "Introspect"
    )
    await peer.close()
    assert missing(contract("credentials.xml"), xml) == set()
    assert forbidden(contract("credentials.xml"), xml) == set()


@pytest.mark.parametrize("needed", ["token", "token_secret", "consumer_key", "consumer_secret"])
async def test_incomplete_credentials_are_not_stored(service, keyring, caller, needed):
    """9.1: store needs four keys; 9.3: InvalidCredentials."""
    service()
    first, last = await caller.ask_and_hear("store_credentials", {**KEYS, needed: ""})
    assert errtype(first) == "InvalidCredentials"
    assert last == reply("store_credentials")
    assert await caller.ask_sync() == {}


async def test_missing_name_is_made_up(service, keyring, caller):
    """9.1: `name` is made up if missing."""
    service()
    nameless = {key: value for key, value in KEYS.items() if key != "name"}
    await caller.ask_and_hear("store_credentials", nameless)
    assert (await caller.ask_sync())["name"] == f"Ubuntu One @ {socket.gethostname()}"


@pytest.mark.parametrize("member", ["login", "register"])
async def test_log_in_without_a_display_is_gui_not_available(service, keyring, caller, member):
    """9.2: errtype GUINotAvailableError; a window_id that is no number counts as none."""
    service()
    first, _ = await caller.ask_and_hear(member, {"window_id": "x", "unknown": "y"})
    assert errtype(first) == "GUINotAvailableError"


async def test_log_in_without_a_window_stores_pings_and_finds(
    service, keyring, cloud_server, caller
):
    """9.2: reply first, then Found once the token is pinged and stored; no secret in the log."""
    process = service()
    arguments = {"email": EMAIL, "password": PASSWORD}
    first, last = await caller.ask_and_hear("login_email_password", arguments)
    assert first == reply("login_email_password")
    assert last[1] == "CredentialsFound"
    (found,) = last[3]
    assert found["name"] == f"Ubuntu One @ {socket.gethostname()} [u1tray]"
    assert await caller.ask_sync() == found
    assert found["name"] in cloud_server.administer("token", "list", EMAIL)
    again = await caller.ask_and_hear("login_email_password", {"email": "x", "password": "y"})
    assert again == [signal("CredentialsFound", found), reply("login_email_password")]
    log = process.output
    assert "logged in to" in log
    secrets = [PASSWORD, *(found[key] for key in found if key not in ("name", "consumer_key"))]
    assert not [secret for secret in secrets if secret in log or "oauth_" in log]


async def test_wrong_password_is_an_authentication_error(service, keyring, cloud_server, caller):
    """9.3: AuthenticationError; nothing is stored."""
    service()
    arguments = {"email": EMAIL, "password": "wrong"}
    first, last = await caller.ask_and_hear("login_email_password", arguments)
    assert first == reply("login_email_password")
    assert errtype(last) == "AuthenticationError"
    assert await caller.ask_sync() == {}


async def test_two_factor_code_is_asked_for_and_given_without_a_window(
    service, keyring, cloud_server, caller
):
    """9.2: TwoFactorRequired; the caller repeats the call with `otp`; 9.3: TwoFactorFailure."""
    device = enrol(cloud_server, EMAIL)
    service()
    arguments = {"email": EMAIL, "password": PASSWORD}
    _, last = await caller.ask_and_hear("login_email_password", arguments)
    assert errtype(last) == "TwoFactorRequired"
    _, last = await caller.ask_and_hear("login_email_password", {**arguments, "otp": "no code"})
    assert errtype(last) == "TwoFactorFailure"
    _, last = await caller.ask_and_hear("login_email_password", {**arguments, "otp": device.code()})
    assert last[1] == "CredentialsFound"


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({}, "InvalidEmailError"),
        ({"email": " ", "password": "x"}, "InvalidEmailError"),
        ({"email": EMAIL}, "InvalidPasswordError"),
    ],
)
async def test_missing_log_in_data_is_refused(service, keyring, caller, arguments, kind):
    """9.2: it needs email and password."""
    service()
    first, _ = await caller.ask_and_hear("login_email_password", arguments)
    assert errtype(first) == kind


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1:1", "NetworkError"),
        ("http://cloud.invalid", "InsecureConnection"),
        ("ftp://x", "CredentialsError"),
        ("", "CredentialsError"),
    ],
)
async def test_unusable_cloud_is_told_by_its_errtype(service, keyring, caller, url, kind):
    """9.3: NetworkError, InsecureConnection; the general one when no cloud is set."""
    service(U1_API_URL=url)
    arguments = {"email": EMAIL, "password": PASSWORD}
    first, last = await caller.ask_and_hear("login_email_password", arguments)
    assert first == reply("login_email_password")
    assert errtype(last) == kind


async def test_equal_requests_share_one_signal(service, keyring, cloud_server, caller):
    """9.2: equal requests at the same time share one; different ones have their own."""
    service()
    arguments = {"email": EMAIL, "password": PASSWORD}
    caller.ask("login_email_password", arguments)
    caller.ask("login_email_password", arguments)
    caller.ask("login_email_password", {"email": EMAIL, "password": "wrong"})
    heard = await caller.heard_all(5)
    members = sorted(one[1] for one in heard if one[0] == "signal")
    assert members == ["CredentialsError", "CredentialsFound"]
    assert [one for one in heard if one[0] == "reply"] == [reply("login_email_password")] * 3


async def test_locked_keyring_is_told_at_once_and_never_as_not_found(service, keyring, caller):
    """9.5: sync fails at once; find asks, and without a prompter ends in KeyringLocked."""
    process = service()
    await caller.ask_and_hear("store_credentials", KEYS)
    keyring.lock()
    assert await caller.ask_sync() == [LOCKED, "KeyringLocked"]
    heard = await caller.ask_and_hear("find_credentials")
    assert reply("find_credentials") in heard
    (error,) = [one for one in heard if one[0] == "signal"]
    assert errtype(error) == "KeyringLocked"
    assert process.returncode is None


async def test_empty_locked_keyring_is_not_called_empty(service, keyring, caller):
    """9.5: what a locked collection hides may be credentials."""
    service()
    keyring.lock()
    assert await caller.ask_sync() == [LOCKED, "KeyringLocked"]


async def test_absent_keyring_is_not_available(service, caller):
    """9.5: no Secret Service and no vault: never NotFound, never plain text."""
    service()
    assert await caller.ask_sync() == [ABSENT, "KeyringNotAvailable"]
    first, _ = await caller.ask_and_hear("find_credentials")
    assert errtype(first) == "KeyringNotAvailable"
    first, _ = await caller.ask_and_hear("store_credentials", KEYS)
    assert errtype(first) == "KeyringNotAvailable"
    first, _ = await caller.ask_and_hear("clear_credentials")
    assert errtype(first) == "KeyringNotAvailable"


async def test_vault_serves_where_there_is_no_keyring(
    service, passphrase, cloud_server, caller, home
):
    """9.5: the encrypted file, owner-only, after a log-in without display and keyring."""
    process = service()
    arguments = {"email": EMAIL, "password": PASSWORD}
    _, last = await caller.ask_and_hear("login_email_password", arguments)
    assert last[1] == "CredentialsFound"
    (found,) = last[3]
    assert await caller.ask_sync() == found
    vault = home / ".local/share/u1tray/credentials.vault"
    assert vault.stat().st_mode & 0o777 == 0o600
    assert vault.parent.stat().st_mode & 0o777 == 0o700
    assert found["token"] not in vault.read_text()
    assert "open sesame" not in process.output


async def test_store_chosen_in_the_configuration_is_used(
    service, keyring, passphrase, caller, home
):
    """9.5: `store = file` leaves the keyring alone."""
    file = home / ".config/u1tray/credentials.conf"
    file.parent.mkdir(parents=True)
    file.write_text("[credentials]\nstore = file\n")
    service()
    await caller.ask_and_hear("store_credentials", KEYS)
    assert (home / ".local/share/u1tray/credentials.vault").exists()


async def test_unusable_configuration_is_said_and_ends_with_2(started, bus, home):
    """One line, no traceback, the exit code of a usage error."""
    file = home / ".config/u1tray/credentials.conf"
    file.parent.mkdir(parents=True)
    file.write_text("[credentials]\nstore = cloud\n")
    ended = started.run("u1tray-credentials")
    assert ended.returncode == 2
    assert "auto, keyring, file" in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_second_instance_ends_with_0(service, started):
    """9.2: single instance, DO_NOT_QUEUE, the second exits 0."""
    first = service()
    second = started.start("u1tray-credentials", "--debug")
    assert second.wait() == 0
    assert "another instance" in second.output
    assert first.returncode is None


async def test_sigterm_ends_it_at_once(service, bus):
    """9.2."""
    process = service()
    process.signal(signals.SIGTERM)
    assert process.wait(15) == 0
    peer = await Peer.connect(bus.address)
    assert await peer.owner(NAME) == ""
    await peer.close()


async def test_idle_service_ends_and_the_bus_starts_it_again(bus, keyring, caller):
    """9.2: started on demand, exits 10 s after the last request."""
    bus.activate(NAME, str(Path(sys.executable).parent / "u1tray-credentials"))
    peer = await Peer.connect(bus.address)
    await peer.driver("ReloadConfig")
    assert await caller.ask_sync() == {}
    first = await peer.owner(NAME)
    ended = asyncio.Event()
    peer.on_signal(lambda m: m.member == "NameOwnerChanged" and not m.body[2] and ended.set())
    await peer.listen(f"type='signal',member='NameOwnerChanged',arg0='{NAME}'")
    begun = asyncio.get_running_loop().time()
    assert await caller.ask_sync() == {}
    await asyncio.wait_for(ended.wait(), 60)
    assert asyncio.get_running_loop().time() - begun > 9.9
    assert await caller.ask_sync() == {}
    assert await peer.owner(NAME) not in ("", first)
    await peer.close()


async def test_without_a_bus_it_says_so(started):
    """No traceback, exit code of an absent connection."""
    ended = started.run("u1tray-credentials")
    assert ended.returncode == 8
    assert "session bus" in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_lost_bus_ends_it(service, bus):
    """No service without its bus."""
    process = service()
    bus.process.end()
    assert process.wait() == 0
    assert "Traceback" not in process.output


def test_help_and_version_need_no_bus(started):
    """Every program has them."""
    assert "Credentials service" in started.run("u1tray-credentials", "--help").stdout
    assert started.run("u1tray-credentials", "--version").stdout.startswith("u1tray-credentials 0")

"""The log-in page of the real window, with a real cloud and a real keyring (9.2, 9.3)."""

from __future__ import annotations

import configparser
import os
import signal
from pathlib import Path

import pytest

from tests.credentials.window.conftest import LOG_IN
from tests.rig.cloud import EMAIL, PASSWORD, start_cloud
from tests.rig.enrolment import enrol
from tests.rig.processes import wait_until
from tests.rig.webserver import web_server

pytestmark = pytest.mark.panel
WRONG = "The e-mail address or the password is wrong."
DENIED = ("AuthorizationDenied", {})


async def test_wrong_password_is_said_beside_the_field_and_the_right_one_logs_in(
    desk, keyring, cloud_server, reader, caller
):
    """9.2: the window stays until the person is right; no secret in log, arguments, environment."""
    here = desk()
    await here.ask()
    await here.fill_in(EMAIL, "hunter2-wrong")
    await reader.read(WRONG)
    field = await reader.find("text", "Password", "focused", "enabled")
    assert field.description == WRONG
    (pid,) = here.window_processes()
    told = b"".join(Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ"))
    assert b"hunter2" not in told
    await reader.write("Name of this computer", "kiwi")
    await reader.write("Password", PASSWORD)
    await reader.press(LOG_IN)
    member, found = await here.outcome()
    assert member == "CredentialsFound"
    assert found["name"] == "Ubuntu One @ kiwi [u1tray]"
    assert await caller.ask_sync() == found
    wait_until(lambda: not here.window_processes(), 60, "the end of the window")
    log = here.service.output
    secrets = ["hunter2", PASSWORD, found["token"], found["token_secret"], EMAIL]
    assert [secret for secret in secrets if secret in log] == []


async def test_account_with_two_factors_is_asked_for_a_code(desk, keyring, cloud_server, reader):
    """9.2: the window asks for it itself; a wrong code is said beside it; a recovery code works."""
    device = enrol(cloud_server, EMAIL)
    here = desk()
    await here.ask()
    await here.fill_in(EMAIL, PASSWORD)
    await reader.find("text", "Code", "focused", "enabled")
    await reader.read("recovery codes")
    await reader.press(LOG_IN)
    await reader.read("Type a code.")
    await reader.write("Code", "not a code")
    await reader.press(LOG_IN)
    await reader.read("This code is wrong")
    await reader.write("Code", device.recovery_codes[0])
    await reader.press(LOG_IN)
    assert (await here.outcome())[0] == "CredentialsFound"


async def test_keyboard_alone_logs_in(desk, keyring, cloud_server, reader):
    """Tab from field to field, Enter to log in; the focus begins where something is missing."""
    here = desk()
    await here.ask()
    await reader.find("text", "E-mail address", "focused", "enabled")
    here.type(EMAIL)
    here.press_keys("Tab")
    await reader.find("text", "Password", "focused")
    here.type(PASSWORD)
    here.press_keys("Return")
    assert (await here.outcome())[0] == "CredentialsFound"


async def test_escape_and_cancel_are_authorization_denied(desk, keyring, cloud_server, reader):
    """9.2: closing it is AuthorizationDenied, once; the next request has a window of its own."""
    here = desk()
    for close in (lambda: here.press_keys("Escape"), None):
        await here.ask()
        await reader.find("text", "E-mail address", "focused", "enabled")
        if close is None:
            await reader.press("Cancel")
        else:
            close()
        assert await here.outcome() == DENIED
    assert here.caller.heard == []
    assert here.service.returncode is None


async def test_window_closed_while_the_cloud_is_silent_is_denied(desk, keyring, reader):
    """9.2: a person need not wait for a cloud that does not answer."""
    with web_server() as cloud:
        cloud.hold()
        here = desk(U1_API_URL=cloud.url)
        await here.ask()
        await here.fill_in(EMAIL, PASSWORD)
        await reader.read("Asking the cloud…")
        wait_until(lambda: cloud.heard, 60, "the request")
        await reader.press("Cancel")
        assert await here.outcome() == DENIED
        cloud.released.set()


async def test_two_callers_share_one_window_above_its_parent(
    desk, keyring, cloud_server, reader, started
):
    """9.2: one window at a time; a second login or register raises it and shares its outcome."""
    owner = started.module("tests.rig.plain_window")
    parent_id = owner.wait_for_line("window").split()[1]
    here = desk()
    await here.ask(window_id=parent_id)
    await reader.find("text", "E-mail address", "enabled")
    await here.ask("register")
    await here.ask("login")
    assert len(here.window_processes()) == 1

    def shown() -> list[str]:
        search = ("xdotool", "search", "--onlyvisible", "--name", "^Log in to your cloud$")
        return started.run(*search).stdout.split()

    (window,) = wait_until(shown, 60, "the window")
    said = started.run("xprop", "-id", window, "WM_TRANSIENT_FOR").stdout
    assert int(said.rpartition("#")[2], 16) == int(parent_id)
    await here.fill_in(EMAIL, PASSWORD)
    assert (await here.outcome())[0] == "CredentialsFound"
    assert here.caller.heard == []


async def test_another_cloud_is_checked_and_kept(desk, keyring, home, reader, started):
    """9.2, REST 13.3: no password over plain http or to what is no cloud; the right one stays."""
    file = home / ".config/u1tray/cloud.conf"
    file.parent.mkdir(parents=True)
    file.write_text("[cloud]\napi_url = https://cloud.invalid\nsso_url = https://sso.invalid\n")
    cloud = start_cloud(started, home)
    here = desk()
    await here.ask()
    await reader.read("cloud.invalid")
    await reader.press("Another cloud…")
    await reader.write("Cloud address", "http://cloud.invalid")
    await here.fill_in(EMAIL, PASSWORD)
    await reader.read("Passwords are sent over https only.")
    with web_server() as other:
        other.reply("200 OK", b"<html>hello", "Content-Type: text/html")
        await reader.write("Cloud address", other.url)
        await reader.press(LOG_IN)
        await reader.read("What answers there is not a cloud.")
        assert [heard.target for heard in other.heard] == ["/api/time"]
    await reader.write("Cloud address", "what is that?")
    await reader.press(LOG_IN)
    await reader.read("This is not an address.")
    await reader.write("Cloud address", cloud.url)
    await reader.press(LOG_IN)
    assert (await here.outcome())[0] == "CredentialsFound"
    kept = configparser.ConfigParser()
    kept.read(file)
    assert dict(kept["cloud"]) == {"api_url": cloud.url}


async def test_unreachable_cloud_is_said_and_nothing_is_lost(desk, keyring, reader):
    """What to do stands below the fields, which keep what was written."""
    here = desk(U1_API_URL="http://127.0.0.1:1")
    await here.ask()
    await here.fill_in(EMAIL, PASSWORD)
    await reader.read("The cloud cannot be reached. Check the network, then try again.")
    field = await reader.find("text", "E-mail address", "enabled")
    assert await reader.text_of(field) == EMAIL
    again = await reader.find("push button", LOG_IN, "focused", "enabled")
    assert again.description.startswith("The cloud cannot be reached.")


async def test_too_many_attempts_are_counted_down(desk, keyring, reader):
    """REST 14: 429 with Retry-After: the time left is shown, and the button waits for it."""
    body = b'{"code": "TOO_MANY_REQUESTS", "message": "x", "extra": {}}'
    with web_server() as cloud:
        cloud.reply("429 Too Many", body, "Content-Type: application/json", "Retry-After: 600")
        here = desk(U1_API_URL=cloud.url)
        await here.ask()
        await here.fill_in(EMAIL, PASSWORD)
        await reader.read("Too many attempts. Try again in 9:")
        shown = await reader.everything()
        assert [one for one in shown if one.name == LOG_IN and "enabled" in one.states] == []


async def test_crash_of_the_window_is_a_credentials_error(desk, keyring, cloud_server, reader):
    """9.3: the last resort; the service lives on and opens another."""
    here = desk()
    await here.ask()
    await reader.find("text", "E-mail address", "enabled")
    (pid,) = here.window_processes()
    os.kill(pid, signal.SIGKILL)
    member, error = await here.outcome()
    assert (member, error["errtype"]) == ("CredentialsError", "CredentialsError")
    assert "ended unexpectedly" in error["message"]
    await here.ask()
    await here.fill_in(EMAIL, PASSWORD)
    assert (await here.outcome())[0] == "CredentialsFound"


async def test_service_that_ends_takes_its_window_along(desk, keyring, cloud_server, reader):
    """9.2: SIGTERM ends it at once; a window that nobody listens to would be a lie."""
    here = desk()
    await here.ask()
    await reader.find("text", "E-mail address", "enabled")
    (pid,) = here.window_processes()
    here.service.signal(signal.SIGTERM)
    assert here.service.wait() == 0
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), 60, "the end of the window")


async def test_display_that_is_gone_is_gui_not_available(service, keyring, caller):
    """9.2: without a display: errtype GUINotAvailableError."""
    service(DISPLAY=":59999", QT_QPA_PLATFORM="xcb")
    caller.ask("login", {})
    heard = await caller.heard_all(2)
    assert heard[0] == ("reply", "login", [])
    assert heard[1][1] == "CredentialsError"
    assert heard[1][3][0]["errtype"] == "GUINotAvailableError"


async def test_registration_is_the_clouds_own_page(desk, keyring, opener, reader, started):
    """9.1: the new-account page; a cloud that has none says whom to ask."""
    started.env["U1SERVER_REGISTRATION"] = "open"
    cloud = start_cloud(started, started.logs.parent)
    started.env["U1_API_URL"] = cloud.url
    here = desk()
    await here.ask("register")
    await reader.press("Open the cloud's page")
    assert opener.opened() == f"{cloud.url}/register"
    await reader.read("The page is in your browser now.")
    await reader.press(LOG_IN)
    await here.fill_in(EMAIL, PASSWORD)
    assert (await here.outcome())[0] == "CredentialsFound"


async def test_closed_registration_says_whom_to_ask(desk, keyring, cloud_server, reader):
    """REST 14: registration is not part of the contract: a cloud may have none."""
    here = desk()
    await here.ask("register", tc_url="https://example.com/terms", policy_url="javascript:x")
    await reader.read("Terms and conditions")
    await reader.press("Open the cloud's page")
    await reader.read("Ask whoever runs it for one.")
    shown = [seen.name for seen in await reader.everything()]
    assert not [name for name in shown if "Privacy" in name]

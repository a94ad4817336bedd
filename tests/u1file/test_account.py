"""login, logout, quota and whoami against the real service, keyring and cloud."""

from __future__ import annotations

import json

import pytest

from tests.rig.cloud import EMAIL, PASSWORD
from tests.u1file.conftest import Desk

pytestmark = pytest.mark.end2end


def _tokens(desk: Desk) -> str:
    return desk.cloud.administer("token", "list", EMAIL)


def test_log_in_once_then_every_verb_works(desk: Desk, home):
    """The address is remembered, the token stored by the service, results are on stdout."""
    done = desk.log_in()
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert desk.cloud.url in (home / ".config/u1tray/cloud.conf").read_text()
    assert "[u1file]" in _tokens(desk)
    quota = desk.u1file("quota")
    assert quota.stdout == "0 bytes of 5.0 GB used, 0 %, 5.0 GB free\n"
    assert json.loads(desk.u1file("quota", "--json").stdout) == {
        "total": 5_000_000_000,
        "used": 0,
        "free": 5_000_000_000,
    }
    who = desk.u1file("whoami")
    assert EMAIL in who.stdout
    assert json.loads(desk.u1file("whoami", "--json").stdout)["cloud"] == desk.cloud.url


def test_quota_changed_on_the_server_is_shown(desk: Desk):
    """The number is the cloud's, not ours."""
    desk.log_in()
    desk.cloud.administer("user", "quota", EMAIL, "7000000")
    assert "of 7.0 MB used" in desk.u1file("quota").stdout


def test_logging_in_twice_asks_once(desk: Desk):
    """A second log-in needs no password."""
    desk.log_in()
    again = desk.u1file("login")
    assert again.returncode == 0
    assert "Already logged in" in again.stderr


def test_log_out_revokes_and_forgets(desk: Desk):
    """After it the token is worthless at the cloud and gone from the keyring."""
    desk.log_in()
    assert desk.u1file("logout").returncode == 0
    assert "revoked" in _tokens(desk) or "[u1file]" not in _tokens(desk)
    quota = desk.u1file("quota")
    assert (quota.returncode, quota.stdout) == (3, "")
    assert quota.stderr == "u1file: Not logged in: run u1file login\n"
    assert desk.u1file("logout").returncode == 0


def test_log_out_without_the_cloud_still_forgets(desk: Desk):
    """The local copy goes in any case, and the person is told what is left."""
    desk.log_in()
    desk.cloud.process.end()
    done = desk.u1file("logout")
    assert done.returncode == 0, done.stderr
    assert "still knows" in done.stderr
    assert desk.u1file("quota").returncode == 3


def test_token_revoked_elsewhere_is_said_and_log_in_starts_anew(desk: Desk):
    """Signed out: exit code 3; a log-in then forgets the dead token and asks again."""
    desk.log_in()
    listed = _tokens(desk)
    desk.cloud.administer("token", "revoke", EMAIL, listed.split()[0])
    quota = desk.u1file("quota")
    assert quota.returncode == 3
    assert "logged out" in quota.stderr
    assert desk.log_in().returncode == 0
    assert desk.u1file("quota").returncode == 0


def test_wrong_password_is_said_without_repeating_it(desk: Desk):
    """Exit code 3, one line, nothing stored."""
    done = desk.u1file(
        *("login", EMAIL, "--api-url", desk.cloud.url, "--password-stdin"), stdin="hunter2hunter2"
    )
    assert done.returncode == 3
    assert done.stderr == "u1file: The e-mail address or the password is wrong.\n"
    assert desk.u1file("whoami").returncode == 3


def test_terminal_is_asked_for_everything_and_hides_the_password(desk: Desk, terminal):
    """Address, e-mail and password; what is typed as a password is not echoed."""
    shell = terminal("u1file", "login")
    shell.expect("address: ")
    shell.type(desk.cloud.url + "\n")
    shell.expect("E-mail: ")
    shell.type(EMAIL + "\n")
    shell.expect("Password: ")
    shell.expect_hidden_input()
    shell.type(PASSWORD + "\n")
    assert shell.wait() == 0, shell.screen
    assert "Logged in." in shell.screen
    assert PASSWORD not in shell.screen


def test_interrupted_question_ends_cleanly(desk: Desk, terminal):
    """Ctrl-C: 130 and no traceback."""
    shell = terminal("u1file", "login", "--api-url", desk.cloud.url)
    shell.expect("E-mail: ")
    shell.interrupt()
    assert shell.wait() == 130
    assert "Traceback" not in shell.screen


def test_script_without_a_terminal_is_told_what_is_missing(desk: Desk):
    """No endless wait for an answer nobody can type."""
    done = desk.u1file("login", "--api-url", desk.cloud.url)
    assert done.returncode == 2
    assert "E-mail is missing" in done.stderr
    done = desk.u1file("login", EMAIL, "--api-url", desk.cloud.url, "--password-stdin")
    assert done.returncode == 2
    assert "no password" in done.stderr


def test_locked_keyring_is_said(desk: Desk):
    """Exit code 12, also after the service asked in vain."""
    desk.log_in()
    desk.keyring.lock()
    done = desk.u1file("quota")
    assert done.returncode == 12
    assert "locked" in done.stderr


def test_cloud_that_is_away_is_said(desk: Desk):
    """Exit code 8, with the address; debug shows the attempts and no secret."""
    desk.log_in()
    desk.cloud.process.end()
    done = desk.started.run("u1file", "--debug", "quota")
    assert done.returncode == 8
    assert "cannot be reached" in done.stderr
    assert "GET /api/quota/ again in" in done.stderr
    assert "oauth_" not in done.stderr


def test_absent_service_is_said(started, bus):
    """No Credentials service on this bus: what to do about it."""
    started.env["U1_API_URL"] = "http://127.0.0.1:1"
    done = started.run("u1file", "quota")
    assert done.returncode == 4
    assert "not installed" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("quota",), 2, "No cloud is set"),
        (
            ("login", "a@b.c", "--api-url", "ftp://x", "--password-stdin"),
            2,
            "not a cloud's address",
        ),
        (("nothing",), 2, "No such command"),
        (("--version",), 0, "u1file"),
        (("--help",), 0, "Exit codes"),
    ],
)
def test_wrong_use_is_two_and_help_needs_nothing(started, arguments, code, text):
    """Without bus, cloud or home: exit code and one clear line."""
    done = started.run("u1file", *arguments, stdin="x")
    assert done.returncode == code
    assert text in done.stdout + done.stderr
    assert "Traceback" not in done.stderr

"""Log-in without a session bus, with a second factor, to several clouds; devices; secrets."""

from __future__ import annotations

import json
import os
import re
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.rig.cloud import EMAIL, PASSWORD
from tests.rig.enrolment import enrol
from tests.u1file.bare import PASSPHRASE, Bare, bare_machine

pytestmark = pytest.mark.end2end

CODE = "Two-factor code: "
ROOT = Path(__file__).parents[2]


def login(bare: Bare, *options: str) -> tuple[str, ...]:
    return ("login", EMAIL, "--api-url", bare.cloud.url, "--password-stdin", *options)


def test_script_without_bus_and_keyring_logs_in_once_and_out(bare: Bare):
    """9.5: the token is in the vault, mode 0600; a second log-in asks nothing; log-out revokes."""
    bare.log_in("--debug")
    assert bare.vault.stat().st_mode & 0o777 == 0o600
    assert json.loads(bare.done("whoami", "--json"))["email"] == EMAIL
    assert json.loads(bare.done("login", "--json"))["logged_in"] is True
    assert bare.u1file("login", "bob@example.com").returncode == 6
    bare.done("logout")
    assert not bare.vault.exists()
    assert "[u1file]" not in bare.cloud.administer("token", "list", EMAIL)
    said = bare.u1file("quota")
    assert (said.returncode, said.stdout) == (3, "")
    assert said.stderr == "u1file: Not logged in: run u1file login\n"


def test_terminal_without_bus_is_asked_for_a_new_passphrase_and_later_for_it(
    started, home, terminal
):
    """9.5: the passphrase is said twice when the vault is made, once when it is opened."""
    bare = bare_machine(started, home, terminal, with_file=False)
    shell = terminal("u1file", "login", EMAIL, "--api-url", bare.cloud.url)
    for prompt, said in [
        ("Password: ", PASSWORD),
        ("vault: ", PASSPHRASE),
        ("confirmation: ", PASSPHRASE),
    ]:
        shell.expect(prompt)
        shell.expect_hidden_input()
        shell.type(f"{said}\n")
    assert shell.wait() == 0, shell.screen
    for said, code in [(PASSPHRASE, 0), ("open barley", 12)]:
        shell = terminal("u1file", "quota")
        shell.expect("Passphrase: ")
        shell.expect_hidden_input()
        shell.type(f"{said}\n")
        assert shell.wait() == code, shell.screen
        assert said not in shell.screen
    said = bare.u1file("quota")
    assert said.returncode == 12
    assert "U1TRAY_PASSPHRASE_FILE" in said.stderr


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_question_that_is_left_ends_its_line(bare: Bare, key: str):
    """Ctrl-C, Ctrl-D: 130, and what the shell prints next has a line of its own."""
    shell = bare.terminal("u1file", "login", "--api-url", bare.cloud.url)
    shell.expect("E-mail: ")
    if key == "\x03":
        shell.interrupt()
    else:
        shell.type(key)
    assert shell.wait() == 130, shell.screen
    assert shell.screen.endswith("\n")
    assert not shell.screen.endswith("\n\n")


def test_second_factor_is_asked_for_and_may_stand_on_standard_input(bare: Bare):
    """14.2: TWOFACTOR_REQUIRED and TWOFACTOR_FAILURE; the code is the line behind the password."""
    device = enrol(bare.cloud, EMAIL)
    missing = bare.u1file(*login(bare), stdin=PASSWORD)
    assert (missing.returncode, bare.vault.exists()) == (3, False)
    assert missing.stderr == "u1file: The account needs a two-factor code as well.\n"
    wrong = bare.u1file(*login(bare, "--code-stdin"), stdin=f"{PASSWORD}\n000000\n")
    assert wrong.returncode == 3
    assert "code is wrong" in wrong.stderr
    shell = bare.terminal("u1file", "login", EMAIL, "--api-url", bare.cloud.url)
    shell.expect("Password: ")
    shell.expect_hidden_input()
    shell.type(f"{PASSWORD}\n")
    shell.expect(CODE)
    shell.type("000000\n")
    shell.expect("code is wrong")
    shell.expect(CODE)
    shell.type(f"{device.code()}\n")
    assert shell.wait() == 0, shell.screen
    bare.done("logout")
    bare.done(*login(bare, "--code-stdin"), stdin=f"{PASSWORD}\n{device.recovery_codes[0]}\n")


def test_profiles_have_a_cloud_and_credentials_of_their_own(bare: Bare):
    """A section in cloud.conf and a vault each; one knows nothing of the other."""
    bare.log_in()
    missing = bare.u1file("--profile", "work", "quota")
    assert missing.returncode == 3
    assert missing.stderr == "u1file: Not logged in: run u1file --profile work login\n"
    bare.done("--profile", "work", *login(bare, "--device", "office"), stdin=PASSWORD)
    settings = (bare.home / ".config/u1tray/cloud.conf").read_text()
    assert "[profile work]\n" in settings
    bare.started.env["U1_PROFILE"] = "work"
    listed = map(json.loads, bare.done("devices", "--json").splitlines())
    (current,) = (device for device in listed if device["current"])
    assert current["name"] == "Ubuntu One @ office [u1file work]"
    bare.done("logout")
    del bare.started.env["U1_PROFILE"]
    bare.done("quota")
    assert bare.u1file("--profile", "../x", "quota").returncode == 2


def test_devices_are_listed_and_logged_out_from_afar(bare: Bare):
    """16.6: by id or by name; this computer is marked, and logging it out forgets its token."""
    bare.log_in()
    bare.done("-p", "other", *login(bare, "--device", "telephone"), stdin=PASSWORD)
    listed = bare.done("devices")
    assert bare.done("devices", "list") == listed
    assert bare.done("devices", "--json", "list") == bare.done("devices", "--json")
    assert re.search(r"^\* .*\[u1file\]$", listed, re.MULTILINE)
    assert re.search(r"^  .*Ubuntu One @ telephone \[u1file other\]$", listed, re.MULTILINE)
    bare.done("devices", "revoke", "Ubuntu One @ telephone [u1file other]")
    assert bare.u1file("-p", "other", "quota").returncode == 3
    assert bare.u1file("devices", "revoke", "nobody").returncode == 4
    bare.done("devices", "revoke", listed.split("*")[1].split()[0])
    assert not bare.vault.exists()


def test_address_of_the_command_line_counts_this_time_only(bare: Bare):
    """--api-url before the verb, then the profile, then U1_API_URL, then the file."""
    bare.log_in()
    away = bare.u1file("--api-url", "http://127.0.0.1:1", "--debug", "quota")
    assert away.returncode == 8
    assert "127.0.0.1:1" in away.stderr
    bare.started.env["U1_API_URL"] = "http://127.0.0.1:2"
    bare.done("--api-url", bare.cloud.url, "quota")
    assert "127.0.0.1:2" in bare.u1file("quota").stderr


def test_no_secret_is_in_any_output(bare: Bare):
    """--debug shows requests; password, passphrase, token, secrets, signatures are nowhere."""
    bare.started.env["PYTHONWARNINGS"] = "error"
    arguments = ("--debug", *login(bare))
    outputs = [bare.u1file(*arguments, stdin=PASSWORD)]
    credentials = bare.credentials()
    bare.store(a=b"x" * 10)
    for verb in [
        ("quota",),
        ("whoami", "--json"),
        ("devices", "--json"),
        ("ls", "-R", "--json"),
        ("cat", "Ubuntu One/a"),
        ("cp", "Ubuntu One/a", "Ubuntu One/b"),
        ("query", "Ubuntu One/none"),
        ("logout", "--json"),
    ]:
        outputs.append(bare.u1file("--debug", *verb))
    text = "".join(each.stdout + each.stderr for each in outputs)
    assert "DEBUG: GET /api/quota/: 200" in text
    secrets = [credentials.token, credentials.token_secret, credentials.consumer_secret]
    for secret in [*secrets, PASSWORD, PASSPHRASE, "oauth_signature", "Authorization"]:
        assert secret not in text


def test_bus_without_a_keyring_gives_way_to_the_vault(bus, bare: Bare):
    """9.5: the service has nowhere to keep a token; the vault of this person has."""
    service = Path(sys.executable).parent / "u1tray-credentials"
    bus.activate("com.ubuntuone.Credentials", str(service))
    bare.log_in()
    assert bare.vault.exists()
    bare.done("quota")
    bare.done("logout")
    assert not bare.vault.exists()
    assert bare.u1file("quota").returncode == 3


def test_environment_without_dbus_python_has_the_vault(started, home) -> None:
    """As `pip install` on a server gives: a bus may be there, its binding is not."""
    packages = sysconfig.get_paths()["purelib"]
    started.env["PYTHONPATH"] = os.pathsep.join((str(ROOT), packages))
    started.env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nowhere"
    code = "import sys; from u1tray.u1file.main import main; sys.exit(main())"
    for arguments, status, words in (
        (["--help"], 0, "Usage: u1file"),
        (["--api-url", "http://127.0.0.1:1", "whoami"], 3, "Not logged in"),
    ):
        done = started.run(sys.executable, "-S", "-c", code, *arguments)
        assert done.returncode == status, done.stderr
        assert words in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def test_token_that_cannot_be_kept_is_revoked(bare: Bare):
    """17: no token lives on that nobody holds; the first error is the one that is told."""
    (bare.home / "passphrase").unlink()
    said = bare.u1file("--debug", *login(bare), stdin=PASSWORD)
    assert said.returncode != 0
    assert str(bare.home / "passphrase") in said.stderr.splitlines()[-1]
    assert "POST /api/v2/tokens/oauth: 201" in said.stderr
    assert re.search(r"DELETE /api/tokens/\S+: 200", said.stderr)
    listed = bare.cloud.administer("token", "list", EMAIL)
    assert all("revoked" in line for line in listed.splitlines() if "[u1file]" in line)

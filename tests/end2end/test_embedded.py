"""`u1tray --embedded` as a person runs it: real server, real services, real buses, no display."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import stat
from pathlib import Path

import pytest

from tests.rig.display import start_display
from tests.rig.keyring import start_keyring
from tests.rig.panels import start_xfce_panel
from tests.rig.processes import Processes, wait_until
from tests.u1file.between import UP, between

pytestmark = pytest.mark.end2end

UP_TO_DATE = "File sync is up to date"
READY = "Quit the indicator"


def alive_in(home: Path) -> list[str]:
    """The command lines of all processes that live in this home."""
    wanted = f"HOME={home}".encode()
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and wanted in (process / "environ").read_bytes().split(b"\0"):
                words = (process / "cmdline").read_bytes().split(b"\0")
                found.append(b" ".join(words).decode(errors="replace"))
        except OSError:
            continue
    return [line for line in found if line.strip()]


def server_of(home: Path) -> int:
    """The process id of the cloud's server that lives in this home."""
    wanted = os.fsencode(home / ".local/share/u1tray/cloud")
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit():
                words = (process / "cmdline").read_bytes().split(b"\0")
                if b"serve" in words and wanted in words:
                    return int(process.name)
        except OSError:
            continue
    text = f"no server runs in {home}"
    raise AssertionError(text)


def all_ended(home: Path, but: str = "nothing else") -> None:
    """Wait until nothing of this home runs but what matches `but`."""

    def left() -> list[str]:
        return [line for line in alive_in(home) if not re.search(but, line)]

    wait_until(lambda: not left(), 60, f"everything has ended: {left()}")


def manifest(home: Path) -> dict:
    return json.loads((home / ".local/share/u1tray/embedded.json").read_text())


def run_until_up_to_date(started, *options: str):
    process = started.start("u1tray", "--embedded", *options)
    process.wait_for_line(UP_TO_DATE, 60)
    return process


def ended(process, by: signal.Signals = signal.SIGINT) -> str:
    """Press Ctrl-C, or another way to end it; what it said."""
    process.signal(by)
    assert process.wait(60) == 0
    return process.output


def test_fresh_home_without_bus_ends_up_to_date_and_leaves_nothing_running(started, home):
    """One command, no session bus, no keyring, no display: synced, with the true quota."""
    process = run_until_up_to_date(started)
    process.wait_for_line("0 bytes of 5.0 GB used, 0 %")
    output = ended(process)
    assert "There is no session bus here" in output
    assert "There is no keyring" in output
    assert "There is no display" in output
    all_ended(home)
    private = home / ".local/share/u1tray/embedded.json"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE((home / ".local/share/u1tray/passphrase").stat().st_mode) == 0o600
    assert manifest(home)["password"] not in output


def test_second_start_reuses_everything_and_reset_removes_all(started, home):
    """The same port, account and token; then nothing of it is left but empty XDG directories."""
    ended(run_until_up_to_date(started))
    first = manifest(home)
    output = ended(run_until_up_to_date(started))
    assert "runs again" in output
    assert manifest(home) == first
    reset = started.run("u1tray", "--embedded", "--reset", "--yes")
    assert reset.returncode == 0, reset.stderr
    left = [path for path in home.rglob("*") if path.is_file() and path.parts[3:4] != ("logs",)]
    assert left == []
    assert not (home / "Ubuntu One").exists()
    again = started.run("u1tray", "--embedded", "--reset", "--yes")
    assert (again.returncode, again.stdout) == (
        0,
        "There is no private cloud of yours to remove.\n",
    )


def test_persons_bus_without_consent_gets_children_and_no_file(started, home, bus):
    """Nobody agreed, so nothing is installed; the services run as children and end with us."""
    process = run_until_up_to_date(started)
    assert "started by this command" in process.output
    assert list(bus.services.iterdir()) == []
    ended(process)
    all_ended(home, but=f"--config-file={home}")
    assert bus.process.returncode is None


def test_yes_installs_the_activation_files_and_reset_removes_them(started, home, bus):
    """With --yes the session's bus starts the services; reset takes both files away (2)."""
    process = run_until_up_to_date(started, "--yes")
    assert sorted(file.name for file in bus.services.iterdir()) == [
        "com.ubuntuone.Credentials.service",
        "com.ubuntuone.SyncDaemon.service",
    ]
    assert "started by your session" in process.output
    ended(process)
    assert not [line for line in alive_in(home) if "syncdaemon" in line or "u1server" in line]
    reset = started.run("u1tray", "--embedded", "--reset", "--yes")
    assert reset.returncode == 0, reset.stderr
    assert list(bus.services.iterdir()) == []
    left = [path for path in home.rglob("*.conf") if path.name != "bus.conf"]
    assert left == []


def test_other_activation_file_is_left_alone(started, home, bus):
    """A file whose Exec is not ours is neither replaced nor removed (2), and is said."""
    other = bus.services / "com.ubuntuone.SyncDaemon.service"
    text = "[D-BUS Service]\nName=com.ubuntuone.SyncDaemon\nExec=/usr/libexec/other-daemon\n"
    other.write_text(text)
    process = started.start("u1tray", "--embedded", "--yes")
    process.wait_for_line(READY, 60)
    assert "was not written by u1tray and is left as it is" in process.output
    process.wait_for_line("File sync is", 60)  # the indicator's own: it hears signals by then
    ended(process)
    assert started.run("u1tray", "--embedded", "--reset", "--yes").returncode == 0
    assert other.read_text() == text


def test_taken_port_moves_the_cloud_and_the_configuration_follows(started, home):
    """Another program has the port by now: a new one is taken, and all of it follows."""
    ended(run_until_up_to_date(started))
    old = manifest(home)["port"]
    with socket.create_server(("127.0.0.1", old)):
        output = ended(run_until_up_to_date(started))
    new = manifest(home)["port"]
    assert new != old
    assert f"Port {old} is taken: the private cloud moves to {new}." in output
    assert f"http://127.0.0.1:{new}" in (home / ".config/u1tray/cloud.conf").read_text()


@pytest.mark.parametrize("options", [(), ("--yes",)])
def test_other_cloud_in_the_configuration_is_refused_and_kept(started, home, options):
    """An account of another cloud is never overwritten silently, not with --yes either."""
    file = home / ".config/u1tray/cloud.conf"
    file.parent.mkdir(parents=True)
    file.write_text("[cloud]\napi_url = https://cloud.example.com\n")
    done = started.run("u1tray", "--embedded", *options)
    assert done.returncode == 5
    assert "set up for the cloud https://cloud.example.com" in done.stderr
    assert file.read_text() == "[cloud]\napi_url = https://cloud.example.com\n"
    assert not (home / ".local/share/u1tray/cloud").exists()
    assert not (home / ".local/share/u1tray/embedded.json").exists()
    all_ended(home)


def test_variable_of_another_cloud_is_refused(started, home):
    """U1_API_URL would win over the private cloud's address."""
    started.env["U1_API_URL"] = "https://cloud.example.com"
    done = started.run("u1tray", "--embedded", "--yes")
    assert done.returncode == 5
    assert "U1_API_URL" in done.stderr
    all_ended(home)


def test_other_credentials_are_refused_and_kept(started, home, bus):
    """Credentials of another account stay where they are."""
    secret = home / "secret"
    secret.write_text("correct horse\n")
    secret.chmod(0o600)
    started.env["U1TRAY_PASSPHRASE_FILE"] = str(secret)
    service = started.start("u1tray-credentials", "--stay", "--debug")
    service.wait_for_line("ready")
    store = started.run(
        "dbus-send",
        "--session",
        "--print-reply",
        "--dest=com.ubuntuone.Credentials",
        "/credentials",
        "com.ubuntuone.CredentialsManagement.store_credentials",
        "dict:string:string:consumer_key,k,consumer_secret,cs,token,t,token_secret,ts,name,n",
    )
    assert store.returncode == 0, store.stderr
    done = started.run("u1tray", "--embedded", "--yes")
    assert done.returncode == 5
    assert "Credentials of another account" in done.stderr
    assert not (home / ".local/share/u1tray/cloud").exists()
    assert not (home / ".config/u1tray/cloud.conf").exists()
    found = started.run(
        "dbus-send",
        "--session",
        "--print-reply",
        "--dest=com.ubuntuone.Credentials",
        "/credentials",
        "com.ubuntuone.CredentialsManagement.find_credentials_sync",
    )
    assert '"ts"' in found.stdout


def test_ctrl_c_in_the_middle_leaves_nothing_running_and_reset_knows_all(started, home):
    """Interrupted while setting up: every process ends, and what was made is removed by reset."""
    process = started.start("u1tray", "--embedded")
    wait_until((home / ".local/share/u1tray/cloud").exists, 60, "the cloud's directory")
    process.signal(signal.SIGINT)
    assert process.wait(60) in (130, 0)
    all_ended(home)
    assert started.run("u1tray", "--embedded", "--reset", "--yes").returncode == 0
    assert not (home / ".local/share/u1tray").exists()


@pytest.mark.parametrize("no_gui", [False, True])
def test_ctrl_c_between_the_last_line_and_the_indicator_is_heard(started, home, bus, no_gui):
    """However soon after it is said that Ctrl-C ends it all; beside an indicator, too."""
    beside = started.start("u1tray", "--no-gui") if no_gui else None
    if beside is not None:
        beside.wait_for_line("No file sync service is installed")
    for late_seconds in (0, 0.05, 0.2, 0.5):
        process = started.start("u1tray", "--embedded")
        process.wait_for_line(READY)
        select.select([], [], [], late_seconds)
        ended(process)
        all_ended(home, but=f"--config-file={home}|--no-gui")
    assert beside is None or beside.returncode is None


def test_start_after_an_interruption_goes_on(started, home):
    """A start that was cut short is completed by the next one."""
    process = started.start("u1tray", "--embedded")
    wait_until((home / ".local/share/u1tray/cloud").exists, 60, "the cloud's directory")
    process.signal(signal.SIGKILL)
    process.wait()
    all_ended(home)
    ended(run_until_up_to_date(started))


def test_killed_command_takes_its_children_along(started, home):
    """Even SIGKILL leaves no server, bus or service behind."""
    process = run_until_up_to_date(started)
    assert len(alive_in(home)) >= 5
    process.signal(signal.SIGKILL)
    process.wait()
    all_ended(home)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGHUP])
def test_every_way_to_end_it_is_clean(started, home, by):
    """A closed terminal and the end of a session end all of it with 0, as Ctrl-C does."""
    ended(run_until_up_to_date(started), by)
    all_ended(home)


def test_killed_cloud_comes_back_and_everything_goes_on(started, home, bus):
    """kill -9 of the server: the same port, no byte lost, and nobody has to do anything."""
    process = run_until_up_to_date(started)
    port, first = manifest(home)["port"], server_of(home)
    large = home / "large"
    large.write_bytes(os.urandom(40_000_000))
    with between(f"http://127.0.0.1:{port}") as line:
        killed = line.trouble(
            *("PATCH /api/file_storage/v1/uploads/", UP, 20_000_000),
            lambda: os.kill(first, signal.SIGKILL),
        )
        person = Processes({**started.env, "U1_API_URL": line.url}, started.logs)
        put = person.run("u1file", "put", str(large), "Ubuntu One/large")
    assert put.returncode == 0, put.stderr
    assert killed.happened.is_set()
    assert "Trying again" in put.stderr
    process.wait_for_line("u1server was killed (SIGKILL) and is started again.")
    process.wait_for_line("u1server runs again.")
    assert server_of(home) != first
    assert manifest(home)["port"] == port
    got = started.run("u1file", "get", "Ubuntu One/large", str(home / "got"))
    assert got.returncode == 0, got.stderr
    assert (home / "got").read_bytes() == large.read_bytes()
    synced = home / "Ubuntu One" / "large"
    wait_until(synced.exists, 90, "the sync daemon has connected again and brought it", process)
    assert synced.read_bytes() == large.read_bytes()
    ended(process)
    all_ended(home, but=f"--config-file={home}")


def test_quitting_the_indicator_ends_everything(started, home, bus):
    """`u1tray --quit`, as the menu's entry, ends the cloud with it."""
    process = run_until_up_to_date(started)
    assert started.run("u1tray", "--quit").returncode == 0
    assert process.wait(60) == 0
    all_ended(home, but=f"--config-file={home}")


def test_second_start_while_running_finds_the_first(started, home):
    """Nothing is set up twice, also on a private bus that only the first knows."""
    process = run_until_up_to_date(started)
    second = started.run("u1tray", "--embedded")
    assert (second.returncode, second.stderr) == (0, "")
    assert "running already" in second.stdout
    ended(process)


def test_reset_while_running_ends_it_first(started, home):
    """Reset needs nobody to quit anything."""
    process = run_until_up_to_date(started)
    reset = started.run("u1tray", "--embedded", "--reset", "--yes")
    assert reset.returncode == 0, reset.stderr
    assert process.wait(60) == 0
    all_ended(home)
    assert not (home / ".local/share/u1tray").exists()


def test_reset_keeps_the_persons_files_and_says_so(started, home):
    """What lies in the synced folder is the person's."""
    ended(run_until_up_to_date(started))
    (home / "Ubuntu One" / "thesis.txt").write_text("years of work")
    reset = started.run("u1tray", "--embedded", "--reset", "--yes")
    assert reset.returncode == 0, reset.stderr
    assert f"kept {home}/Ubuntu One with your files in it" in reset.stdout
    assert (home / "Ubuntu One" / "thesis.txt").read_text() == "years of work"


def test_reset_without_terminal_and_yes_removes_nothing(started, home):
    """Nobody could be asked, so nothing is removed; the exit code is that of wrong use."""
    ended(run_until_up_to_date(started))
    done = started.run("u1tray", "--embedded", "--reset")
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert (home / ".local/share/u1tray/cloud").exists()


def test_damaged_manifest_is_said_and_kept(started, home):
    """A file that cannot be read is neither overwritten nor trusted."""
    file = home / ".local/share/u1tray/embedded.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"version": 99}')
    for options in ((), ("--reset", "--yes")):
        done = started.run("u1tray", "--embedded", *options)
        assert done.returncode == 2
        assert "Move it away" in done.stderr
    assert file.read_text() == '{"version": 99}'
    all_ended(home)


def test_no_secret_is_in_any_log_or_argument_list(started, home):
    """Over the whole set-up and log-in, at debug level (no secret in any log)."""
    process = started.start("u1tray", "--embedded", "--debug")
    process.wait_for_line(UP_TO_DATE, 60)
    password = manifest(home)["password"]
    passphrase = (home / ".local/share/u1tray/passphrase").read_text().strip()
    lines = " ".join(alive_in(home))
    output = ended(process)
    logs = [file.read_text(errors="replace") for file in home.rglob("*.log")]
    for secret in (password, passphrase):
        assert secret not in lines
        assert secret not in output
        assert all(secret not in log for log in logs)


def test_open_keyring_takes_the_credentials_and_reset_takes_them_out(started, home, bus):
    """With a keyring the token lies there, nothing lies in a file, and reset clears it."""
    keyring = start_keyring(started)
    try:
        process = run_until_up_to_date(started)
        assert "There is no keyring" not in process.output
        assert not (home / ".local/share/u1tray/credentials.vault").exists()
        search = ("secret-tool", "search", "--all", "key-type", "Ubuntu SSO credentials")
        assert "Ubuntu One" in started.run(*search).stdout
        ended(process)
        ended(run_until_up_to_date(started))
        reset = started.run("u1tray", "--embedded", "--reset", "--yes")
        assert reset.returncode == 0, reset.stderr
        assert "Ubuntu One" not in started.run(*search).stdout
    finally:
        keyring.end()


def test_in_a_real_panel_the_icon_is_shown_and_nothing_has_to_be_mended(started, home, bus):
    """Display and xfce4-panel: the indicator itself, and a diagnosis without a complaint."""
    start_display(started)
    started.env["XDG_CURRENT_DESKTOP"] = "XFCE"
    panel = start_xfce_panel(started, bus)

    def diagnosis() -> str:
        return started.run("u1tray", "--diagnose").stdout

    wait_until(lambda: re.search("panel registered.* yes", diagnosis()), 60, "the panel", panel)
    process = started.start("u1tray", "--embedded", "--yes")
    process.wait_for_line(READY, 60)
    told = wait_until(
        lambda: "up-to-date" in (said := diagnosis()) and said, 60, "up to date", process
    )
    assert re.search("protocol Qt took +StatusNotifierItem", told)
    assert "Nothing has to be mended." in told
    assert "There is no display" not in process.output
    ended(process)
    all_ended(home, but="dbus|xfce|xfconf|wrapper|Xvfb")


def test_daemon_whose_start_was_interrupted_does_not_stay(started, home, bus):
    """Interrupted while the bus starts the daemon: it is ended too."""
    process = started.start("u1tray", "--embedded", "--yes")
    wait_until((home / ".local/share/u1tray/syncdaemon").exists, 60, "the daemon's data", process)
    process.signal(signal.SIGINT)
    process.wait()
    wait_until(
        lambda: not [line for line in alive_in(home) if "u1tray-syncdaemon" in line],
        60,
        "the daemon has ended",
    )

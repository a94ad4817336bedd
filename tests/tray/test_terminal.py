"""`u1tray --no-gui` on a real bus: what it says, whom it starts, and how it ends."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from tests.rig.bus import start_bus
from tests.rig.credentials import CredentialsService
from tests.rig.daemon import Daemon, state_dict
from tests.rig.peer import Peer
from tests.rig.processes import wait_until
from u1tray.vocabulary import names

pytestmark = pytest.mark.bus

NOT_INSTALLED = "No file sync service is installed"
NOT_RUNNING = "File sync is not running"
UP_TO_DATE = "File sync is up to date"
ENDS_SECONDS = 15.0  # long for a program that is to end within 3 s (8.3): a machine may be busy
INDICATOR = (names.INDICATOR, names.INDICATOR_PATH, names.INDICATOR_INTERFACE)


@pytest.fixture
async def daemon(bus):
    """A SyncDaemon to be driven."""
    driven = Daemon(bus.address)
    yield driven
    await driven.leave()


@pytest.fixture
async def credentials(bus):
    """A Credentials service to be driven."""
    service = CredentialsService(bus.address)
    yield service
    await service.leave()


class Terminal:
    """The program, read without blocking the services of this process."""

    def __init__(self, started) -> None:
        self._started = started

    def start(self, *options, **environment):
        self.process = self._started.start("u1tray", "--no-gui", *options, env=environment)
        return self

    async def says(self, text, seconds=60.0):
        await asyncio.to_thread(self.process.wait_for_line, text, seconds)

    async def ends(self, seconds=60.0):
        return await asyncio.to_thread(self.process.wait, seconds)

    @property
    def lines(self):
        return self.process.output.splitlines()


@pytest.fixture
def terminal(started, bus):
    """The indicator on a terminal."""
    return Terminal(started)


async def test_states_are_written_as_they_come(terminal, daemon) -> None:
    """8.3: the sentences of the menu, one line each, in order."""
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    terminal.start()
    await terminal.says(UP_TO_DATE)
    daemon.change("AUTH_FAILED")
    await terminal.says("The server did not accept your account")
    sentences = [line for line in terminal.lines if not line.startswith((" ", "!"))]
    assert sentences[-2:] == [UP_TO_DATE, "The server did not accept your account"]


async def test_installed_daemon_is_never_started(terminal, bus, home, daemon, credentials) -> None:
    """T1, C4: by no question, no news and no second start; the daemon may come and go."""
    marker = home / "started"
    bus.activate(names.SYNCDAEMON, f"/usr/bin/touch {marker}")
    terminal.start()
    await terminal.says(NOT_RUNNING)
    await credentials.appear()
    credentials.emit("CredentialsFound", {"token": "x"})
    credentials.emit("CredentialsCleared")
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    await terminal.says(UP_TO_DATE)
    await daemon.die()
    await asyncio.to_thread(
        wait_until, lambda: terminal.lines.count(NOT_RUNNING) == 2, 60, "stopped again"
    )
    assert not marker.exists()


async def test_wish_to_start_file_sync_starts_it(terminal, bus, home) -> None:
    """T1: the setting is a wish; StartServiceByName alone, once."""
    marker = home / "started"
    bus.activate(names.SYNCDAEMON, f"/bin/sh -c 'echo x >> {marker}; exit 1'")
    settings = home / ".config/u1tray/u1tray.conf"
    settings.parent.mkdir(parents=True)
    settings.write_text("[indicator]\nstart_file_sync = True\n")
    terminal.start()
    await terminal.says(NOT_RUNNING)
    await asyncio.to_thread(
        wait_until, lambda: marker.exists() and marker.read_text(), 60, "the daemon's start"
    )
    assert marker.read_text() == "x\n"


async def test_daemon_switched_off_is_told_so(terminal, bus, home) -> None:
    """T4, row 2: an installed daemon whose user file says False."""
    bus.activate(names.SYNCDAEMON, "/bin/false")
    options = home / ".config/ubuntuone/syncdaemon.conf"
    options.parent.mkdir(parents=True)
    options.write_text("[__main__]\nfiles_sync_enabled = False\n")
    terminal.start()
    await terminal.says("File sync is turned off")


async def test_daemon_installed_later_is_noticed(terminal, bus) -> None:
    """8.1 startable: without asking again and again."""
    terminal.start()
    await terminal.says(NOT_INSTALLED)
    bus.activate(names.SYNCDAEMON, "/bin/false")
    peer = await Peer.connect(bus.address)
    await peer.driver("ReloadConfig")
    await terminal.says(NOT_RUNNING)
    await peer.close()


@pytest.mark.parametrize("garbage", [("s", "text"), ("u", 7), ("", None), ("a{sv}", {})])
async def test_broken_signals_are_survived(terminal, daemon, garbage) -> None:
    """C9, T15: wrong types and counts are lost, the next good one counts."""
    signature, value = garbage
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    terminal.start("--debug")
    await terminal.says(UP_TO_DATE)
    arguments = [] if value is None else [value]
    for member in ("StatusChanged", "UploadFinished", "InvalidName"):
        daemon.emit(member, signature, *arguments)
    daemon.change("AUTH_FAILED")
    await terminal.says("The server did not accept your account")
    assert "Traceback" not in terminal.process.output


async def test_broken_reply_is_asked_again(terminal, daemon) -> None:
    """T5: an answer of another type is no answer."""
    daemon.replies["current_status"] = ("org.freedesktop.DBus.Error.UnknownMethod", "too early")
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    terminal.start()
    await terminal.says("File sync is starting")
    del daemon.replies["current_status"]
    await terminal.says(UP_TO_DATE)


async def test_secrets_reach_no_log(terminal, daemon, credentials) -> None:
    """9.2: at debug level, over find, found and error."""
    secret = "SECRET-f00ba4"
    credentials.found = {
        "name": "n",
        "consumer_key": "CK",
        "consumer_secret": secret,
        "token": secret,
        "token_secret": secret,
    }
    await credentials.appear()
    await daemon.appear(state_dict("READY", connection="Not User With Network"))
    terminal.start("--debug", U1_API_URL="http://127.0.0.1:9")
    await terminal.says("File sync is disconnected")
    credentials.emit("CredentialsFound", credentials.found)
    daemon.change("QUEUE_MANAGER")
    await credentials.asked("find_credentials_sync")
    await terminal.says("cloud cannot be reached")
    assert secret not in terminal.process.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_signal_ends_with_status_0_soon(terminal, number) -> None:
    """8.3: quietly, at rest as well."""
    terminal.start()
    await terminal.says(NOT_INSTALLED)
    terminal.process.signal(number)
    assert await terminal.ends(ENDS_SECONDS) == 0
    assert "Traceback" not in terminal.process.output


async def test_signal_before_the_first_line_ends_it_too(terminal, bus) -> None:
    """Whenever it comes after the name is there."""
    terminal.start()
    peer = await Peer.connect(bus.address)
    while not await peer.owner(names.INDICATOR):
        await peer.flush()
    terminal.process.signal(signal.SIGTERM)
    assert await terminal.ends(ENDS_SECONDS) == 0
    await peer.close()


async def test_show_writes_again_and_quit_ends(terminal, started, bus) -> None:
    """Single instance: the way to reach the running one."""
    terminal.start()
    await terminal.says(NOT_INSTALLED)
    peer = await Peer.connect(bus.address)
    await peer.call(*INDICATOR, "Show")
    await asyncio.to_thread(
        wait_until, lambda: terminal.lines.count(NOT_INSTALLED) == 2, 60, "the line again"
    )
    (described,) = await peer.call(*INDICATOR, "Describe")
    assert '"protocol": "terminal"' in described
    done = await asyncio.to_thread(started.run, "u1tray", "--quit")
    assert (done.returncode, done.stderr) == (0, "")
    assert await terminal.ends() == 0
    done = await asyncio.to_thread(started.run, "u1tray", "--quit")
    assert (done.returncode, done.stderr) == (0, "u1tray: no indicator is running\n")
    await peer.close()


async def test_second_terminal_runs_beside_the_first(terminal, started) -> None:
    """It claims nothing and says the same."""
    terminal.start()
    await terminal.says(NOT_INSTALLED)
    second = Terminal(started).start()
    await second.says(NOT_INSTALLED)
    second.process.signal(signal.SIGINT)
    assert await second.ends(ENDS_SECONDS) == 0
    assert terminal.process.returncode is None


async def test_news_of_our_daemon_are_lines_and_notices(terminal, daemon) -> None:
    """10.7: held deletions with what is gone where, and the notice as in a panel."""
    daemon.replies["summary"] = [{"held": "0"}]
    lost = {"path": "/u/Ubuntu One", "lost_in": "folder", "files": "12", "of": "40"}
    daemon.replies["held"] = [[lost]]
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    terminal.start()
    await terminal.says(UP_TO_DATE)
    daemon.tell_more(held="12", held_lost_in="folder")
    await terminal.says("  12 of 40 files in Ubuntu One are gone from this computer")
    await terminal.says("! 12 deletions are held: They are gone from this computer")


async def test_switch_of_notices_holds_on_a_terminal_too(terminal, daemon, home) -> None:
    """Off is off; also when it is switched off while the program runs."""
    daemon.replies |= {"summary": [{"held": "0"}], "held": [[]], "conflicts": [[]]}
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    terminal.start()
    await terminal.says(UP_TO_DATE)
    settings = home / ".config/u1tray/u1tray.conf"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("[notifications]\nsync_error = False\n")
    daemon.change("UNKNOWN_ERROR")
    await terminal.says("File sync has met an error")
    daemon.change("AUTH_FAILED")
    await terminal.says("! File sync needs you to log in")
    assert "! File sync has met an error" not in terminal.process.output


async def test_reader_that_goes_away_is_no_failure(started, bus, daemon) -> None:
    """`u1tray --no-gui | head -1`."""
    pipeline = started.start("bash", "-c", "u1tray --no-gui | head -1; echo ${PIPESTATUS[0]}")
    await asyncio.to_thread(pipeline.wait_for_line, NOT_INSTALLED)
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    assert await asyncio.to_thread(pipeline.wait) == 0
    assert pipeline.output == f"{NOT_INSTALLED}\n0\n"


async def test_bus_that_comes_back_is_found_again(terminal, bus, started, home) -> None:
    """T28: stopped at once, then the same program on the new bus."""
    terminal.start()
    await terminal.says(NOT_INSTALLED)
    bus.process.end()
    await terminal.says("The session bus cannot be reached")
    Path(home / "bus.sock").unlink(missing_ok=True)
    again = start_bus(started, home)
    daemon = Daemon(again.address)
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    await terminal.says(UP_TO_DATE)
    assert terminal.process.returncode is None
    await daemon.leave()


async def test_bus_that_stays_away_ends_the_program_with_status_0(terminal, bus) -> None:
    """T28: after 30 s of trying."""
    terminal.start()
    await terminal.says(NOT_INSTALLED)
    bus.process.end()
    await terminal.says("The session bus cannot be reached")
    assert await terminal.ends(120) == 0


WITHOUT_QT_LOOP = "import sys\nsys.modules['dbus.mainloop.pyqt5'] = None\n"


async def test_glib_delivers_where_the_qt_loop_is_missing(terminal, daemon, home) -> None:
    """C1: some distributions lack dbus.mainloop.pyqt5; said at start, and all the same."""
    (home / "sitecustomize.py").write_text(WITHOUT_QT_LOOP, encoding="utf-8")
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    terminal.start(PYTHONPATH=str(home))
    await terminal.says("dbus.mainloop.pyqt5 is missing")
    await terminal.says(UP_TO_DATE)
    daemon.change("AUTH_FAILED")
    await terminal.says("The server did not accept your account")
    terminal.process.signal(signal.SIGTERM)
    assert await terminal.ends(ENDS_SECONDS) == 0


async def test_no_loop_at_all_is_said_plainly(terminal, home) -> None:
    """C1: QT_NO_GLIB takes the second way too; never a deaf indicator."""
    (home / "sitecustomize.py").write_text(WITHOUT_QT_LOOP, encoding="utf-8")
    terminal.start(PYTHONPATH=str(home), QT_NO_GLIB="1")
    assert await terminal.ends() == 2
    assert "python3-dbus.mainloop.pyqt5" in terminal.process.output
    assert "Traceback" not in terminal.process.output

"""The daemon's life as a process: order, exit codes, one instance (D-Bus contract, 4.2, 10.1)."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest

from u1tray.service.errors import CallError
from u1tray.vocabulary import names

pytestmark = pytest.mark.bus


async def test_start_without_autoconnect_owns_the_name_first(daemon, listener, configure):
    """10.1: name, StatusChanged LOCAL_RESCAN, then READY; INIT is never signalled."""
    configure(autoconnect=False)
    await daemon.start_and_rest()
    assert listener.heard[0].member == ""
    assert listener.heard[0].values[0].startswith(":")
    assert listener.state_names == ["LOCAL_RESCAN", "READY"]
    assert listener.states[-1] == {
        "name": "READY",
        "description": "ready to connect",
        "is_error": "",
        "is_connected": "",
        "is_online": "",
        "queues": "IDLE",
        "connection": "Not User With Network",
    }
    assert await daemon.status("current_status") == listener.states[-1]


async def test_quit_says_so_releases_the_name_and_then_replies(daemon, listener, configure):
    """10.1: SHUTDOWN with `Not User`, name gone, then the empty reply, exit 0."""
    configure(autoconnect=False)
    await daemon.start_and_rest()
    answer = await daemon.root("quit")
    # The reply came on the same connection after the loss of the name.
    assert [one.member for one in listener.heard[-2:]] == ["StatusChanged", ""]
    assert listener.heard[-1].values == ("",)
    assert listener.state_names[-1] == "SHUTDOWN"
    assert listener.states[-1]["connection"] == "Not User With Network"
    assert answer == []
    await daemon.ended(0)


async def test_start_clears_away_what_a_crash_left_among_downloads(daemon, configure, home):
    """A person's file that had changed places with one is in our trash; old ones are gone."""
    configure(autoconnect=False)
    partials = home / ".cache/u1tray/partials"
    partials.mkdir(parents=True)
    (partials / "1.installing").write_bytes(b"mine")
    for name, age in (("old.part", 30 * 86400), ("new.part", 0)):
        (partials / name).write_bytes(b"begun")
        os.utime(partials / name, (time.time() - age,) * 2)
    await daemon.start_and_rest()
    assert os.listdir(partials) == ["new.part"]
    kept = list((home / ".local/share/u1tray/syncdaemon/trash/files").iterdir())
    assert [one.read_bytes() for one in kept] == [b"mine"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_signals_do_the_same_as_quit(daemon, listener, configure, number):
    """10.1: SIGTERM, SIGINT and SIGHUP send SHUTDOWN and exit 0."""
    configure(autoconnect=False)
    await daemon.start_and_rest()
    daemon.process.signal(number)
    await daemon.ended(0)
    await listener.until(lambda: listener.heard[-1].values == ("",), "the name's loss")
    assert listener.state_names[-1] == "SHUTDOWN"


async def test_calls_that_wait_do_not_hold_up_quit(daemon, configure):
    """10.1: at most 10 s; a wait_for_nirvana that hangs gets no reply and holds nothing up."""
    configure(autoconnect=False)
    await daemon.start_and_rest()
    waiting = asyncio.ensure_future(daemon.root("wait_for_nirvana", "d", 0.0))
    await daemon.status("current_status")
    await daemon.root("quit")
    await daemon.ended(0)
    with pytest.raises(CallError) as caught:
        await waiting
    assert caught.value.name == names.NO_REPLY


async def test_second_instance_exits_0_and_leaves_the_first_alone(daemon, listener, configure):
    """10.1: another instance has the name."""
    configure(autoconnect=False)
    await daemon.start_and_rest()
    first = daemon.process
    daemon.start()
    await daemon.ended(0)
    assert first.returncode is None
    assert len(listener.of("")) == 1


@pytest.mark.parametrize(("env", "code"), [({}, 0), ({"DBUS_STARTER_ADDRESS": "unix:path=x"}, 78)])
async def test_file_sync_switched_off_ends_before_the_name(daemon, listener, configure, env, code):
    """10.1: 0 by hand, 78 from the bus; no name, no folder."""
    configure(files_sync_enabled=False)
    daemon.start(env=env)
    await daemon.ended(code)
    assert listener.heard == []
    assert "turned off" in daemon.process.output


@pytest.mark.parametrize("code", [2, 78])
@pytest.mark.parametrize("what", ["option", "file", "root_dir", "in the way"])
async def test_bad_option_or_file_is_told_in_one_line(daemon, home, configure, code, what):
    """10.1: 2 by hand, 78 from the bus; one line, no traceback."""
    env = {"DBUS_STARTER_ADDRESS": "unix:path=x"} if code == 78 else {}
    if what == "file":
        configure(handshake_timeout="soon")
    elif what == "root_dir":
        configure(root_dir="/")
    elif what == "in the way":
        (home / "Ubuntu One").write_text("a file")
    daemon.start(*(["--nonsense"] if what == "option" else []), env=env)
    await daemon.ended(code)
    assert daemon.process.output.startswith("u1tray-syncdaemon: ")
    assert len(daemon.process.output.splitlines()) == 1


@pytest.mark.parametrize("env", [{}, {"DBUS_STARTER_ADDRESS": "unix:path=x"}])
async def test_root_needs_permission(started, bus, env):
    """10.1: run as root without permission: 77; the option or U1TRAY_ALLOW_ROOT=1 gives it."""
    if os.geteuid() != 0:
        process = started.start("u1tray-syncdaemon", "--version", env=env)
        assert process.wait() == 0
        return
    process = started.start("u1tray-syncdaemon", env=env)
    assert process.wait() == 77
    assert "--allow-root" in process.output
    allowed = started.start("u1tray-syncdaemon", env={**env, "U1TRAY_ALLOW_ROOT": "1"})
    allowed.signal(signal.SIGTERM)
    assert allowed.wait() != 77


def test_no_session_bus_is_told_in_one_line(started):
    """No bus at all: a clear error with its own exit code."""
    process = started.start("u1tray-syncdaemon", "--allow-root")
    assert process.wait() == 8
    assert "no session bus" in process.output
    assert "Traceback" not in process.output


def test_help_and_version_need_neither_bus_nor_permission(started):
    """The usual options of a program."""
    assert "--allow-root" in started.run("u1tray-syncdaemon", "--help").stdout
    assert started.run("u1tray-syncdaemon", "--version").stdout.startswith("u1tray-syncdaemon ")


async def test_root_folder_is_made_and_the_places_are_told(daemon, home, configure):
    """5.1 and 10.6: home, folder, shares and their link."""
    configure(autoconnect=False)
    await daemon.start_and_rest()
    assert (home / "Ubuntu One").is_dir()
    assert await daemon.root("get_homedir") == str(home)
    assert await daemon.root("get_rootdir") == str(home / "Ubuntu One")
    assert await daemon.root("get_sharesdir") == str(home / ".local/share/u1tray/shares")
    assert await daemon.root("get_sharesdir_link") == str(home / "Ubuntu One/Shared With Me")


async def test_other_root_folder_is_obeyed(daemon, home, configure):
    """10.6: root_dir."""
    configure(autoconnect=False, root_dir="~/Elsewhere/Cloud")
    await daemon.start_and_rest()
    assert (home / "Elsewhere/Cloud").is_dir()
    assert await daemon.root("get_rootdir") == str(home / "Elsewhere/Cloud")


async def test_lost_bus_ends_the_daemon(daemon, bus, configure):
    """A daemon without a bus is of no use to anybody: it ends, with status 0."""
    configure(autoconnect=False)
    await daemon.start_and_rest()
    bus.process.signal(signal.SIGKILL)
    await daemon.ended(0)


async def test_start_by_the_bus_works(daemon, bus, configure):
    """Section 2: activation; StartServiceByName alone brings it up."""
    asking, started = daemon.asking, daemon.started
    configure(autoconnect=False)
    command = started.run("which", "u1tray-syncdaemon").stdout.strip()
    bus.activate(names.SYNCDAEMON, f"{command} --allow-root")
    await asking.call(
        names.DBUS, names.DBUS_PATH, names.DBUS_INTERFACE, "ReloadConfig", timeout_seconds=60
    )
    # The bus hands its own environment on; this home is the test's.
    await asking.call(
        names.DBUS,
        names.DBUS_PATH,
        names.DBUS_INTERFACE,
        "UpdateActivationEnvironment",
        "a{ss}",
        started.env,
        timeout_seconds=60,
    )
    await asking.start_service(names.SYNCDAEMON, 60)
    await daemon.listener.state("READY")
    await daemon.root("quit")

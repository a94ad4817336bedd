"""u1sync start, connect, disconnect and quit, with the real daemon and misbehaving ones."""

from __future__ import annotations

import pytest

from tests.rig.daemon import state_dict
from u1tray.vocabulary import names

pytestmark = pytest.mark.bus


async def test_start_and_quit_the_installed_daemon(u1sync, installed):
    """8.4: start by StartServiceByName, quit by quit; both say when there is nothing to do."""
    answer = await u1sync("start")
    assert (answer.code, answer.err) == (0, "")
    # The name is there; LOCAL_RESCAN and READY follow at once.
    assert (await u1sync("status")).code == 22
    again = await u1sync("start")
    assert (again.code, again.err) == (0, "File sync is running already.\n")
    assert (await u1sync("quit")).code == 0
    assert (await u1sync("status")).out == "File sync is not running\n"
    again = await u1sync("quit")
    assert (again.code, again.err) == (0, "File sync is not running.\n")


async def test_start_of_nothing_says_what_is_missing(u1sync, bus):
    """T4: ServiceUnknown is "not installed"."""
    answer = await u1sync("start")
    assert (answer.code, answer.err) == (4, "u1sync: No file sync service is installed.\n")


async def test_start_of_a_switched_off_daemon_says_so_at_once(u1sync, installed):
    """T4: ours answers Spawn.ChildExited at once; the file says why."""
    installed.write_text("[__main__]\nfiles_sync_enabled = False\n")
    answer = await u1sync("start")
    assert answer.code == 5
    assert "turned off" in answer.err


@pytest.mark.parametrize("verb", ["connect", "disconnect"])
async def test_verbs_do_not_start_a_daemon(u1sync, installed, verb):
    """T1 and T26: only start starts."""
    answer = await u1sync(verb)
    assert answer.code == 4
    assert "u1sync start" in answer.err
    assert (await u1sync("status")).code == 20


async def test_connect_and_disconnect_reach_the_daemon(u1sync, driven):
    """5.1: the calls, and no waiting for their outcome."""
    await driven.appear(state_dict("READY", connection="Not User With Network"))
    assert (await u1sync("connect")).code == 0
    await driven.asked("connect")
    assert (await u1sync("disconnect")).code == 0
    await driven.asked("disconnect")


async def test_connect_in_an_error_state_is_refused(u1sync, driven):
    """T8: the daemon would reply and do nothing."""
    await driven.appear(state_dict("AUTH_FAILED"))
    answer = await u1sync("connect")
    assert answer.code == 5
    assert "auth failed" in answer.err
    assert "u1sync quit" in answer.err
    assert "connect" not in [member for member, _ in driven.calls]


async def test_debug_shows_what_is_asked_of_the_bus(u1sync, driven):
    """Names and outcomes, on standard error; the result stays as it is."""
    await driven.appear(state_dict("QUEUE_MANAGER"))
    answer = await u1sync("--debug", "status")
    assert answer.out == "File sync is up to date\n"
    assert "com.ubuntuone.SyncDaemon.Status.current_status: answered after " in answer.err
    assert "org.u1tray.Sync.summary: org.freedesktop.DBus.Error.UnknownMethod after " in answer.err


async def test_error_of_the_daemon_is_one_line(u1sync, driven):
    """C8: errors by name, never a foreign traceback."""
    driven.replies["disconnect"] = (names.VALUE_ERROR, "Traceback (most recent call last):\n  x")
    await driven.appear()
    answer = await u1sync("disconnect")
    assert answer.code == 5
    assert answer.err == "u1sync: the service refused a value\n"


@pytest.mark.core
@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--version"], 0, "u1sync"),
        (["--help"], 0, "status"),
        (["nonsense"], 2, "No such command"),
        (["status", "--nonsense"], 2, "No such option"),
    ],
)
async def test_command_line(u1sync, arguments, code, text):
    """The usual options of a program, and wrong use."""
    answer = await u1sync(*arguments)
    assert answer.code == code
    assert text in answer.out + answer.err

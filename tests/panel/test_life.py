"""Services, panels and buses that come late, fall silent or die."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from tests.panel.conftest import ENDS_SECONDS, Tray
from tests.rig.bus import Bus, start_bus
from tests.rig.daemon import Daemon, state_dict
from tests.rig.display import Display
from tests.rig.monitor import Monitor
from tests.rig.processes import Processes, wait_until
from tests.rig.watcher import Item, Watcher

pytestmark = pytest.mark.panel
UP_TO_DATE = "File sync is up to date"
NOT_INSTALLED = "No file sync service is installed"


async def test_icon_has_pixmaps_for_every_panel(tray: Tray, daemon: Daemon) -> None:
    """Crisp at 16, 22, 24, 32, 48 pixels and at twice that, as far as Qt sends it (64)."""
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    assert {16, 22, 24, 32, 44, 48, 64} <= await item.icon_sizes()
    properties = await item.properties()
    assert properties["Id"]
    assert properties["Title"]


async def test_every_indicator_changes_the_icon(tray: Tray, daemon: Daemon) -> None:
    """Pictures differ between indicators, and the panel is told of the change."""
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    pictures = {await _picture(item)}
    for state, sentence in (("AUTH_FAILED", "The server did"), ("UNKNOWN_ERROR", "File sync has")):
        before = item.count("NewIcon")
        daemon.change(state)
        await item.until_label(sentence)
        await _told_more_than(item, "NewIcon", before)
        pictures.add(await _picture(item))
    assert len(pictures) == 3


async def test_left_click_and_second_start_open_the_status_window(
    tray: Tray, daemon: Daemon, started: Processes, display: Display
) -> None:
    """There is always a way in: a click, and a second start which then ends."""
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    assert _windows(started, tray.process.pid) == []
    second = await asyncio.to_thread(started.run, "u1tray")
    assert second.returncode == 0, second.stderr
    await asyncio.to_thread(
        wait_until, lambda: _windows(started, tray.process.pid), 60, "the status window"
    )


async def test_panel_that_restarts_gets_the_icon_again(
    tray: Tray, daemon: Daemon, watcher: Watcher
) -> None:
    """A dying panel: the item comes back to the next one, and its menu stays true."""
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    first = await tray.start()
    await first.until_label(UP_TO_DATE)
    await watcher.leave()
    daemon.change("AUTH_FAILED")
    await daemon.peer.flush()
    await watcher.arrive()
    item = await watcher.item()
    await item.until_label("The server did not accept")
    assert tray.process.returncode is None


async def test_panel_that_comes_late_gets_the_icon(
    started: Processes, bus: Bus, display: Display, daemon: Daemon
) -> None:
    """Without a watcher XEmbed is taken; when one comes the indicator runs itself anew."""
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    process = started.start("u1tray", "--debug")
    await asyncio.to_thread(process.wait_for_line, "tray protocol: XEmbed")
    late = Watcher(bus.address)
    await late.arrive()
    item = await late.item()
    await item.until_label(UP_TO_DATE)
    assert process.returncode is None
    await late.leave()


async def test_killed_daemon_is_shown_stopped_after_three_seconds(
    tray: Tray, daemon: Daemon
) -> None:
    """T3: a crash sends nothing; the old picture stays 3 s, then stopped."""
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    loop = asyncio.get_running_loop()
    died = loop.time()
    await daemon.die()
    await item.until_label(NOT_INSTALLED)
    assert loop.time() - died > 2.5  # not much later either: tests/status, with a clock of its own


async def test_daemon_that_comes_back_at_once_is_never_shown_stopped(
    tray: Tray, daemon: Daemon
) -> None:
    """T3: an internal error makes the name vanish and return within seconds."""
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    before = len(item.changes)
    await daemon.die()
    await daemon.appear(state_dict("AUTH_FAILED"))
    await item.until_label("The server did not accept your account")
    assert len(item.changes) > before
    assert await item.tooltip() != NOT_INSTALLED


async def test_silent_daemon_ends_as_not_answering(tray: Tray, daemon: Daemon) -> None:
    """11.3, T5, row 5: starting first, an error after 30 s; the menu answers all the while."""
    daemon.silent = True
    await daemon.appear()
    item = await tray.start()
    await item.until_label("File sync is starting")
    await item.until_label("The file sync service does not answer", 120)
    await item.open_menu()
    labels = (await item.menu()).labels()
    await item.close_menu()
    assert "Restart" in labels
    await item.click(await item.until_label("Restart"))
    await daemon.asked("quit")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_signal_ends_the_indicator_with_status_0(
    tray: Tray, daemon: Daemon, number: signal.Signals
) -> None:
    """8.3: within 3 s, and the daemon is not told to quit."""
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    tray.process.signal(number)
    assert await asyncio.to_thread(tray.process.wait, ENDS_SECONDS) == 0
    assert "quit" not in [member for member, _args in daemon.calls]


@pytest.mark.parametrize("as_real", [True, False], ids=["declares-v", "declares-a{ss}"])
async def test_wrong_declaration_gives_the_same_picture(
    tray: Tray, daemon: Daemon, as_real: bool
) -> None:
    """11.3, T16: whether the service declares `v` or `a{ss}`, the state is read."""
    daemon.as_real = as_real
    await daemon.appear(state_dict("READY", connection="Not User With Network"))
    item = await tray.start()
    await item.until_label("File sync is disconnected")
    daemon.change("QUEUE_MANAGER")
    await item.until_label(UP_TO_DATE)


async def test_bus_that_is_restarted_is_found_again(
    tray: Tray, daemon: Daemon, bus: Bus, started: Processes, home: Path
) -> None:
    """T28: the bus dies, another takes its place: the indicator runs itself anew on it."""
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    bus.process.end()
    (home / "bus.sock").unlink(missing_ok=True)
    again = start_bus(started, home)
    assert again.address == bus.address
    watcher = Watcher(again.address)
    await watcher.arrive()
    item = await watcher.item()
    await item.until_label(NOT_INSTALLED)
    assert tray.process.returncode is None
    await watcher.leave()


async def test_tray_calls_never_start_a_daemon(tray: Tray, bus: Bus, home: Path) -> None:
    """T1, C4: all that goes to SyncDaemon and Credentials carries the no-auto-start flag."""
    marker = home / "was-started"
    for name in ("com.ubuntuone.SyncDaemon", "com.ubuntuone.Credentials"):
        bus.activate(name, f"/usr/bin/touch {marker}")
    monitor = Monitor(bus.address)
    await monitor.begin()
    daemon = Daemon(bus.address)
    item = await tray.start()
    await item.until_label("File sync is not running")
    await item.open_menu()
    await item.activate()
    await item.close_menu()
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    await item.until_label(UP_TO_DATE)
    await item.open_menu()
    await item.close_menu()
    await daemon.die()
    await item.until_label("File sync is not running")
    await monitor.end()
    asked = [call for call in monitor.calls if (call.destination or "").startswith("com.ubuntuone")]
    starting = [call.member for call in asked if not call.flags.value & 2]
    assert asked
    assert starting == []
    assert not marker.exists()
    assert "StartServiceByName" not in [call.member for call in monitor.calls]


async def _told_more_than(item: Item, member: str, count: int) -> None:
    async def told(_item: Item) -> bool:
        return item.count(member) > count

    await item.until(told, 60, f"another {member}")


async def _picture(item: Item) -> bytes:
    properties = await item.properties()
    return max(properties["IconPixmap"])[2] + properties["IconName"].encode()


def _windows(started: Processes, pid: int) -> list[str]:
    done = started.run("xdotool", "search", "--onlyvisible", "--pid", str(pid))
    return done.stdout.split()

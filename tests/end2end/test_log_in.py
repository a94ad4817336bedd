"""From "Log in" in the menu to synced files, by the window, with every part real."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.rig.accessible import ScreenReader
from tests.rig.bus import Bus
from tests.rig.cloud import EMAIL, PASSWORD, start_cloud
from tests.rig.display import Display
from tests.rig.keyring import start_keyring
from tests.rig.peer import Peer
from tests.rig.processes import Processes, wait_until
from tests.rig.watcher import Item, Watcher

pytestmark = pytest.mark.end2end
PROGRAMS = {
    "com.ubuntuone.Credentials": "u1tray-credentials",
    "com.ubuntuone.SyncDaemon": "u1tray-syncdaemon --allow-root",
}
_ENVIRONMENT = ("DISPLAY", "QT_QPA_PLATFORM", "QT_LINUX_ACCESSIBILITY_ALWAYS_ON", "U1_API_URL")


async def test_log_in_from_the_menu_ends_up_to_date(
    started: Processes, bus: Bus, display: Display, watcher: Watcher, home: Path
) -> None:
    """8.4: cancelled, nothing happens; done, file sync connects; its window is above ours (9.2)."""
    cloud = await asyncio.to_thread(start_cloud, started, home)
    started.env["U1_API_URL"] = cloud.url
    reader = await ScreenReader.start(started)
    await _let_the_bus_start_services(started, bus)
    await asyncio.to_thread(start_keyring, started)
    started.start("u1tray", "--show")
    item = await watcher.item()
    await item.click(await item.until_label("Start"))
    await _choose_log_in(item)
    await reader.find("text", "E-mail address", "enabled")
    denied = await _next_denial(bus)
    await reader.press("Cancel")
    await asyncio.wait_for(denied, 60)
    await _choose_log_in(item)
    await reader.write("E-mail address", EMAIL)
    parent = _window(started, "^File sync status$")
    said = started.run("xprop", "-id", _window(started, "^Log in to"), "WM_TRANSIENT_FOR").stdout
    assert int(said.rpartition("#")[2], 16) == int(parent)
    await reader.write("Password", PASSWORD)
    await reader.press("Log in", window="Log in to your cloud")
    await item.until_label("File sync is up to date", 60)
    await reader.close()


async def _let_the_bus_start_services(started: Processes, bus: Bus) -> None:
    """As in a session: the bus knows the display, and where the services are."""
    for name, program in PROGRAMS.items():
        bus.activate(name, str(Path(sys.executable).parent / program))
    peer = await Peer.connect(bus.address)
    known = {name: started.env[name] for name in _ENVIRONMENT if name in started.env}
    await peer.driver("UpdateActivationEnvironment", "a{ss}", known)
    await peer.close()


async def _next_denial(bus: Bus) -> asyncio.Future[None]:
    peer = await Peer.connect(bus.address)
    heard: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def hear(message) -> None:
        if message.member == "AuthorizationDenied" and not heard.done():
            heard.set_result(None)
            asyncio.get_running_loop().create_task(peer.close())

    peer.on_signal(hear)
    await peer.listen("type='signal',member='AuthorizationDenied'")
    return heard


async def _choose_log_in(item: Item) -> None:
    await item.until_label("Log in to start syncing", 60)
    await item.click(next(n for n in (await item.menu()).walk() if n.label == "Log in"))


def _window(started: Processes, title: str) -> str:
    def shown() -> list[str]:
        found = started.run("xdotool", "search", "--onlyvisible", "--name", title)
        return found.stdout.split()

    return wait_until(shown, 60, f"a window {title}")[0]

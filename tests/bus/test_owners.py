"""Owners, what could be started, and starting it (T1, T2, T4)."""

from __future__ import annotations

import pytest

from tests.bus.probe import NAME
from tests.rig.bus import start_bus
from tests.rig.peer import Peer

pytestmark = pytest.mark.bus


async def test_owner_is_told_at_first_and_on_every_change(bus, probe) -> None:
    """T2: `''` for nobody, then each owner; the first answer comes without a change."""
    running = probe("watches", NAME)
    assert await running.heard() == ""
    peer = await Peer.connect(bus.address)
    await peer.own(NAME)
    assert await running.heard() == peer.unique_name
    await peer.release(NAME)
    assert await running.heard() == ""
    await peer.close()


async def test_present_owner_is_told_once(peer, probe) -> None:
    """GetNameOwner and NameOwnerChanged together tell an owner once."""
    running = probe("watches", NAME)
    assert await running.heard() == peer.unique_name
    await peer.release(NAME)
    assert await running.heard() == ""


async def test_starting_what_is_not_installed_is_service_unknown(bus, probe) -> None:
    """T4: not installed."""
    answer = await probe("starts", "com.example.Nowhere").heard()
    assert answer == "org.freedesktop.DBus.Error.ServiceUnknown"


async def test_starting_what_exits_is_a_spawn_error(bus, probe) -> None:
    """T4: a service that exits with a status is reported at once, not after 25 s."""
    bus.activate(NAME, "/bin/false")
    answer = await probe("starts", NAME).heard()
    assert answer.startswith("org.freedesktop.DBus.Error.Spawn.")


async def test_starting_what_exits_silently_times_out(started, home, probe) -> None:
    """T4: exit 0 without taking the name leaves the bus waiting until its own limit."""
    slow = start_bus(started, home, start_timeout_ms=700)
    slow.activate(NAME, "/bin/true")
    assert await probe("starts", NAME).heard() == "org.freedesktop.DBus.Error.TimedOut"


async def test_activatable_names_are_asked_again_when_files_change(bus, probe) -> None:
    """8.1 startable: an installation while the tray runs is noticed without polling."""
    running = probe("activatable")
    assert NAME not in await running.heard()
    bus.activate(NAME, "/bin/true")
    peer = await Peer.connect(bus.address)
    await peer.driver("ReloadConfig")
    while NAME not in await running.heard():
        pass
    await peer.close()

"""What happens on the buses, as events: owners, keyring, network, sleep (8.1, T2, T6)."""

from __future__ import annotations

import asyncio

import pytest

from tests.rig.bus import start_bus
from tests.rig.credentials import CredentialsService
from tests.rig.daemon import Daemon, state_dict
from tests.rig.peer import Peer
from u1tray.vocabulary import names

pytestmark = pytest.mark.bus


class Running:
    """The gateway's program and what it has fed."""

    def __init__(self, started) -> None:
        self.process = started.module("tests.tray.gateway.gateway_program")

    async def fed(self, text, count=1):
        """Until an event that contains `text` was fed so many times."""

        def enough(_line):
            return sum(text in line for line in self.events) >= count

        await asyncio.to_thread(self.process.wait_for_match, enough, f"{count} x {text}")

    @property
    def events(self):
        return self.process.output.splitlines()


@pytest.fixture
def gateway(started, bus):
    """Start it, on whatever buses there are by then."""
    return lambda: Running(started)


@pytest.fixture
async def system(started, home, bus):
    """A system bus with one peer on it."""
    session = started.env["DBUS_SESSION_BUS_ADDRESS"]
    other = start_bus(started, home, name="system")
    started.env["DBUS_SYSTEM_BUS_ADDRESS"] = other.address
    started.env["DBUS_SESSION_BUS_ADDRESS"] = session
    peer = await Peer.connect(other.address)
    yield peer
    await peer.close()


async def test_owners_of_the_daemon_are_told_before_its_signals(bus, gateway) -> None:
    """T2, T3: each owner, in order with what it says."""
    running = gateway()
    await running.fed("OwnerChanged(owner='')")
    daemon = Daemon(bus.address)
    await daemon.appear(state_dict("READY"))
    daemon.change("QUEUE_MANAGER")
    await running.fed("StatusChanged")
    owner = daemon.peer.unique_name
    await daemon.die()
    await running.fed("OwnerChanged(owner='')", 2)
    kinds = [line for line in running.events if line.startswith(("OwnerChanged", "StatusChanged"))]
    assert kinds[1] == f"OwnerChanged(owner='{owner}')"
    assert kinds[2].startswith("StatusChanged(state=DaemonState(name='QUEUE_MANAGER'")


async def test_credentials_service_is_available_when_owned_or_activatable(bus, gateway) -> None:
    """8.1 creds: unavailable means neither."""
    running = gateway()
    await running.fed("CredentialsAvailable(available=False)")
    service = CredentialsService(bus.address)
    await service.appear()
    await running.fed("CredentialsAvailable(available=True)")
    await service.leave()
    await running.fed("CredentialsAvailable(available=False)", 2)
    bus.activate(names.CREDENTIALS, "/bin/false")
    peer = await Peer.connect(bus.address)
    await peer.driver("ReloadConfig")
    await running.fed("CredentialsAvailable(available=True)", 2)
    await peer.close()


async def test_keyring_that_appears_or_changes_is_news(bus, gateway, home) -> None:
    """8.1: its owner, and CollectionChanged; the keyring is not started for it."""
    marker = home / "started"
    bus.activate(names.SECRETS, f"/usr/bin/touch {marker}")
    running = gateway()
    await running.fed("CredentialsAvailable")
    assert not marker.exists()
    assert "KeyringChanged()" not in running.events
    keyring = await Peer.connect(bus.address)
    await keyring.own(names.SECRETS)
    await running.fed("KeyringChanged()")
    collection = names.SECRETS_PATH + "/collection/login"
    keyring.emit(names.SECRETS_PATH, names.SECRETS_INTERFACE, "CollectionChanged", "o", collection)
    await running.fed("KeyringChanged()", 2)
    await keyring.close()


async def test_network_and_sleep_are_heard_from_the_system_bus(system, gateway) -> None:
    """T6: StateChanged; awake again, not going to sleep."""
    await system.own(names.NETWORK_MANAGER)
    await system.own(names.LOGIND)
    running = gateway()
    await running.fed("CredentialsAvailable")
    await system.flush()
    path, interface = names.LOGIND_PATH, names.LOGIND_INTERFACE
    system.emit(path, interface, "PrepareForSleep", "b", True)
    system.emit(names.NETWORK_MANAGER_PATH, names.NETWORK_MANAGER, "StateChanged", "u", 70)
    await running.fed("NetworkChanged()")
    assert "Resumed()" not in running.events
    system.emit(path, interface, "PrepareForSleep", "b", False)
    await running.fed("Resumed()")


async def test_lost_system_bus_is_no_loss_of_the_session(bus, started, home, gateway) -> None:
    """Only the session bus is T28's."""
    session = started.env["DBUS_SESSION_BUS_ADDRESS"]
    other = start_bus(started, home, name="system")
    started.env["DBUS_SYSTEM_BUS_ADDRESS"] = other.address
    started.env["DBUS_SESSION_BUS_ADDRESS"] = session
    running = gateway()
    await running.fed("CredentialsAvailable")
    other.process.end()
    daemon = Daemon(bus.address)
    await daemon.appear(state_dict("READY"))
    await running.fed("OwnerChanged(owner=':")
    assert running.process.returncode is None
    await daemon.leave()

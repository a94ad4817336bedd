"""The rig's desktop services: a notification server that records, a keyring that locks."""

from __future__ import annotations

import asyncio

import pytest
from dbus_fast import Variant

from tests.rig.bus import Bus
from tests.rig.keyring import start_keyring
from tests.rig.notifications import NAME, PATH, Notifications
from tests.rig.peer import Peer
from tests.rig.processes import Processes

pytestmark = pytest.mark.bus


async def test_notification_server_records_replaces_and_reports_choices(bus: Bus) -> None:
    """A bubble is recorded with its id; one that replaces keeps it; a choice is signalled."""
    server = Notifications(bus.address)
    await server.appear()
    client = await Peer.connect(bus.address)
    await client.listen(f"type='signal',interface='{NAME}'")
    chosen: asyncio.Future[list[object]] = asyncio.get_running_loop().create_future()
    client.on_signal(lambda m: m.member == "ActionInvoked" and chosen.set_result(m.body))
    arguments = [
        "u1tray",
        0,
        "",
        "Full",
        "body",
        ["open", "Open"],
        {"urgency": Variant("y", 1)},
        -1,
    ]
    (first,) = await client.call(NAME, PATH, NAME, "Notify", "susssasa{sv}i", *arguments)
    arguments[1] = first
    (second,) = await client.call(NAME, PATH, NAME, "Notify", "susssasa{sv}i", *arguments)
    assert first == second == (await server.bubble(2)).replaces
    server.choose(server.bubbles[1], "open")
    assert await asyncio.wait_for(chosen, 60) == [first, "open"]
    await client.close()
    await server.leave()


def test_keyring_stores_while_unlocked_and_can_be_locked(started: Processes, bus: Bus) -> None:
    """What is stored is found; after a lock it is not readable without a prompt."""
    keyring = start_keyring(started)
    stored = started.run("secret-tool", "store", "--label=x", "kind", "test", stdin="secret")
    assert stored.returncode == 0, stored.stderr
    assert started.run("secret-tool", "lookup", "kind", "test").stdout == "secret"
    keyring.lock()
    locked = started.run(
        "dbus-send",
        "--session",
        "--print-reply",
        "--dest=org.freedesktop.secrets",
        "/org/freedesktop/secrets/aliases/default",
        "org.freedesktop.DBus.Properties.Get",
        "string:org.freedesktop.Secret.Collection",
        "string:Locked",
    )
    assert "boolean true" in locked.stdout, locked.stdout + locked.stderr

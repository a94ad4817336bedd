"""org.freedesktop.Notifications as the tray uses it."""

from __future__ import annotations

import pytest

from tests.rig.notifications import Notifications

pytestmark = pytest.mark.bus


async def test_bubble_is_shown_and_its_action_heard(bus, probe) -> None:
    """Capabilities, id, action: each comes back by callback."""
    server = Notifications(bus.address)
    await server.appear()
    running = probe("notifies")
    assert "actions" in await running.heard()
    kind, ident = await running.heard()
    assert kind == "shown"
    bubble = await server.bubble(1)
    server.choose(bubble, "open")
    assert await running.heard() == ["action", ident, "open"]
    await server.leave()


async def test_missing_server_is_no_failure(bus, probe) -> None:
    """Nobody shows notifications here: both questions answer None."""
    running = probe("notifies")
    heard = [await running.line() for _number in range(3)]
    assert "null" in heard
    assert '["shown", null]' in heard
    assert any(line.startswith("log: a notification was not shown: ") for line in heard)

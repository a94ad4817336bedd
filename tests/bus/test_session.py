"""The loss of the bus, and a bus that is not there (C10, T28)."""

from __future__ import annotations

import pytest

from u1tray.bus import session
from u1tray.vocabulary.errors import OfflineError

pytestmark = pytest.mark.bus


async def test_lost_bus_is_told_and_does_not_end_the_process(bus, probe) -> None:
    """C10: libdbus would exit with status 1."""
    running = probe("idles")
    assert await running.line() == "ready"
    bus.process.end()
    assert await running.heard() == "lost"
    assert running.process.returncode is None


async def test_bus_that_was_left_is_not_lost(probe) -> None:
    """A loop that still runs hears the end of the connection as well: it is our own doing."""
    assert await probe("leaves").heard() == "left"


def test_missing_bus_is_an_offline_error(home, monkeypatch) -> None:
    """Nothing of dbus-python leaves the room."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={home}/none")
    with pytest.raises(OfflineError, match="the session bus cannot be reached"):
        session.open_session()

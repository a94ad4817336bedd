"""What the indicator knows of stored credentials when it only listens (contract, 8.1, 11.2).

The recorded service runs on the real bus; its signals go through the tray's own ears into its
mind, whose knowledge has no picture of its own while no daemon is there.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PyQt5.QtCore import QCoreApplication

from tests.rig.bus import Bus
from tests.rig.processes import Processes, wait_until
from u1tray.bus.loop import attach_qt
from u1tray.bus.session import open_session
from u1tray.status.events import Event
from u1tray.status.mind import initial, update
from u1tray.tray.gateway.listening import listen_all

pytestmark = pytest.mark.bus
TRACE = Path(__file__).parents[1] / "traces/credentials-service.jsonl"


def test_credentials_trace_is_understood_by_listening(
    application: QCoreApplication,
    bus: Bus,
    started: Processes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """none, unknown, found, none; the old `com.ubuntu.sso` on the same connection is ignored."""
    model = initial(0)
    known: list[str] = []

    def feed(event: Event) -> None:
        nonlocal model
        model, _commands = update(model, event, time.monotonic())
        if known[-1:] != [model.creds.value.value]:
            known.append(model.creds.value.value)

    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
    loop = attach_qt()  # to be kept: dbus-python does not
    session = open_session(loop)
    listen_all(session, feed)
    replay = started.module("tests.rig.replay", str(TRACE), "--speed", "5")

    def ended() -> bool:
        application.processEvents()
        return "end" in replay.output.split()

    wait_until(ended, 60, "the end of the trace", replay)
    session.close()
    assert known == ["none", "unknown", "found", "none"]

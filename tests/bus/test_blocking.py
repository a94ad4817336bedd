"""Calls and signals for command lines, against a replayed daemon."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from u1tray.bus import blocking, owners, syncdaemon
from u1tray.bus.signals import listen
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import NotFoundError, OfflineError

pytestmark = pytest.mark.bus
TRACE = Path(__file__).parents[1] / "traces/first-download-then-quit.jsonl"


@pytest.fixture
def address(bus, monkeypatch):
    """The test process itself is on the bus."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)


def test_call_gives_the_plain_value(address, started) -> None:
    """The state dict of 4, as plain text."""
    replay = started.module("tests.rig.replay", str(TRACE))
    replay.wait_for_line("owned com.ubuntuone.SyncDaemon")
    bus = blocking.open_session()
    state = blocking.call(bus, syncdaemon.CURRENT_STATUS)
    assert set(state) >= {"name", "queues", "connection"}
    assert {type(text) for text in state.values()} == {str}
    bus.close()


def test_absent_service_is_not_found(address) -> None:
    """C4: the family of the error, its D-Bus name as the code."""
    bus = blocking.open_session()
    with pytest.raises(NotFoundError) as caught:
        blocking.call(bus, syncdaemon.CURRENT_STATUS)
    assert caught.value.code in (names.NAME_HAS_NO_OWNER, names.SERVICE_UNKNOWN)
    bus.close()


def test_listener_hears_signals_in_order_without_a_loop(address, started) -> None:
    """States arrive in the order of the trace; silence ends after the given time."""
    listener = blocking.Listener([syncdaemon.STATUS_CHANGED, owners.NAME_OWNER_CHANGED])
    started.module("tests.rig.replay", str(TRACE), "--speed", "20")
    states = []
    while heard := listener.next(5):
        told, args = heard
        if told is syncdaemon.STATUS_CHANGED:
            states.append(args[0]["name"])
        elif args[0] == names.SYNCDAEMON and not args[2]:
            break
    assert states[0] == "LOCAL_RESCAN"
    assert states[-1] == "SHUTDOWN"
    assert listener.next(0.05) is None
    listener.close()


def test_interruption_while_signals_are_delivered_is_not_lost(address, bus) -> None:
    """A C library swallows what a callback raises; Ctrl-C must not go with it."""
    listener = blocking.Listener([])
    listen(listener.bus, owners.NAME_OWNER_CHANGED, lambda *_: signal.raise_signal(signal.SIGINT))
    other = blocking.open_session()
    with pytest.raises(KeyboardInterrupt):
        listener.next(15)
    other.close()
    listener.close()


def test_only_one_listens_to_the_system_signals(address) -> None:
    """Whoever did so before keeps it, and nobody does after the end."""
    first, second = blocking.Listener([]), blocking.Listener([])
    kept = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(kept)
    assert kept != -1
    second.close()
    assert signal.set_wakeup_fd(kept) == kept
    first.close()
    assert signal.set_wakeup_fd(-1) == -1


def test_listener_says_when_the_bus_goes(address, bus) -> None:
    """T28: an error, neither silence nor the end of the process."""
    listener = blocking.Listener([syncdaemon.STATUS_CHANGED])
    bus.process.end()
    with pytest.raises(OfflineError):
        listener.next(5)

"""Listening: whose signals, with which values, and what happens to misfits (C3, C9)."""

from __future__ import annotations

import pytest
from dbus_fast import Variant

from tests.bus.probe import INTERFACE, NAME, PATH
from tests.rig.peer import Peer

pytestmark = pytest.mark.bus


async def listening(probe, arguments="1"):
    """A probe that listens to `Changed`."""
    running = probe("listens", "Changed", arguments)
    assert await running.line() == "ready"
    return running


async def test_wrapped_and_unwrapped_value_are_the_same(peer, probe) -> None:
    """T16: declared `v` or not, sent as a variant or not."""
    running = await listening(probe)
    peer.emit(PATH, INTERFACE, "Changed", "a{ss}", {"name": "READY"})
    peer.emit(PATH, INTERFACE, "Changed", "v", Variant("a{ss}", {"name": "READY"}))
    assert await running.heard() == await running.heard() == [{"name": "READY"}]


async def test_text_and_bytes_both_arrive(peer, probe) -> None:
    """T30: InvalidName is `ss` or `say`."""
    running = await listening(probe, "2")
    peer.emit(PATH, INTERFACE, "Changed", "ss", "/dir", "name")
    peer.emit(PATH, INTERFACE, "Changed", "say", "/dir", b"na\xffme")
    assert await running.heard() == ["/dir", "name"]
    assert await running.heard() == ["/dir", {"bytes": b"na\xffme".hex()}]


async def test_wrong_argument_count_is_lost_and_logged_once(peer, probe) -> None:
    """C9, T17: neither an exception nor a line for each of them."""
    running = await listening(probe, "0")
    peer.emit(PATH, INTERFACE, "Changed", "s", "one too many")
    peer.emit(PATH, INTERFACE, "Changed", "ss", "two", "too many")
    peer.emit(PATH, INTERFACE, "Changed", "")
    line = await running.line()
    assert line.startswith("log: Changed came with 1 arguments instead of 0")
    assert await running.heard() == []


async def test_other_senders_and_places_are_ignored(bus, peer, probe) -> None:
    """C3: only the owner of the name, only that path."""
    running = await listening(probe)
    other = await Peer.connect(bus.address)
    other.emit(PATH, INTERFACE, "Changed", "s", "of another sender")
    await other.flush()
    await other.close()
    peer.emit("/elsewhere", INTERFACE, "Changed", "s", "of another path")
    peer.emit(PATH, INTERFACE, "Changed", "s", "ours")
    assert await running.heard() == ["ours"]


async def test_signals_of_the_next_owner_are_heard(bus, peer, probe) -> None:
    """T2: a service that comes back is listened to again."""
    running = await listening(probe)
    await peer.release(NAME)
    successor = await Peer.connect(bus.address)
    await successor.own(NAME)
    successor.emit(PATH, INTERFACE, "Changed", "s", "again")
    assert await running.heard() == ["again"]
    await successor.close()


async def test_listening_starts_nothing(bus, probe, home) -> None:
    """T1: neither the match rule nor learning the owner starts an installed service."""
    marker = home / "started"
    bus.activate(NAME, f"/usr/bin/touch {marker}")
    running = await listening(probe)
    peer = await Peer.connect(bus.address)
    await peer.own(NAME)
    peer.emit(PATH, INTERFACE, "Changed", "s", "x")
    assert await running.heard() == ["x"]
    assert not marker.exists()
    await peer.close()

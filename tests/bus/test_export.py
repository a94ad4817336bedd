"""The object the indicator offers: every call gets an answer."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from tests.bus.probe import INTERFACE, NAME, PATH
from tests.rig.peer import CallError, Peer

pytestmark = pytest.mark.bus


@pytest.fixture
async def caller(bus, probe):
    """A client, once the object is there."""
    running = probe("offers")
    assert await running.heard() is True
    connected = await Peer.connect(bus.address)
    yield connected, running
    await connected.close()


async def test_action_is_run_and_answered(caller) -> None:
    """An action's reply is empty."""
    peer, running = caller
    assert await peer.call(NAME, PATH, INTERFACE, "Show") == []
    assert await running.heard() == "shown"


async def test_text_is_told(caller) -> None:
    """A text's reply has one out value."""
    peer, _running = caller
    assert await peer.call(NAME, PATH, INTERFACE, "Describe") == ["words"]


@pytest.mark.parametrize(
    ("interface", "member", "signature", "arguments", "error"),
    [
        (INTERFACE, "Nothing", "", [], "UnknownMethod"),
        ("com.example.Other", "Show", "", [], "UnknownMethod"),
        (INTERFACE, "Show", "s", ["x"], "InvalidArgs"),
    ],
)
async def test_what_is_not_offered_is_an_error(  # noqa: PLR0917 - a table's columns
    caller, interface, member, signature, arguments, error
) -> None:
    """Never silence: the caller would wait for its time-out."""
    peer, _running = caller
    with pytest.raises(CallError) as caught:
        await peer.call(NAME, PATH, interface, member, signature, *arguments)
    assert caught.value.name == f"org.freedesktop.DBus.Error.{error}"


async def test_introspection_names_every_method(caller) -> None:
    """What busctl and d-feet show."""
    peer, _running = caller
    (xml,) = await peer.call(NAME, PATH, "org.freedesktop.DBus.Introspectable", "Introspect")
    methods = {method.get("name") for method in ET.fromstring(xml).iter("method")}
    assert methods == {"Show", "Describe"}

"""Calls: what goes out, what comes back, and that nothing is started by them (C2 to C8)."""

from __future__ import annotations

import asyncio

import pytest
from dbus_fast import MessageFlag, Variant

from tests.bus.probe import INTERFACE, NAME, PATH

pytestmark = pytest.mark.bus


def answering(peer, signature, *values):
    """Have the peer answer every call with these values; gives the list of calls."""
    calls = []

    def answer(message):
        if message.path != PATH:
            return False
        calls.append(message)
        peer.reply(message, signature, *values)
        return True

    peer.on_call(answer)
    return calls


@pytest.mark.parametrize(
    ("signature", "values", "wanted", "kind"),
    [
        ("", [], None, "NoneType"),
        ("s", ["text"], "text", "str"),
        ("t", [2**63], 2**63, "int"),
        ("b", [True], True, "bool"),
        ("a{ss}", [{"name": "READY"}], {"name": "READY"}, "dict"),
        ("a{ss}", [{}], {}, "dict"),
        ("aa{ss}", [[{"path": "/a"}]], [{"path": "/a"}], "list"),
        ("a(ssa{ss})", [[["Upload", "1", {}]]], [["Upload", "1", {}]], "list"),
        ("a{si}", [{"upload": -1}], {"upload": -1}, "dict"),
        ("v", [Variant("a{ss}", {"k": "v"})], {"k": "v"}, "dict"),
        ("a{sv}", [{"l": Variant("as", ["/a"])}], {"l": ["/a"]}, "dict"),
        ("ay", [b"\xff"], {"bytes": "ff"}, "bytes"),
        ("ss", ["a", "b"], ["a", "b"], "tuple"),
    ],
)
async def test_reply_becomes_plain(  # noqa: PLR0917 - a table's columns
    peer, probe, signature, values, wanted, kind
) -> None:
    """C7: whatever the wire carries arrives as str, int, dict and their like."""
    answering(peer, signature, *values)
    assert await probe("calls", "Get", "5").heard() == {"reply": wanted, "type": kind}


async def test_empty_dict_is_sent_with_its_signature(peer, probe) -> None:
    """C5: the signature decides the type, not the value."""
    calls = answering(peer, "")
    await probe("calls", "Set", "5", "a{ss}d", "[{}, 1]").heard()
    assert calls[0].signature == "a{ss}d"
    assert calls[0].body == [{}, 1.0]


async def test_call_carries_the_no_auto_start_flag_and_introspects_nothing(peer, probe) -> None:
    """C2, C4: one message, flagged, and nothing before it."""
    calls = answering(peer, "")
    await probe("calls", "Get", "5").heard()
    assert [call.member for call in calls] == ["Get"]
    assert calls[0].interface == INTERFACE
    assert calls[0].flags & MessageFlag.NO_AUTOSTART


async def test_absent_service_is_an_error_and_not_started(bus, probe, home) -> None:
    """T1: an installed service stays where it is; the caller hears that nobody owns the name."""
    marker = home / "started"
    bus.activate(NAME, f"/usr/bin/touch {marker}")
    answer = await probe("calls", "Get", "5").heard()
    assert answer["kind"] in ("NameHasNoOwner", "ServiceUnknown")
    assert not marker.exists()


async def test_silent_service_ends_in_no_reply_after_its_own_time(peer, probe) -> None:
    """C6, T22: the call's own time-out, not the library's 25 s."""
    peer.on_call(lambda message: message.path == PATH)
    answer = await probe("calls", "Get", "0.5").heard(10)
    assert answer["error"] == "org.freedesktop.DBus.Error.NoReply"


async def test_traceback_as_error_text_is_cut_to_its_last_line(peer, probe) -> None:
    """C8: the kind is the last part of the name, the text the last line."""

    def refuse(message):
        text = (
            'Traceback (most recent call last):\n  File "x"\nVolumeDoesNotExist: DOES_NOT_EXIST\n'
        )
        peer.refuse(message, "org.freedesktop.DBus.Python.a.b.VolumeDoesNotExist", text)
        return True

    peer.on_call(refuse)
    answer = await probe("calls", "Get", "5").heard()
    assert answer["kind"] == "VolumeDoesNotExist"
    assert answer["text"] == "VolumeDoesNotExist: DOES_NOT_EXIST"


async def test_service_that_dies_under_a_call_is_an_error_at_once(peer, probe) -> None:
    """T20: the failing call is the answer."""
    called = asyncio.Event()
    peer.on_call(lambda message: message.path == PATH and (called.set() or True))
    running = probe("calls", "Get", "30")
    await called.wait()
    await peer.close()
    answer = await running.heard()
    assert answer["kind"] == "NoReply"

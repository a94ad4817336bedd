"""Signals that are written from a form are those that dbus_fast writes."""

from __future__ import annotations

import pytest
from dbus_fast import Message

from u1tray.service.interfaces import Signal
from u1tray.service.signals import SignalForm

pytestmark = pytest.mark.core

PATH, INTERFACE = "/status", "org.example.Status"
BODIES = {
    "": [(), ()],
    "s": [("a",), ("ü" * 70,), ("",)],
    "sa{ss}": [("a", {}), ("/home/x", {"size": "4096", "path": "/home/ä"}), ("b" * 300, {"k": ""})],
    "ssa{ss}": [("Upload", "1", {"running": "True"}), ("Upload", "22", {})],
}


@pytest.mark.parametrize("signature", sorted(BODIES))
def test_every_message_of_a_form_is_a_whole_one(signature) -> None:
    """The first, and those that follow (D-Bus specification, message format)."""
    form = SignalForm(PATH, INTERFACE, Signal("Told", signature))
    for serial, values in enumerate(BODIES[signature], 7):
        whole = Message.new_signal(PATH, INTERFACE, "Told", signature, list(values))
        whole.serial = serial
        assert bytes(form.filled(values, serial)) == bytes(whole._marshall(False))


@pytest.mark.parametrize("values", [("a\0b",), ("\udc80",)])
def test_bad_values_are_refused_at_every_time(values) -> None:
    """And the form is of use afterwards."""
    form = SignalForm(PATH, INTERFACE, Signal("Told", "s"))
    for _ in range(2):
        with pytest.raises((ValueError, TypeError)):
            form.filled(values, 1)
        assert bytes(form.filled(("fine",), 2)).endswith(b"fine\0")

"""How long a panel is waited for, and which protocol was taken."""

from __future__ import annotations

import os

import pytest

from u1tray.tray.session.watcher import (
    HOST_SECONDS,
    UNKNOWN_DESKTOP_SECONDS,
    Protocol,
    patience_seconds,
    protocol_in_use,
)

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("environment", "has_watcher", "seconds"),
    [
        ({}, False, UNKNOWN_DESKTOP_SECONDS),
        ({}, True, HOST_SECONDS),
        ({"XDG_CURRENT_DESKTOP": "XFCE"}, False, HOST_SECONDS),
        ({"XDG_CURRENT_DESKTOP": "ubuntu:GNOME"}, False, HOST_SECONDS),
        ({"XDG_CURRENT_DESKTOP": "i3"}, False, UNKNOWN_DESKTOP_SECONDS),
        ({"XDG_SESSION_TYPE": "wayland", "XDG_CURRENT_DESKTOP": "sway"}, False, HOST_SECONDS),
    ],
)
def test_patience_depends_on_what_may_come(environment, has_watcher, seconds) -> None:
    """Long where a panel brings a watcher or nothing else exists, short elsewhere."""
    assert patience_seconds(environment, has_watcher) == seconds


def test_protocol_is_told_by_our_own_items_on_the_bus() -> None:
    """Another program's item is not ours."""
    ours = f"org.kde.StatusNotifierItem-{os.getpid()}-1"
    others = f"org.kde.StatusNotifierItem-{os.getpid()}1-1"
    assert protocol_in_use(frozenset({ours})) is Protocol.STATUS_NOTIFIER
    assert protocol_in_use(frozenset({others})) is Protocol.XEMBED

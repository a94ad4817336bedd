"""org.freedesktop.Notifications, asynchronously (Desktop Notifications Specification 1.2).

Says nothing about which bubble is due: the caller decides, and escapes the text's markup.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import dbus

from u1tray.bus.calls import Method, call
from u1tray.bus.failures import BusError
from u1tray.bus.session import Bus
from u1tray.bus.signals import Signal, Subscription, listen
from u1tray.vocabulary import names

log = logging.getLogger(__name__)

REPLY_SECONDS = 5.0
SERVER_DECIDES_MS = -1


class Urgency(IntEnum):
    """The urgency hint."""

    LOW = 0
    NORMAL = 1
    CRITICAL = 2


@dataclass(frozen=True)
class Bubble:
    """One notification. `actions` are (key, label); `replaces_id` 0 opens a new bubble."""

    summary: str
    body: str = ""
    icon: str = ""
    replaces_id: int = 0
    actions: Sequence[tuple[str, str]] = ()
    urgency: Urgency = Urgency.NORMAL
    timeout_ms: int = SERVER_DECIDES_MS
    hints: Mapping[str, str | bool | int] = field(default_factory=dict)


def _method(name: str, signature: str = "") -> Method:
    return Method(
        names.NOTIFICATIONS,
        names.NOTIFICATIONS_PATH,
        names.NOTIFICATIONS,
        name,
        signature,
        REPLY_SECONDS,
    )


def _signal(name: str) -> Signal:
    return Signal(
        names.NOTIFICATIONS, names.NOTIFICATIONS_PATH, names.NOTIFICATIONS, name, arguments=2
    )


GET_CAPABILITIES = _method("GetCapabilities")
NOTIFY = _method("Notify", "susssasa{sv}i")
CLOSE_NOTIFICATION = _method("CloseNotification", "u")
ACTION_INVOKED = _signal("ActionInvoked")
NOTIFICATION_CLOSED = _signal("NotificationClosed")


def ask_capabilities(bus: Bus, on_known: Callable[[frozenset[str] | None], None]) -> None:
    """The server's capabilities; None where there is no server."""

    def failed(error: BusError) -> None:
        log.info("no notifications: %s: %s", error.name, error.text)
        on_known(None)

    call(
        bus,
        GET_CAPABILITIES,
        on_reply=lambda found: on_known(frozenset(found)),
        on_error=failed,
        auto_start=True,
    )


def notify(bus: Bus, program: str, bubble: Bubble, on_shown: Callable[[int | None], None]) -> None:
    """Show a bubble; its id, or None where it could not be shown."""

    def failed(error: BusError) -> None:
        log.warning("a notification was not shown: %s: %s", error.name, error.text)
        on_shown(None)

    hints = dbus.Dictionary(dict(bubble.hints), signature="sv")
    hints["urgency"] = dbus.Byte(bubble.urgency)
    call(
        bus,
        NOTIFY,
        program,
        bubble.replaces_id,
        bubble.icon,
        bubble.summary,
        bubble.body,
        [part for action in bubble.actions for part in action],
        hints,
        bubble.timeout_ms,
        on_reply=on_shown,
        on_error=failed,
        auto_start=True,
    )


def close(bus: Bus, bubble_id: int) -> None:
    """Close a bubble. One that is gone already is no error."""
    call(
        bus,
        CLOSE_NOTIFICATION,
        bubble_id,
        on_reply=lambda _nothing: None,
        on_error=lambda _error: None,
    )


def listen_actions(bus: Bus, on_action: Callable[[int, str], None]) -> Subscription:
    """Call `on_action(id, key)` when a person chose an action of any program's bubble."""
    return listen(bus, ACTION_INVOKED, on_action)


def listen_closed(bus: Bus, on_closed: Callable[[int, int], None]) -> Subscription:
    """Call `on_closed(id, reason)` when any program's bubble went away."""
    return listen(bus, NOTIFICATION_CLOSED, on_closed)

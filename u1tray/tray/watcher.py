"""Which tray protocol Qt will take, found out before Qt decides it once and for all.

Qt looks for a StatusNotifierHost at the first QSystemTrayIcon or isSystemTrayAvailable() of a
process and never again. So the indicator waits for one first, listening and not polling:

- a registered host is there: no wait;
- a watcher without a host yet: at most five seconds;
- no watcher, but a desktop whose panel brings one, or Wayland, where nothing else exists: the same;
- no watcher on any other X11 desktop: one second, then the XEmbed protocol.

A host that comes after XEmbed was taken is told as well: the program then runs itself anew.
Must not touch QSystemTrayIcon.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from PyQt5.QtCore import QTimer

from u1tray.bus import owners
from u1tray.bus.calls import Method, call
from u1tray.bus.session import Bus
from u1tray.bus.signals import Signal, Subscription, listen
from u1tray.vocabulary import names

log = logging.getLogger(__name__)

HOST_SECONDS = 5.0
UNKNOWN_DESKTOP_SECONDS = 1.0

IS_HOST_REGISTERED = Method(
    names.WATCHER, names.WATCHER_PATH, "org.freedesktop.DBus.Properties", "Get", "ss"
)
HOST_REGISTERED = Signal(
    names.WATCHER, names.WATCHER_PATH, names.WATCHER, "StatusNotifierHostRegistered"
)

_WITH_WATCHER = frozenset(
    {"budgie", "cinnamon", "deepin", "enlightenment", "gnome", "kde", "lxqt", "mate", "pantheon"}
    | {"ubuntu", "unity", "x-cinnamon", "xfce"}
)


class Protocol(Enum):
    """How an icon gets into a panel."""

    STATUS_NOTIFIER = "StatusNotifierItem"
    XEMBED = "XEmbed"


def patience_seconds(environment: Mapping[str, str], has_watcher: bool) -> float:
    """How long a host is waited for."""
    desktop = environment.get("XDG_CURRENT_DESKTOP", "").lower().split(":")
    wayland = environment.get("XDG_SESSION_TYPE", "") == "wayland"
    if has_watcher or wayland or not _WITH_WATCHER.isdisjoint(desktop):
        return HOST_SECONDS
    return UNKNOWN_DESKTOP_SECONDS


class HostSearch:
    """Tells the protocol once, and a host that comes too late for it once."""

    def __init__(
        self, bus: Bus, on_decided: Callable[[Protocol], None], on_late: Callable[[], None]
    ) -> None:
        self._bus = bus
        self._on_decided = on_decided
        self._on_late = on_late
        self._subscriptions: list[Subscription] = []
        self.protocol: Protocol | None = None
        self._patience = QTimer()
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(lambda: self._decide(Protocol.XEMBED))

    def start(self) -> None:
        """Begin to look. `on_decided` follows from the loop, after ten seconds at the latest."""
        self._subscriptions = [
            listen(self._bus, HOST_REGISTERED, self._found),
            owners.watch(self._bus, names.WATCHER, self._owned),
        ]

    def close(self) -> None:
        """Stop looking."""
        self._patience.stop()
        for subscription in self._subscriptions:
            subscription.close()
        self._subscriptions = []

    def _owned(self, owner: str) -> None:
        if self.protocol is None and (owner or not self._patience.isActive()):
            self._patience.start(int(1000 * patience_seconds(os.environ, bool(owner))))
        if owner:
            call(
                self._bus,
                IS_HOST_REGISTERED,
                names.WATCHER,
                "IsStatusNotifierHostRegistered",
                on_reply=self._asked,
                on_error=lambda error: log.info("the watcher says nothing: %s", error.name),
            )

    def _asked(self, registered: Any) -> None:
        if registered:
            self._found()

    def _found(self) -> None:
        if self.protocol is None:
            self._decide(Protocol.STATUS_NOTIFIER)
        elif self.protocol is Protocol.XEMBED and self._subscriptions:
            self.close()
            self._on_late()

    def _decide(self, protocol: Protocol) -> None:
        self._patience.stop()
        self.protocol = protocol
        log.info("tray protocol: %s", protocol.value)
        if protocol is Protocol.STATUS_NOTIFIER:
            # From here on Qt itself follows a panel that is restarted.
            self.close()
        self._on_decided(protocol)

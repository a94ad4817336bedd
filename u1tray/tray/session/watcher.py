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
from u1tray.vocabulary import names as bus_names

log = logging.getLogger(__name__)

HOST_SECONDS = 5.0
UNKNOWN_DESKTOP_SECONDS = 1.0

IS_HOST_REGISTERED = Method(
    bus_names.WATCHER, bus_names.WATCHER_PATH, "org.freedesktop.DBus.Properties", "Get", "ss"
)
HOST_REGISTERED = Signal(
    bus_names.WATCHER, bus_names.WATCHER_PATH, bus_names.WATCHER, "StatusNotifierHostRegistered"
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


def protocol_in_use(names: frozenset[str]) -> Protocol:
    """What Qt took in this process, by the names on the bus: it names its items after itself."""
    ours = f"org.kde.StatusNotifierItem-{os.getpid()}-"
    found = any(name.startswith(ours) for name in names)
    return Protocol.STATUS_NOTIFIER if found else Protocol.XEMBED


class HostSearch:
    """Tells once that the time for the first icon has come, and once that a host came later.

    `on_decided` is told whether there is a host.
    """

    def __init__(
        self, bus: Bus, on_decided: Callable[[bool], None], on_late: Callable[[], None]
    ) -> None:
        self._bus = bus
        self._on_decided = on_decided
        self._on_late = on_late
        self._subscriptions: list[Subscription] = []
        self._decided = False
        self._patience = QTimer()
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(lambda: self._decide(False))

    def start(self) -> None:
        """Begin to look. `on_decided` follows from the loop, after ten seconds at the latest."""
        self._subscriptions = [
            listen(self._bus, HOST_REGISTERED, self._found),
            owners.watch(self._bus, bus_names.WATCHER, self._owned),
        ]

    def close(self) -> None:
        """Stop looking."""
        self._patience.stop()
        for subscription in self._subscriptions:
            subscription.close()
        self._subscriptions = []

    def _owned(self, owner: str) -> None:
        if not self._decided and (owner or not self._patience.isActive()):
            self._patience.start(int(1000 * patience_seconds(os.environ, bool(owner))))
        if owner:
            call(
                self._bus,
                IS_HOST_REGISTERED,
                bus_names.WATCHER,
                "IsStatusNotifierHostRegistered",
                on_reply=self._asked,
                on_error=lambda error: log.info("the watcher says nothing: %s", error.name),
            )

    def _asked(self, registered: Any) -> None:
        if registered:
            self._found()

    def _found(self) -> None:
        if not self._decided:
            self._decide(True)
        elif self._subscriptions:
            self.close()
            self._on_late()

    def _decide(self, has_host: bool) -> None:
        self._decided = True
        self._patience.stop()
        if has_host:
            self.close()  # from here on Qt itself follows a panel that is restarted
        self._on_decided(has_host)

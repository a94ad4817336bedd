"""Who owns a name, which names could be started, and starting one: the bus daemon's own methods."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from u1tray.bus.calls import Method, call
from u1tray.bus.failures import BusError
from u1tray.bus.session import Bus
from u1tray.bus.signals import Signal, Subscription, listen
from u1tray.vocabulary import names

log = logging.getLogger(__name__)

READ_SECONDS = 5.0
START_SECONDS = 30.0  # C6

_DO_NOT_QUEUE = 4
_PRIMARY_OWNER = (1, 4)  # RequestName: primary owner now, or already


def _method(name: str, signature: str = "", timeout_seconds: float = READ_SECONDS) -> Method:
    return Method(
        names.DBUS, names.DBUS_PATH, names.DBUS_INTERFACE, name, signature, timeout_seconds
    )


GET_NAME_OWNER = _method("GetNameOwner", "s")
NAME_HAS_OWNER = _method("NameHasOwner", "s")
LIST_NAMES = _method("ListNames")
LIST_ACTIVATABLE_NAMES = _method("ListActivatableNames")
RELOAD_CONFIG = _method("ReloadConfig")
START_SERVICE_BY_NAME = _method("StartServiceByName", "su", START_SECONDS)
REQUEST_NAME = _method("RequestName", "su")
RELEASE_NAME = _method("ReleaseName", "s")
GET_CONNECTION_UNIX_PROCESS_ID = _method("GetConnectionUnixProcessID", "s")
NAME_OWNER_CHANGED = Signal(
    names.DBUS, names.DBUS_PATH, names.DBUS_INTERFACE, "NameOwnerChanged", arguments=3
)
ACTIVATABLE_SERVICES_CHANGED = Signal(
    names.DBUS, names.DBUS_PATH, names.DBUS_INTERFACE, "ActivatableServicesChanged"
)


def watch(bus: Bus, name: str, on_owner: Callable[[str], None]) -> Subscription:
    """Call `on_owner` with the unique name of the owner, `''` for none: first now, then on change.

    One GetNameOwner and NameOwnerChanged (T2); an unchanged owner is not told twice.
    """
    told: list[str] = []

    def owned(owner: Any) -> None:
        if told != [str(owner)]:
            told[:] = [str(owner)]
            on_owner(told[0])

    return Subscription(_Watch(bus.connection.watch_name_owner(name, owned)))


class _Watch:
    """A NameOwnerWatch, ended as a match is."""

    def __init__(self, watch: Any) -> None:
        self._watch = watch

    def remove(self) -> None:
        self._watch.cancel()


def ask_activatable(bus: Bus, on_names: Callable[[frozenset[str]], None]) -> None:
    """Which names the bus could start; none where it does not say."""

    def failed(error: BusError) -> None:
        log.warning("ListActivatableNames: %s: %s", error.name, error.text)
        on_names(frozenset())

    call(
        bus,
        LIST_ACTIVATABLE_NAMES,
        on_reply=lambda found: on_names(frozenset(found)),
        on_error=failed,
    )


def ask_names(bus: Bus, on_names: Callable[[frozenset[str]], None]) -> None:
    """Which names are owned now; none where the bus does not say."""

    def failed(error: BusError) -> None:
        log.warning("ListNames: %s: %s", error.name, error.text)
        on_names(frozenset())

    call(bus, LIST_NAMES, on_reply=lambda found: on_names(frozenset(found)), on_error=failed)


def watch_activatable(bus: Bus, on_change: Callable[[], None]) -> Subscription:
    """Call `on_change` when activation files came or went (buses since 1.16 say so)."""
    return listen(bus, ACTIVATABLE_SERVICES_CHANGED, on_change)


def start_service(
    bus: Bus, name: str, on_done: Callable[[], None], on_error: Callable[[BusError], None]
) -> None:
    """StartServiceByName, and nothing more (T1)."""
    call(
        bus,
        START_SERVICE_BY_NAME,
        name,
        0,
        on_reply=lambda _result: on_done(),
        on_error=on_error,
    )


def request_name(bus: Bus, name: str) -> bool:
    """Whether this connection owns `name` now; waits for the bus daemon itself, nobody else."""
    return bus.connection.request_name(name, _DO_NOT_QUEUE) in _PRIMARY_OWNER

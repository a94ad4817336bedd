"""News of keyring, network and sleep: what is around file sync and may change its picture.

Every one of them is optional, listened to only, and never started.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from u1tray.bus import owners
from u1tray.bus.loop import Loop
from u1tray.bus.session import Bus, open_system
from u1tray.bus.signals import Signal, listen
from u1tray.status.events import Event, KeyringChanged, NetworkChanged, Resumed
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import OfflineError

log = logging.getLogger(__name__)

COLLECTION_CHANGED = Signal(
    names.SECRETS, names.SECRETS_PATH, names.SECRETS_INTERFACE, "CollectionChanged", arguments=1
)
STATE_CHANGED = Signal(
    names.NETWORK_MANAGER,
    names.NETWORK_MANAGER_PATH,
    names.NETWORK_MANAGER,
    "StateChanged",
    arguments=1,
)
PREPARE_FOR_SLEEP = Signal(
    names.LOGIND, names.LOGIND_PATH, names.LOGIND_INTERFACE, "PrepareForSleep", arguments=1
)


def listen_keyring(bus: Bus, feed: Callable[[Event], None]) -> None:
    """KeyringChanged when the Secret Service appears or a collection of it changes (8.1)."""

    def owned(owner: str) -> None:
        if owner:
            feed(KeyringChanged())

    owners.watch(bus, names.SECRETS, owned)
    listen(bus, COLLECTION_CHANGED, lambda _collection: feed(KeyringChanged()))


def listen_machine(loop: Loop, feed: Callable[[Event], None]) -> Bus | None:
    """NetworkChanged (T6) and Resumed from the system bus; None where there is no such bus."""
    try:
        bus = open_system(loop)
    except OfflineError as error:
        log.info("%s: no news of network and sleep", error)
        return None

    def prepare_for_sleep(going: bool) -> None:
        if not going:
            feed(Resumed())

    bus.when_lost(lambda: log.info("the system bus went away"))
    listen(bus, STATE_CHANGED, lambda _state: feed(NetworkChanged()))
    listen(bus, PREPARE_FOR_SLEEP, prepare_for_sleep)
    return bus

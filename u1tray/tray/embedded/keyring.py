"""What the Secret Service can be asked without a prompt: whether a keyring is there and open."""

from __future__ import annotations

import logging

from u1tray.bus import blocking
from u1tray.bus.calls import Method
from u1tray.tray.desktop.busdaemon import BusDaemon
from u1tray.tray.embedded.plan import Keyring
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import U1Error

_log = logging.getLogger(__name__)

ANSWER_SECONDS = 10.0  # the bus may have to start it
_COLLECTION = "org.freedesktop.Secret.Collection"
_READ_ALIAS = Method(
    names.SECRETS,
    names.SECRETS_PATH,
    names.SECRETS_INTERFACE,
    "ReadAlias",
    "s",
    ANSWER_SECONDS,
)


def look(daemon: BusDaemon) -> Keyring:
    """The state of the default collection. Starts the Secret Service if the bus can."""
    running = daemon.owner_of(names.SECRETS)
    if not running and names.SECRETS not in daemon.activatable_names():
        return Keyring.ABSENT
    try:
        path = str(blocking.call(daemon.bus, _READ_ALIAS, "default", auto_start=True))
        if path == "/":
            return Keyring.EMPTY
        locked = daemon.property_of(names.SECRETS, path, _COLLECTION, "Locked")
    except U1Error as error:
        _log.info("the Secret Service: %s", error.text)
        return Keyring.SILENT
    return Keyring.LOCKED if locked else Keyring.OPEN

"""Whether SyncDaemon could be started, and whether there is a Credentials service (8.1, T4)."""

from __future__ import annotations

from collections.abc import Callable

from u1tray.bus import owners
from u1tray.bus.session import Bus
from u1tray.status.events import CredentialsAvailable, Event, StartableChanged
from u1tray.status.values import Startable
from u1tray.tray.gateway import optionfiles
from u1tray.vocabulary import names


class Startables:
    """Asks the bus what it could start, now and whenever that may have changed."""

    def __init__(self, bus: Bus, feed: Callable[[Event], None]) -> None:
        self._bus = bus
        self._feed = feed
        self._activatable: frozenset[str] = frozenset()
        self._known = False
        self._credentials_owner = ""

    def start(self) -> None:
        """Feed both answers, then their changes."""
        owners.watch_activatable(self._bus, self.refresh)
        owners.watch(self._bus, names.CREDENTIALS, self._credentials_owned)
        self.refresh()

    def refresh(self) -> None:
        """Ask again; the answers are events."""
        owners.ask_activatable(self._bus, self._listed)

    def _listed(self, activatable: frozenset[str]) -> None:
        self._activatable = activatable
        self._known = True
        self._feed(StartableChanged(self._startable()))
        self._tell_credentials()

    def _startable(self) -> Startable:
        if names.SYNCDAEMON not in self._activatable:
            return Startable.NO
        return Startable.OFF if optionfiles.switched_off() else Startable.YES

    def _credentials_owned(self, owner: str) -> None:
        self._credentials_owner = owner
        if self._known:
            self._tell_credentials()

    def _tell_credentials(self) -> None:
        available = bool(self._credentials_owner) or names.CREDENTIALS in self._activatable
        self._feed(CredentialsAvailable(available))

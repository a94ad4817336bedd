"""The bus as events and commands: everything the mind hears from it and asks of it.

Decides nothing: it carries.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from u1tray.bus import owners
from u1tray.bus.failures import BusError
from u1tray.bus.loop import Loop
from u1tray.bus.session import Bus
from u1tray.status import commands
from u1tray.status.commands import Command
from u1tray.status.events import Event, Failed, OwnerChanged, Replied
from u1tray.tray.gateway import listening, optionfiles, surroundings
from u1tray.tray.gateway.asking import Asking
from u1tray.tray.gateway.startable import Startables
from u1tray.vocabulary import names
from u1tray.vocabulary.credentials import Credentials

log = logging.getLogger(__name__)

WRITE_FAILED = names.INDICATOR + ".Error.WriteFailed"


class Gateway:
    """Feeds what happens on the buses and executes commands.

    `window_id` gives the X window a log-in window is to stay above, 0 for none.
    """

    def __init__(
        self,
        bus: Bus,
        loop: Loop,
        feed: Callable[[Event], None],
        window_id: Callable[[], int] = lambda: 0,
    ) -> None:
        self._bus = bus
        self._loop = loop
        self._feed = feed
        self._asking = Asking(bus, feed, window_id)
        self._startables = Startables(bus, feed)
        self._system_bus: Bus | None = None

    def start(self) -> None:
        """Listen, then learn what is there: nothing that happens in between is missed (T2)."""
        listening.listen_all(self._bus, self._feed)
        owners.watch(self._bus, names.SYNCDAEMON, self._daemon_owned)
        self._startables.start()
        surroundings.listen_keyring(self._bus, self._feed)
        self._system_bus = surroundings.listen_machine(self._loop, self._feed)

    def execute(self, command: Command) -> bool:
        """Carry out a command of the bus's; False when it is another's."""
        if isinstance(command, commands.EnableFilesSync):
            self._enable_files_sync(command)
            return True
        return self._asking.execute(command)

    def refresh(self) -> None:
        """Look again at what could be started; for when a person looks."""
        self._startables.refresh()

    def root_directory(self, on_path: Callable[[str], None]) -> None:
        """The synced folder as the daemon says, `''` without an answer."""
        self._asking.root_directory(on_path)

    def secrets(
        self, on_found: Callable[[Credentials | None], None], on_error: Callable[[BusError], None]
    ) -> None:
        """The stored credentials for one request to the cloud."""
        self._asking.secrets(on_found, on_error)

    def close(self) -> None:
        """Leave both buses."""
        if self._system_bus is not None:
            self._system_bus.close()
        self._bus.close()

    def _daemon_owned(self, owner: str) -> None:
        self._feed(OwnerChanged(owner))
        if not owner:
            self._startables.refresh()

    def _enable_files_sync(self, command: commands.EnableFilesSync) -> None:
        try:
            optionfiles.switch_on()
        except OSError as error:
            log.warning("file sync could not be switched on: %s", error)
            self._feed(Failed(command, WRITE_FAILED))
        else:
            self._feed(Replied(command))
        self._startables.refresh()

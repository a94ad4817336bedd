"""Commands that are not the bus's: the cloud's quota, and what the desktop opens for a person.

Loads the HTTP client with the first question only: an indicator that is still starting, and one
without a cloud, do not pay for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt5.QtCore import QObject

from u1tray.bus.failures import BusError
from u1tray.status import commands
from u1tray.status.commands import Command
from u1tray.status.events import Event, StorageFailed, StorageForgotten
from u1tray.status.values import StorageProblem
from u1tray.tray.cloud.choice import CloudAddress
from u1tray.tray.desktop import manual
from u1tray.tray.gateway.gateway import Gateway
from u1tray.vocabulary.credentials import Credentials

if TYPE_CHECKING:
    from u1tray.tray.cloud.quota import Cloud

log = logging.getLogger(__name__)

# What keeps the secrets from us although there may be some: asked again, not signed out.
_SILENT = frozenset({"NoReply", "Timeout", "TimedOut", "Disconnected"})


class Errands:
    """Runs them. `opens` opens a URL on the desktop and says whether it could."""

    def __init__(
        self,
        parent: QObject,
        gateway: Gateway,
        feed: Callable[[Event], None],
        opens: Callable[[str], bool],
    ) -> None:
        self._parent = parent
        self._gateway = gateway
        self._feed = feed
        self._opens = opens
        self._address = CloudAddress()
        self._cloud: Cloud | None = None
        self._folder = ""
        self._run: Mapping[type, Callable[[], None]] = {
            commands.AskStorage: self._ask_storage,
            commands.OpenFolder: self._open_folder,
            commands.OpenCloud: self.open_cloud,
            commands.OpenManual: self._open_manual,
        }

    def execute(self, command: Command) -> bool:
        """Carry out a command of ours; False when it is another's."""
        run = self._run.get(type(command))
        if run is not None:
            run()
        return run is not None

    def cloud_url(self) -> str:
        """The cloud in use, `''` for none."""
        return self._address.url

    def choose_cloud(self, url: str) -> None:
        """Keep and use another cloud, `''` for none. Raises UsageError or OSError."""
        self._address.choose(url)
        if self._cloud is not None:
            self._cloud.forget()
        self._feed(StorageForgotten())

    def open_cloud(self) -> None:
        """Open the cloud's web page."""
        if self._address.url:
            self._open(self._address.url)
        else:
            log.warning("no cloud is configured: choose one in Preferences")

    def learn_folder(self) -> None:
        """Ask for the synced folder while there is a daemon to say it (8.4)."""

        def told(path: str) -> None:
            self._folder = path or self._folder

        self._gateway.root_directory(told)

    def close(self) -> None:
        """Give up what is under way."""
        if self._cloud is not None:
            self._cloud.close()

    def _ask_storage(self) -> None:
        # Without a cloud nobody is asked for secrets, and no service is started for them.
        if self._address.reload():
            self._gateway.secrets(self._ask_cloud, self._no_secrets)
        else:
            self._feed(StorageFailed(StorageProblem.NO_CLOUD))

    def _ask_cloud(self, found: Credentials | None) -> None:
        if self._cloud is None:
            from u1tray.tray.cloud.quota import Cloud  # noqa: PLC0415 - see the module's docstring

            self._cloud = Cloud(self._parent)
        self._cloud.ask(found, self._feed)

    def _no_secrets(self, error: BusError) -> None:
        silent = error.kind in _SILENT
        problem = StorageProblem.OFFLINE if silent else StorageProblem.SIGNED_OUT
        self._feed(StorageFailed(problem))

    def _open_folder(self) -> None:
        def told(path: str) -> None:
            self._folder = path or self._folder
            if self._folder.startswith("/"):
                self._open(Path(self._folder).as_uri())
            else:
                log.warning("the synced folder is not known: file sync has never said")

        self._gateway.root_directory(told)

    def _open_manual(self) -> None:
        file = manual.path()
        if file is None:
            log.warning("the manual is not installed")
        else:
            self._open(file.as_uri())

    def _open(self, url: str) -> None:
        if not self._opens(url):
            log.warning("the desktop could not open %s", url)

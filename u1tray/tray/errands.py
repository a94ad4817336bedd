"""Commands that are not the bus's: the cloud's quota, and what the desktop opens for a person.

Loads the HTTP parts with the first question only: an indicator without a cloud, and one that is
still starting, do not pay for them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PyQt5.QtCore import QObject

from u1tray.bus.failures import BusError
from u1tray.status import commands
from u1tray.status.commands import Command
from u1tray.status.events import Event, StorageFailed
from u1tray.status.values import StorageProblem
from u1tray.tray.gateway import Gateway
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import UsageError

if TYPE_CHECKING:
    from u1tray.tray.cloud import Cloud

log = logging.getLogger(__name__)

# What keeps the secrets from us although there may be some: asked again, not signed out.
_SILENT = frozenset({"NoReply", "Timeout", "TimedOut", "Disconnected"})


class Errands:
    """Runs them. `opens` opens a URL or a path on the desktop and says whether it could."""

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
        self._cloud: Cloud | None = None
        self._folder = ""
        self._run: Mapping[type, Callable[[], None]] = {
            commands.AskStorage: self._ask_storage,
            commands.OpenFolder: self._open_folder,
            commands.OpenCloud: self._open_cloud,
            commands.OpenManual: self._open_manual,
        }

    def execute(self, command: Command) -> bool:
        """Carry out a command of ours; False when it is another's."""
        run = self._run.get(type(command))
        if run is not None:
            run()
        return run is not None

    def forget_cloud(self) -> None:
        """Another cloud was chosen."""
        if self._cloud is not None:
            self._cloud.forget()

    def close(self) -> None:
        """Give up what is under way."""
        if self._cloud is not None:
            self._cloud.close()

    def _ask_storage(self) -> None:
        # Without a cloud nobody is asked for secrets, and no service is started for them.
        if not _cloud_url():
            self._feed(StorageFailed(StorageProblem.NO_CLOUD))
            return
        self._gateway.secrets(self._ask_cloud, self._no_secrets)

    def _ask_cloud(self, found: Credentials | None) -> None:
        if self._cloud is None:
            from u1tray.tray.cloud import Cloud  # noqa: PLC0415 - see the module's docstring

            self._cloud = Cloud(self._parent)
        self._cloud.ask(found, self._feed)

    def _no_secrets(self, error: BusError) -> None:
        silent = error.kind in _SILENT
        problem = StorageProblem.OFFLINE if silent else StorageProblem.SIGNED_OUT
        self._feed(StorageFailed(problem))

    def _open_folder(self) -> None:
        def told(path: str) -> None:
            self._folder = path or self._folder
            if self._folder:
                self._open(Path(self._folder).as_uri())
            else:
                log.warning("the synced folder is not known: file sync has never said")

        self._gateway.root_directory(told)

    def _open_cloud(self) -> None:
        url = _cloud_url()
        if url:
            self._open(url)
        else:
            log.warning("no cloud is configured: choose one in Preferences")

    def _open_manual(self) -> None:
        self._open(manual_url())

    def _open(self, url: str) -> None:
        if not self._opens(url):
            log.warning("the desktop could not open %s", url)


def _cloud_url() -> str:
    """The root of the configured cloud's web pages, `''` for none."""
    from u1tray.rest import settings  # noqa: PLC0415

    try:
        cloud: Any = settings.load()
    except UsageError as error:
        log.warning("%s", error.text)
        return ""
    return "" if cloud is None else str(cloud.api_url)


def manual_url() -> str:
    """Our manual: the installed one, else the README beside a checkout."""
    from u1tray.vocabulary import places  # noqa: PLC0415

    page = places.installed("doc/u1tray/index.html") or places.installed("man/man1/u1tray.1")
    checkout = Path(__file__).parents[2] / "README.md"
    return (page or checkout).as_uri()

"""Folders beside the root: made, deleted, subscribed to (D-Bus contract, 5.4; REST contract, 5).

What a person keeps in a folder on this computer is never touched by any of these.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

from u1tray.rest import file_requests, nodes
from u1tray.rest.failures import Reply, failure_of
from u1tray.syncdaemon.folders import DOES_NOT_EXIST, expand, may_become_folder
from u1tray.syncdaemon.queue import CommandQueue
from u1tray.syncdaemon.sync.subscriptions import Subscriptions, default_directory
from u1tray.syncdaemon.sync.syncing import Syncing
from u1tray.syncdaemon.volumes import ROOT_PATH
from u1tray.vocabulary.errors import NotFoundError, U1Error

_log = logging.getLogger(__name__)


class FolderAnnouncer(Protocol):
    """Tells what became of a folder, by its path in the cloud; see the signals of 5.4."""

    def folder_changed(self, what: str, path: str) -> None: ...
    def folder_failed(self, what: str, path: str, error: str) -> None: ...


class Folders:
    """The account's folders. `known` are the volumes the cloud has told of, by their path."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        syncing: Syncing,
        queue: CommandQueue,
        *,
        root_dir: Path,
        announcer: FolderAnnouncer,
        wants_all: Callable[[], bool],
        refresh: Callable[[], None],
    ) -> None:
        self.subscriptions = subscriptions
        self.known: set[str] = set()
        self._syncing = syncing
        self._queue = queue
        self._root_dir = root_dir
        self._announcer = announcer
        self._wants_all = wants_all
        self._refresh = refresh
        self._tasks: set[asyncio.Task[None]] = set()
        self._was_asked = False

    @property
    def paths(self) -> list[str]:
        """All folders that there are, in the cloud or here."""
        return sorted(self.known | {one.path for one in self.subscriptions})

    def exists(self, path: str) -> bool:
        """Whether there is such a folder."""
        return path in self.known or path in self.subscriptions

    def may_become(self, path: str) -> bool:
        """Whether a directory may become a folder: folders do not nest."""
        if not may_become_folder(path, home=Path.home(), root_dir=self._root_dir):
            return False
        wanted = expand(path, Path.home())
        assert wanted is not None
        others = [self.subscriptions.of(one).directory for one in self.paths]
        return not any(
            wanted.is_relative_to(other) or other.is_relative_to(wanted) for other in others
        )

    def create(self, path: str) -> None:
        """Make a folder of a directory; it is synced from then on."""
        self._do("FolderCreateError", path, self._create(path))

    def delete(self, path: str) -> None:
        """Delete a folder in the cloud; the directory here stays."""
        self._do("FolderDeleteError", path, self._delete(path))

    def subscribe(self, path: str) -> None:
        """Sync a folder of the cloud here."""
        self._do("FolderSubscribeError", path, self._subscribe(path))

    def unsubscribe(self, path: str) -> None:
        """Sync a folder here no more; both sides keep what they have."""
        self._do("FolderUnSubscribeError", path, self._unsubscribe(path))

    def asked(self, volumes: set[str]) -> None:
        """The cloud has told which folders there are."""
        appeared, self.known = volumes - self.known, set(volumes)
        was_asked, self._was_asked = self._was_asked, True
        for path in [one.path for one in self.subscriptions if one.path not in volumes]:
            self._do("FolderDeleteError", path, self._forget(path))
        for path in sorted(appeared):
            if path in self.subscriptions:
                continue
            if was_asked:
                self._announcer.folder_changed("FolderCreated", path)
            if self._wants_all():
                self.subscribe(path)

    async def start(self) -> None:
        """Sync all that are subscribed to."""
        for one in self.subscriptions:
            await self._syncing.add(one)

    async def end(self) -> None:
        """Leave what is being done."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _do(self, failure: str, path: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(self._tried(failure, path, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tried(self, failure: str, path: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (U1Error, OSError) as error:
            _log.warning("%s %s: %s", failure, path, error)
            self._announcer.folder_failed(failure, path, str(error))

    async def _create(self, typed: str) -> None:
        if not self.may_become(typed):
            text = "This folder cannot be synced: it must be a directory of its own below your home"
            raise U1Error(text)
        directory = expand(typed, Path.home())
        assert directory is not None
        path = "~/" + str(directory.relative_to(Path.home()))
        cloud = self._syncing.cloud()
        with self._queue.running("CreateUDF", path=str(directory), name=path, marker=""):
            reply = await cloud.send(file_requests.create_volume(cloud.settings, path))
            nodes.volume(reply, cloud.now())
        self.known.add(path)
        await self._sync(path, directory)
        self._announcer.folder_changed("FolderCreated", path)
        self._refresh()

    async def _delete(self, path: str) -> None:
        cloud = self._syncing.cloud()
        with self._queue.running("DeleteVolume", volume_id=path):
            reply = await cloud.send(file_requests.delete_volume(cloud.settings, path))
            _expect_gone(reply, cloud.now())
        await self._forget(path)
        self._refresh()

    async def _subscribe(self, path: str) -> None:
        if path not in self.known:
            raise U1Error(DOES_NOT_EXIST)
        if path not in self.subscriptions:
            await self._sync(path, default_directory(path))
        self._announcer.folder_changed("FolderSubscribed", path)

    async def _unsubscribe(self, path: str) -> None:
        if not self.exists(path):
            raise U1Error(DOES_NOT_EXIST)
        await self._stop(path)
        self._announcer.folder_changed("FolderUnSubscribed", path)

    async def _sync(self, path: str, directory: Path) -> None:
        if not may_become_folder(str(directory), home=Path.home(), root_dir=self._root_dir):
            text = f"{directory} cannot be a synced folder"
            raise U1Error(text)
        directory.mkdir(parents=True, exist_ok=True)
        await self._syncing.add(self.subscriptions.add(path, directory))

    async def _stop(self, path: str) -> None:
        if path in self.subscriptions:
            self.subscriptions.remove(path)
        if self._syncing.is_synced(path):
            await self._syncing.remove(path)

    async def _forget(self, path: str) -> None:
        """The cloud has it no more."""
        self._announcer.folder_changed("FolderDeleted", path)
        self.known.discard(path)
        await self._stop(path)


def folders_of(volumes: tuple[nodes.Volume, ...]) -> set[str]:
    """The paths of all volumes but the root."""
    return {one.path for one in volumes if one.path != ROOT_PATH}


def _expect_gone(reply: Reply, now: float) -> None:
    failure = failure_of(reply, now)
    if failure is not None and not isinstance(failure, NotFoundError):
        raise failure

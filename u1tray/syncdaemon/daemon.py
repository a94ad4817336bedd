"""The daemon behind the faces: it joins life, account, queue and volumes, and knows no bus."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

from u1tray.rest.nodes import Volume as CloudVolume
from u1tray.service.waiting import within
from u1tray.syncdaemon import options
from u1tray.syncdaemon.configuration import Configuration
from u1tray.syncdaemon.life import Life
from u1tray.syncdaemon.link import Hearers, Link
from u1tray.syncdaemon.machine import Lost, Machine, NetworkChanged, QueueChanged, Step
from u1tray.syncdaemon.queue import Command, CommandQueue
from u1tray.syncdaemon.remote.news import News
from u1tray.syncdaemon.sync.bulletin import Bulletin
from u1tray.syncdaemon.sync.folders import FolderAnnouncer, Folders, folders_of
from u1tray.syncdaemon.sync.history import History
from u1tray.syncdaemon.sync.report import Report
from u1tray.syncdaemon.sync.room import Room
from u1tray.syncdaemon.sync.stores import UNKNOWN_KEY
from u1tray.syncdaemon.sync.subscriptions import Subscription, Subscriptions, subscriptions_file
from u1tray.syncdaemon.sync.syncing import Syncing
from u1tray.syncdaemon.sync.transfers import TransferAnnouncer, Transfers
from u1tray.syncdaemon.sync.volume import Ears
from u1tray.syncdaemon.volumes import ROOT_ID, ROOT_PATH, Volume
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.quota import Quota
from u1tray.vocabulary.states import DaemonState

_log = logging.getLogger(__name__)


class Announcer(TransferAnnouncer, FolderAnnouncer, Protocol):
    """Tells the world; see the signals of the D-Bus contract, 5."""

    def state_changed(self, state: DaemonState) -> None: ...
    def command_added(self, command: Command) -> None: ...
    def command_removed(self, command: Command) -> None: ...
    def volumes_changed(self, volumes: list[Volume]) -> None: ...
    def root_mismatched(self, local: str, remote: str) -> None: ...
    def quota_exceeded(self, volume: Volume) -> None: ...
    def name_refused(self, directory: str, name: str) -> None: ...
    def summary_changed(self) -> None: ...
    def journaled(self) -> None: ...


class Daemon:
    """What the daemon is and does. `failed` hears of internal errors.

    Make it inside a running loop.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        root_dir: Path,
        announcer: Announcer,
        credentials: Callable[[], Credentials | None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self.configuration = configuration
        self.root_dir = root_dir
        self.queue = CommandQueue(added=self._on_added, removed=self._on_removed)
        loop = asyncio.get_running_loop()
        self.transfers = Transfers(announcer, loop.time)
        self.news = News(volumes_changed=self.refresh_volumes, moved=self._on_moved)
        self.room = Room(loop.time, self._on_full)
        self.syncing = Syncing(
            configuration,
            news=self.news,
            queue=self.queue,
            transfers=self.transfers,
            ears=Ears(
                changed=self._on_sync_changed,
                refused=self._on_refused,
                failed=failed,
                misnamed=announcer.name_refused,
                journaled=self._on_journaled,
            ),
        )
        self.report = Report(self.syncing, self._free)
        self.bulletin = Bulletin(self.report.fingerprint, announcer.summary_changed)
        self.history = History(self.syncing)
        self._journaled = 0
        self._journal_bulletin = Bulletin(lambda: self._journaled, announcer.journaled)
        self.folders = Folders(
            Subscriptions(subscriptions_file()),
            self.syncing,
            self.queue,
            root_dir=root_dir,
            announcer=announcer,
            wants_all=lambda: configuration.get(options.UDF_AUTOSUBSCRIBE),
            refresh=self.refresh_volumes,
        )
        self._announcer = announcer
        self._credentials = credentials
        self._failed = failed
        self._link: Link | None = None
        self._changes: set[asyncio.Future[None]] = set()
        self._generations: dict[str, int] = {}
        self._starting: asyncio.Task[None] | None = None
        handshake_timeout = configuration.get(options.HANDSHAKE_TIMEOUT)
        self.life = Life(
            Machine(handshake_timeout_seconds=handshake_timeout),
            announce=self._on_state_changed,
            attempt=self.connection,
            failed=failed,
        )

    @property
    def state(self) -> DaemonState:
        """The state dict of the moment."""
        return self.life.machine.state

    def begin(self) -> None:
        """The name is ours: look at the local folders, then rest in READY (10.1)."""
        self.life.feed(Step.BEGUN)
        self._starting = asyncio.ensure_future(self._start())

    async def end(self) -> None:
        """Leave the server and the folders; what was on its way goes on at the next start."""
        if self._starting is not None:
            self._starting.cancel()
        await self.folders.end()
        await self.life.leave()
        self.bulletin.end()
        self._journal_bulletin.end()
        await self.syncing.close()

    def connect(self) -> None:
        """There are credentials, and the person wants to be connected."""
        self.life.feed(Step.CONNECT)

    def disconnect(self) -> None:
        """The person does not want to be connected, or there are no credentials any more."""
        self.life.feed(Step.DISCONNECT)

    def network_changed(self, network: bool) -> None:
        """There is a network now, or none."""
        self.life.feed(NetworkChanged(network))

    def refresh_volumes(self) -> None:
        """Ask the server again, if there is a connection."""
        if self._link is not None:
            self._link.refresh()

    def volumes(self) -> list[Volume]:
        """All volumes of the account that are known, the root first."""
        root = self._volume(Subscription(ROOT_PATH, self.root_dir, ROOT_ID))
        return [root, *(self.folder(path) for path in self.folders.paths)]

    def folder(self, path: str) -> Volume:
        """A folder by its path in the cloud."""
        return self._volume(self.folders.subscriptions.of(path))

    def _volume(self, subscription: Subscription) -> Volume:
        path = subscription.path
        synced = self.syncing.volumes.get(path)
        generation = self._generations.get(path)
        return Volume(
            path,
            subscription.directory,
            UNKNOWN_KEY if synced is None else synced.root_key,
            "" if generation is None else str(generation),
            subscribed=self.syncing.is_synced(path),
            free=0 if self.room.quota is None else self.room.quota.free,
        )

    async def _start(self) -> None:
        try:
            await self.syncing.add(Subscription(ROOT_PATH, self.root_dir, ROOT_ID))
            await self.folders.start()
            await self.syncing.folders_seen()
        except Exception as error:
            self._failed(error)
        else:
            self.life.feed(Step.SCANNED)

    async def nirvana(self, quiet_seconds: float) -> None:
        """Wait until nothing has been to do for some seconds, online; maybe for ever."""
        while True:
            while not self._is_nirvana():
                await self._next_change()
            # In two parts: where the computer stood still for the time of one, what came
            # meanwhile is heard in the other.
            if await self._rests(quiet_seconds / 2) and await self._rests(quiet_seconds / 2):
                return

    async def _rests(self, seconds: float) -> bool:
        """Whether nothing changes for some seconds, and there is nothing to do after them."""
        try:
            await within(self._next_change(), seconds)
        except asyncio.TimeoutError:
            return self._is_nirvana()
        return False

    def connection(self) -> Coroutine[Any, Any, None]:
        """One attempt to be connected, from the beginning to its end."""
        return self._connect()

    async def _connect(self) -> None:
        credentials = self._credentials()
        if credentials is None:
            _log.warning("there are no credentials to connect with")
            self.life.feed(Lost())
            return
        self._link = Link(
            credentials,
            synced=self.syncing,
            news=self.news,
            queue=self.queue,
            hearers=Hearers(
                feed=self.life.feed,
                asked=self._on_asked,
                volumes_changed=lambda: self._announcer.volumes_changed(self.volumes()),
                root_mismatched=self._announcer.root_mismatched,
            ),
            handshake_timeout_seconds=self.configuration.get(options.HANDSHAKE_TIMEOUT),
            keep_alive_interval_seconds=self.configuration.get(options.KEEP_ALIVE_INTERVAL),
        )
        try:
            await self._link.run()
        finally:
            self._link = None

    def _is_nirvana(self) -> bool:
        is_online = self.life.machine.is_online
        return is_online and self.queue.is_empty and self.syncing.is_idle

    def _next_change(self) -> asyncio.Future[None]:
        change = asyncio.get_running_loop().create_future()
        self._changes.add(change)
        change.add_done_callback(self._changes.discard)
        return change

    def _note_change(self) -> None:
        for change in list(self._changes):
            if not change.done():
                change.set_result(None)

    def _on_state_changed(self, state: DaemonState) -> None:
        self._announcer.state_changed(state)
        self._note_change()

    def _on_asked(self, quota: Quota, volumes: tuple[CloudVolume, ...]) -> None:
        self._generations = {one.path: one.generation for one in volumes}
        self.folders.asked(folders_of(volumes))
        if self.room.take(quota, self.syncing.least_refused):
            self.syncing.try_again()

    def _on_moved(self) -> None:
        """Something changed in the cloud; there may be more room, or less."""
        if self._link is not None:
            self._link.look_soon()

    def _on_refused(self) -> None:
        self.room.refuse()
        self._on_moved()

    def _on_full(self) -> None:
        self._announcer.quota_exceeded(self.volumes()[0])

    def _free(self) -> int | None:
        return None if self.room.quota is None else self.room.quota.free

    def _on_journaled(self) -> None:
        self._journaled += 1
        self._journal_bulletin.note()

    def _on_sync_changed(self) -> None:
        self.bulletin.note()
        self._weigh_queue()
        if self.room.is_refused and not self.syncing.is_full:
            self.room.relent()
        self._note_change()

    def _on_added(self, command: Command) -> None:
        self._announcer.command_added(command)
        if not self.life.machine.busy:  # else it is no news
            self.life.feed(QueueChanged(busy=True))
        self._note_change()

    def _on_removed(self, command: Command) -> None:
        self._announcer.command_removed(command)
        self._weigh_queue()
        self._note_change()

    def _weigh_queue(self) -> None:
        """Busy while anything is in the queue, and while the next command is about to come."""
        if self.queue.is_empty and not self.syncing.is_beginning:
            self.life.feed(QueueChanged(busy=False))

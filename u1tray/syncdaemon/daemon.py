"""The daemon behind the faces: it joins life, account, queue and volumes, and knows no bus."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

from u1tray.syncdaemon import options
from u1tray.syncdaemon.configuration import Configuration
from u1tray.syncdaemon.life import Life
from u1tray.syncdaemon.link import Hearers, Link
from u1tray.syncdaemon.machine import Lost, Machine, NetworkChanged, QueueChanged, Step
from u1tray.syncdaemon.queue import Command, CommandQueue
from u1tray.syncdaemon.volumes import RootVolume
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.states import DaemonState

_log = logging.getLogger(__name__)


class Announcer(Protocol):
    """Tells the world; see the signals of the D-Bus contract, 5."""

    def state_changed(self, state: DaemonState) -> None: ...
    def command_added(self, command: Command) -> None: ...
    def command_removed(self, command: Command) -> None: ...
    def volumes_changed(self, volumes: list[RootVolume]) -> None: ...
    def root_mismatched(self, local: str, remote: str) -> None: ...


class Daemon:
    """What the daemon is and does. `failed` hears of internal errors."""

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
        self.root_volume: RootVolume | None = None
        self._announcer = announcer
        self._credentials = credentials
        self._link: Link | None = None
        self._changes: set[asyncio.Future[None]] = set()
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
        """The name is ours: look at the local folder and rest in READY (10.1)."""
        self.life.feed(Step.BEGUN)
        self.life.feed(Step.SCANNED)

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

    async def nirvana(self, quiet_seconds: float) -> None:
        """Wait until nothing has been to do for some seconds, online; maybe for ever."""
        while True:
            while not self._is_nirvana():
                await self._next_change()
            try:
                await asyncio.wait_for(self._next_change(), quiet_seconds)
            except asyncio.TimeoutError:
                return

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
            root_dir=self.root_dir,
            queue=self.queue,
            hearers=Hearers(
                feed=self.life.feed,
                volume_asked=self._on_volume_asked,
                volumes_changed=lambda volume: self._announcer.volumes_changed([volume]),
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
        return self.life.machine.is_online and not self.queue.commands

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

    def _on_volume_asked(self, volume: RootVolume) -> None:
        self.root_volume = volume

    def _on_added(self, command: Command) -> None:
        self._announcer.command_added(command)
        self.life.feed(QueueChanged(busy=True))
        self._note_change()

    def _on_removed(self, command: Command) -> None:
        self._announcer.command_removed(command)
        self.life.feed(QueueChanged(busy=bool(self.queue.commands)))
        self._note_change()

"""The daemon's composition root and its life on the bus (D-Bus contract, 10.1).

`serve` builds the parts, owns the name, and gives it back in the contract's order.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from pathlib import Path

from u1tray.service.address import session_address, system_address
from u1tray.service.connection import Connection
from u1tray.service.errors import CallError
from u1tray.service.interfaces import Interface
from u1tray.service.lifecycle import on_termination
from u1tray.service.waiting import within
from u1tray.syncdaemon import options, restarts
from u1tray.syncdaemon.account import Account
from u1tray.syncdaemon.announcements import Announcements
from u1tray.syncdaemon.configuration import Configuration
from u1tray.syncdaemon.daemon import Daemon
from u1tray.syncdaemon.faces.config import ConfigFace
from u1tray.syncdaemon.faces.events import EventsFace
from u1tray.syncdaemon.faces.filesystem import FileSystemFace
from u1tray.syncdaemon.faces.folders import FoldersFace
from u1tray.syncdaemon.faces.launcher import LauncherFace
from u1tray.syncdaemon.faces.publicfiles import PublicFilesFace
from u1tray.syncdaemon.faces.root import RootFace, SignalErrorFace
from u1tray.syncdaemon.faces.shares import SharesFace
from u1tray.syncdaemon.faces.status import StatusFace
from u1tray.syncdaemon.faces.sync import SyncFace
from u1tray.syncdaemon.machine import Step
from u1tray.syncdaemon.network import Network
from u1tray.syncdaemon.pausing import Pausing
from u1tray.syncdaemon.surroundings import Surroundings
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import INTERNAL_ERROR_EXIT_CODE, OfflineError, U1Error

_log = logging.getLogger(__name__)

EXIT_DONE = 0
RELEASE_TIMEOUT_SECONDS = 3.0
RESTART_TIMEOUT_SECONDS = 10.0


async def serve(configuration: Configuration, root_dir: Path) -> int:
    """Run until told to end; the exit code. Raises OfflineError without a session bus."""
    program = await Program.build(configuration, root_dir)
    try:
        return await program.run()
    finally:
        await program.close()


class Program:
    """All parts of a running daemon."""

    def __init__(
        self, bus: Connection, system_bus: Connection | None, configuration: Configuration
    ) -> None:
        self._bus = bus
        self._system_bus = system_bus
        self._configuration = configuration
        self._announcements = Announcements()
        self._released = asyncio.Event()  # the name is given back
        self._ending: asyncio.Task[None] | None = None
        self._exit_code = EXIT_DONE
        self.account = Account(bus, wanted=self._on_wanted, left=self._on_left)
        self.network = Network(system_bus, self._on_network_changed)
        self.daemon: Daemon

    @classmethod
    async def build(cls, configuration: Configuration, root_dir: Path) -> Program:
        """Connect to the buses and export everything; the name is not asked for yet."""
        bus = await Connection.open(session_address())
        try:
            program = cls(bus, await _open_system_bus(), configuration)
            program.daemon = program.make_daemon(root_dir)
            program.export()
        except BaseException:
            await bus.close()
            raise
        return program

    def make_daemon(self, root_dir: Path) -> Daemon:
        """The daemon itself."""
        return Daemon(
            self._configuration,
            root_dir=root_dir,
            announcer=self._announcements,
            credentials=lambda: self.account.credentials,
            failed=self.fail,
        )

    def export(self) -> None:
        """All objects, before the name is requested."""
        pausing = Pausing(self.account, self.daemon.bulletin.changed)
        root = RootFace(self.daemon, self.account, pausing, self.shut_down)
        status = StatusFace(self.daemon)
        folders = FoldersFace(self.daemon)
        daemon = self.daemon
        sync = SyncFace(
            daemon.report,
            daemon.bulletin,
            daemon.history,
            pausing=pausing,
            sparing=daemon.syncing.sparing,
        )
        self._announcements.speak_through(root, status, folders, sync)
        self._bus.export(names.ROOT_PATH, root, sync)
        others: dict[str, Interface] = {
            names.STATUS_PATH: status,
            names.CONFIG_PATH: ConfigFace(self._configuration),
            names.FOLDERS_PATH: folders,
            names.SHARES_PATH: SharesFace(),
            names.FILESYSTEM_PATH: FileSystemFace(),
            names.PUBLICFILES_PATH: PublicFilesFace(),
            names.EVENTS_PATH: EventsFace(),
            names.LAUNCHER_PATH: LauncherFace(),
        }
        for path, face in others.items():
            self._bus.export(path, face, SignalErrorFace())

    async def run(self) -> int:
        """From asking for the name to having given it back; the exit code."""
        on_termination(self._end)
        asyncio.get_running_loop().set_exception_handler(self._on_loop_error)
        self.daemon.network_changed(await self.network.watch())
        await Surroundings(self._system_bus, self.daemon.syncing.sparing).watch()
        await self.account.listen()
        if self._ending is not None:
            return EXIT_DONE  # told to end before it began
        if not await self._bus.own(names.SYNCDAEMON):
            _log.info("another SyncDaemon is there already")
            return EXIT_DONE
        self.daemon.begin()
        if self._configuration.get(options.AUTOCONNECT):
            self.account.autoconnect()
        await self._wait_for_the_end()
        return self._exit_code

    async def close(self) -> None:
        """Leave the buses."""
        self.account.stop()
        await self.daemon.end()
        await self._bus.close()
        if self._system_bus is not None:
            await self._system_bus.close()

    async def shut_down(self) -> None:
        """Leave the server, say so, give the name back (10.1); returns when it is gone."""
        self._end()
        await self._released.wait()

    def fail(self, error: BaseException) -> None:
        """An internal error: restart, or stay in UNKNOWN_ERROR where that happens too often."""
        _log.error("internal error", exc_info=error)
        if self._ending is not None or self.daemon.life.machine.is_error:
            return
        self.daemon.life.feed(Step.FAILED)
        if restarts.claim_restart(restarts.restarts_file(), time.time()):
            self._exit_code = INTERNAL_ERROR_EXIT_CODE
            self._ending = asyncio.ensure_future(self._restart())
        else:
            _log.error("restarted too often: waiting for a person")

    def _end(self) -> None:
        if self._ending is None:
            self._ending = asyncio.ensure_future(self._release())

    async def _release(self) -> None:
        self.account.stop()
        self.daemon.life.feed(Step.QUIT)
        await self.daemon.end()
        with contextlib.suppress(CallError, OfflineError, asyncio.TimeoutError):
            await within(self._bus.release(names.SYNCDAEMON), RELEASE_TIMEOUT_SECONDS)
        self._released.set()

    async def _restart(self) -> None:
        await self._release()
        try:
            await self._bus.start_service(names.SYNCDAEMON, RESTART_TIMEOUT_SECONDS)
        except U1Error as error:
            _log.warning("the daemon was not started again: %s", error)

    async def _wait_for_the_end(self) -> None:
        lost = asyncio.ensure_future(self._bus.lost())
        released = asyncio.ensure_future(self._released.wait())
        await asyncio.wait({lost, released}, return_when=asyncio.FIRST_COMPLETED)
        lost.cancel()
        released.cancel()
        if not self._released.is_set():
            _log.info("the session bus went away")
            self._end()
        if self._ending is not None:
            await self._ending

    def _on_wanted(self) -> None:
        self.daemon.connect()

    def _on_left(self) -> None:
        self.daemon.disconnect()

    def _on_network_changed(self, network: bool) -> None:
        self.daemon.network_changed(network)

    def _on_loop_error(self, _loop: object, context: dict[str, object]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception):
            self.fail(error)
        else:
            _log.warning("asyncio: %s", context.get("message"))


async def _open_system_bus() -> Connection | None:
    try:
        return await Connection.open(system_address())
    except OfflineError as error:
        _log.info("no system bus: %s", error)
        return None

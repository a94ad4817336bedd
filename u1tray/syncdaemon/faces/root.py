"""`/`: the daemon itself (D-Bus contract, 5.1)."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

from u1tray.service.errors import value_error, volume_does_not_exist
from u1tray.service.interfaces import Interface, Signal, method
from u1tray.syncdaemon import locations
from u1tray.syncdaemon.account import Account
from u1tray.syncdaemon.daemon import Daemon
from u1tray.syncdaemon.pausing import Pausing
from u1tray.vocabulary.names import SYNCDAEMON_INTERFACE

SIGNAL_ERROR = Signal("SignalError", "sa{ss}", ("signal", "extra_args"))


class SignalErrorFace(Interface):
    """The one signal every other object carries beside its own interface (section 1)."""

    name: ClassVar[str] = SYNCDAEMON_INTERFACE
    signals: ClassVar[tuple[Signal, ...]] = (SIGNAL_ERROR,)


class RootFace(Interface):
    """Connect, disconnect, quit, and where things are."""

    name: ClassVar[str] = SYNCDAEMON_INTERFACE
    signals: ClassVar[tuple[Signal, ...]] = (
        SIGNAL_ERROR,
        Signal("RootMismatch", "ss", ("root_id", "new_root_id")),
        Signal("QuotaExceeded", "a{ss}", ("volume_dict",)),
        Signal("VolumesChanged", "aa{ss}", ("volumes",)),
    )

    def __init__(
        self,
        daemon: Daemon,
        account: Account,
        pausing: Pausing,
        shut_down: Callable[[], Awaitable[None]],
    ) -> None:
        self._pausing = pausing
        self._daemon = daemon
        self._account = account
        self._shut_down = shut_down

    @method()
    def connect(self) -> None:
        self._pausing.end()
        self._account.connect()

    @method()
    def disconnect(self) -> None:
        self._pausing.end()
        self._account.disconnect()

    @method("", "s")
    def get_homedir(self) -> str:
        return str(Path.home())

    @method("", "s")
    def get_rootdir(self) -> str:
        return str(self._daemon.root_dir)

    @method("", "s")
    def get_sharesdir(self) -> str:
        return str(locations.shares_directory())

    @method("", "s")
    def get_sharesdir_link(self) -> str:
        return str(locations.shares_link(self._daemon.root_dir))

    @method("d", "b")
    async def wait_for_nirvana(self, last_event_interval: float) -> bool:
        if not math.isfinite(last_event_interval):
            text = "last_event_interval is not a number of seconds"
            raise value_error(text)
        await self._daemon.nirvana(max(0.0, last_event_interval))
        return True

    @method()
    async def quit(self) -> None:
        await self._shut_down()  # the reply goes out after the name is gone (10.1)

    @method("s")
    def rescan_from_scratch(self, volume_id: str) -> None:
        if not self._daemon.syncing.rescan(volume_id):
            raise volume_does_not_exist()

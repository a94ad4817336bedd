"""Commands to SyncDaemon and Credentials as calls; each is answered exactly once.

SyncDaemon is never started by any of them but StartService (T1, C4). Credentials may be: it is a
service that the bus starts on demand.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from u1tray.bus import credentials, owners, sync, syncdaemon
from u1tray.bus.calls import Method, call
from u1tray.bus.failures import BusError
from u1tray.bus.plain import text
from u1tray.bus.session import Bus
from u1tray.status import commands
from u1tray.status.commands import Command
from u1tray.status.events import Event, Failed, Replied
from u1tray.status.values import Direction, Transfer
from u1tray.tray.gateway.concerns import Inquiry, still_held
from u1tray.vocabulary import names
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.states import DaemonState
from u1tray.vocabulary.wire import number

log = logging.getLogger(__name__)

Read = Callable[[Any], Any]
Feed = Callable[[Event], None]


def _nothing(_value: Any) -> None:
    return None


def _waiting(value: Any) -> tuple[tuple[str, str, dict[str, str]], ...]:
    return tuple((str(name), str(ident), dict(data)) for name, ident, data in value)


def _recent(value: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(text(path) for path in value.get("recent-transfers", ()))


SIMPLE: Mapping[type, tuple[Method, Read]] = {
    commands.AskStatus: (syncdaemon.CURRENT_STATUS, DaemonState.from_wire),
    commands.AskWaiting: (syncdaemon.WAITING, _waiting),
    commands.AskRecent: (syncdaemon.SYNC_MENU, _recent),
    commands.Connect: (syncdaemon.CONNECT, _nothing),
    commands.Disconnect: (syncdaemon.DISCONNECT, _nothing),
    commands.Quit: (syncdaemon.QUIT, _nothing),
    commands.RestoreHeld: (sync.RESTORE_HELD, _nothing),
    commands.SpareNothing: (sync.SPARE_NOTHING, _nothing),
}


class Asking:
    """Sends commands and feeds their answers. `window_id` is the log-in window's parent, 0 none."""

    def __init__(self, bus: Bus, feed: Feed, window_id: Callable[[], int]) -> None:
        self._bus = bus
        self._feed = feed
        self._window_id = window_id
        self._special: Mapping[type, Callable[[Any], None]] = {
            commands.AskTransfers: self._ask_transfers,
            commands.AskFreeSpace: self._ask_free_space,
            commands.AskConcerns: self._ask_concerns,
            commands.ApplyHeld: self._apply_held,
            commands.StartService: self._start_service,
            commands.AskCredentials: self._ask_credentials,
            commands.ClearCredentials: self._clear_credentials,
            commands.LogIn: self._log_in,
        }

    def execute(self, command: Command) -> bool:
        """Send it; False when the command is none of the bus's."""
        if type(command) in SIMPLE:
            method, read = SIMPLE[type(command)]
            self._call(command, method, read)
            return True
        special = self._special.get(type(command))
        if special is None:
            return False
        special(command)
        return True

    def root_directory(self, on_path: Callable[[str], None]) -> None:
        """get_rootdir; `''` without an answer."""
        call(
            self._bus,
            syncdaemon.GET_ROOTDIR,
            on_reply=lambda path: on_path(text(path or "")),
            on_error=lambda _error: on_path(""),
        )

    def secrets(
        self, on_found: Callable[[Credentials | None], None], on_error: Callable[[BusError], None]
    ) -> None:
        """The stored credentials, for one request to the cloud; kept nowhere."""
        credentials.find(self._bus, on_found, on_error)

    def _call(
        self, command: Command, method: Method, read: Read, *args: Any, auto_start: bool = False
    ) -> None:
        def replied(value: Any) -> None:
            try:
                answer: Event = Replied(command, read(value))
            except (AttributeError, TypeError, ValueError):
                self._unreadable(command, method)
            else:
                self._feed(answer)

        call(
            self._bus,
            method,
            *args,
            on_reply=replied,
            on_error=self._failing(command),
            auto_start=auto_start,
        )

    def _unreadable(self, command: Command, method: Method) -> None:
        log.warning("the reply to %s is of another type", method.name)
        self._feed(Failed(command, names.UNREADABLE_REPLY))

    def _failing(self, command: Command) -> Callable[[BusError], None]:
        return lambda error: self._feed(Failed(command, error.name))

    def _ask_free_space(self, command: commands.AskFreeSpace) -> None:
        self._call(command, syncdaemon.FREE_SPACE, int, command.volume_id)

    def _ask_concerns(self, command: commands.AskConcerns) -> None:
        Inquiry(
            self._bus,
            lambda found: self._feed(Replied(command, found)),
            self._failing(command),
            partial(self._unreadable, command),
        ).start(troubles=command.with_troubles)

    def _apply_held(self, command: commands.ApplyHeld) -> None:
        self._call(command, sync.APPLY_HELD, still_held, command.shown)

    def _ask_transfers(self, command: commands.AskTransfers) -> None:
        """Uploads, then downloads: the second is asked when the first has answered."""

        def uploads_heard(uploads: Any) -> None:
            def both(downloads: Any) -> tuple[Transfer, ...]:
                return _transfers(Direction.UPLOAD, uploads, "n_bytes_written") + _transfers(
                    Direction.DOWNLOAD, downloads, "n_bytes_read"
                )

            self._call(command, syncdaemon.CURRENT_DOWNLOADS, both)

        call(
            self._bus,
            syncdaemon.CURRENT_UPLOADS,
            on_reply=uploads_heard,
            on_error=self._failing(command),
        )

    def _start_service(self, command: commands.StartService) -> None:
        owners.start_service(
            self._bus,
            names.SYNCDAEMON,
            lambda: self._feed(Replied(command)),
            self._failing(command),
        )

    def _ask_credentials(self, command: commands.AskCredentials) -> None:
        self.secrets(
            lambda found: self._feed(Replied(command, found is not None)), self._failing(command)
        )

    def _clear_credentials(self, command: commands.ClearCredentials) -> None:
        self._call(command, credentials.CLEAR_CREDENTIALS, _nothing, auto_start=True)

    def _log_in(self, command: commands.LogIn) -> None:
        # The real service fails on a window_id that is no number (9.2).
        arguments = {"window_id": str(self._window_id())}
        self._call(command, credentials.LOGIN, _nothing, arguments, auto_start=True)


def _transfers(direction: Direction, listed: Any, written: str) -> tuple[Transfer, ...]:
    return tuple(
        Transfer(
            direction,
            text(info.get("path", "")),
            number(info.get(written)) or 0,
            number(info.get("deflated_size")),
        )
        for info in listed
    )

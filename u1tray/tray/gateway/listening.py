"""What the signals of SyncDaemon and Credentials mean as events (D-Bus contract, 5 and 9.1).

Nothing on `/events` is listened to: it broadcasts secrets (T31). Of CredentialsFound only the
fact is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from u1tray.bus import credentials, sync, syncdaemon
from u1tray.bus.plain import text
from u1tray.bus.session import Bus
from u1tray.bus.signals import Signal, listen
from u1tray.status import events
from u1tray.status.events import Event
from u1tray.status.values import Direction
from u1tray.vocabulary.states import DaemonState
from u1tray.vocabulary.wire import number

log = logging.getLogger(__name__)

Reader = Callable[..., Event | None]


def _status_changed(state: Mapping[str, str]) -> Event:
    return events.StatusChanged(DaemonState.from_wire(state))


def _started(direction: Direction) -> Reader:
    return lambda path: events.TransferStarted(direction, text(path))


def _progress(direction: Direction, written: str) -> Reader:
    def read(path: object, info: Mapping[str, str]) -> Event:
        return events.TransferProgress(
            direction,
            text(path),
            number(info.get(written)) or 0,
            number(info.get("deflated_size")),
        )

    return read


def _finished(direction: Direction) -> Reader:
    def read(path: object, info: Mapping[str, str]) -> Event:
        return events.TransferFinished(direction, text(path), text(info.get("error", "")))

    return read


def _queue_removed(name: str, _id: str, data: Mapping[str, str]) -> Event | None:
    # Only uploads matter to anybody (8.2), and a busy daemon sends thousands of the others.
    return events.QueueRemoved(name, dict(data)) if name == "Upload" else None


def _invalid_name(directory: object, name: object) -> Event:
    return events.InvalidName(text(directory), text(name))


def _quota_exceeded(volume: Mapping[str, str]) -> Event:
    return events.QuotaExceeded(dict(volume))


def _volumes_changed(volumes: list[Mapping[str, str]]) -> Event:
    return events.VolumesChanged(tuple(dict(volume) for volume in volumes))


def _credentials_error(info: Mapping[str, str]) -> Event:
    return events.CredentialsError(text(info.get("errtype", "")), text(info.get("message", "")))


READERS: Mapping[Signal, Reader] = {
    syncdaemon.STATUS_CHANGED: _status_changed,
    syncdaemon.UPLOAD_STARTED: _started(Direction.UPLOAD),
    syncdaemon.DOWNLOAD_STARTED: _started(Direction.DOWNLOAD),
    syncdaemon.UPLOAD_FILE_PROGRESS: _progress(Direction.UPLOAD, "n_bytes_written"),
    syncdaemon.DOWNLOAD_FILE_PROGRESS: _progress(Direction.DOWNLOAD, "n_bytes_read"),
    syncdaemon.UPLOAD_FINISHED: _finished(Direction.UPLOAD),
    syncdaemon.DOWNLOAD_FINISHED: _finished(Direction.DOWNLOAD),
    syncdaemon.REQUEST_QUEUE_REMOVED: _queue_removed,
    syncdaemon.INVALID_NAME: _invalid_name,
    syncdaemon.QUOTA_EXCEEDED: _quota_exceeded,
    syncdaemon.VOLUMES_CHANGED: _volumes_changed,
    sync.CHANGED: events.ConcernsChanged,
    credentials.CREDENTIALS_FOUND: lambda _secrets: events.CredentialsFound(),
    credentials.CREDENTIALS_NOT_FOUND: events.CredentialsNotFound,
    credentials.CREDENTIALS_CLEARED: events.CredentialsCleared,
    credentials.CREDENTIALS_STORED: events.CredentialsStored,
    credentials.AUTHORIZATION_DENIED: events.AuthorizationDenied,
    credentials.CREDENTIALS_ERROR: _credentials_error,
}


def listen_all(bus: Bus, feed: Callable[[Event], None]) -> None:
    """Feed an event for each signal; one that cannot be read is lost, logged once a kind (C9)."""
    for signal, reader in READERS.items():
        listen(bus, signal, _handler(signal, reader, feed))


def _handler(signal: Signal, reader: Reader, feed: Callable[[Event], None]) -> Callable[..., None]:
    unreadable: list[Signal] = []

    def handle(*args: Any) -> None:
        try:
            event = reader(*args)
        except (AttributeError, TypeError, ValueError):
            if not unreadable:
                unreadable.append(signal)
                log.warning("%s came with values of another type: ignored", signal.name)
            return
        if event is not None:
            feed(event)

    return handle

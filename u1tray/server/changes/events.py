"""Server-sent events of the change stream, and what a client was told so far (REST contract, 16.2).

Pure: changes and volumes in, events out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from u1tray.server.changes.values import Change, Kind
from u1tray.server.files.values import Volume

RETRY = b"retry: 5000\n\n"
HEARTBEAT = b": hb\n\n"


class Reason(str, Enum):
    """Why a stream ends."""

    SHUTDOWN = "shutdown"
    MAX_AGE = "max_age"
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of a reason
    ACCOUNT_DISABLED = "account_disabled"


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `volume_id` is set on those that a newer one of the volume replaces."""

    name: str
    data: Mapping[str, Any]
    volume_id: int | None = None

    def encode(self) -> bytes:
        """As it travels. JSON has no line break inside."""
        data = json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))
        return f"event: {self.name}\ndata: {data}\n\n".encode()


def bye(reason: Reason) -> Event:
    """The last event."""
    return Event("bye", {"reason": reason.value})


def newest(events: Sequence[Event]) -> list[Event]:
    """The events without the generations that a newer one of the same volume replaces."""
    last = {event.volume_id: number for number, event in enumerate(events)}
    return [
        event
        for number, event in enumerate(events)
        if event.volume_id is None or last[event.volume_id] == number
    ]


class Ledger:
    """What one client was told. Events may come late, twice or out of order; it hears of each once.

    Volumes are known by their id, which is never used again.
    """

    def __init__(self) -> None:
        self._told: dict[int, tuple[str, int]] = {}  # path and generation
        self._gone: set[int] = set()

    @property
    def volumes(self) -> int:
        """How many volumes the client knows."""
        return len(self._told)

    def hello(self, volumes: Iterable[Volume]) -> Event:
        """The first event: all volumes."""
        listed = []
        for volume in volumes:
            self._told[volume.id] = (volume.path, volume.generation)
            listed.append({"path": volume.path, "generation": volume.generation})
        return Event("hello", {"volumes": listed})

    def take(self, change: Change) -> list[Event] | None:
        """What to tell of a change; None: it cannot be said without a look at the volumes."""
        if change.kind is Kind.CREATED:
            return self._created(change.volume_id, change.path, change.generation)
        if change.kind is Kind.DELETED:
            return self._deleted(change.volume_id)
        if change.volume_id in self._gone:
            return []
        if change.kind is Kind.GENERATION and change.volume_id in self._told:
            return self._moved_on(change.volume_id, change.path, change.generation)
        return None

    def look(self, volumes: Sequence[Volume]) -> list[Event]:
        """What to tell of the volumes as they are now."""
        events: list[Event] = []
        for gone in self._told.keys() - {volume.id for volume in volumes}:
            events += self._deleted(gone)
        for volume in volumes:
            if volume.id not in self._told:
                events += self._created(volume.id, volume.path, 0)
            events += self._moved_on(volume.id, volume.path, volume.generation)
        return events

    def _created(self, volume_id: int, path: str, generation: int) -> list[Event]:
        if volume_id in self._told or volume_id in self._gone:
            return []
        self._told[volume_id] = (path, generation)
        data = {"path": path, "change": "created", "generation": generation}
        return [Event("volume", data)]

    def _deleted(self, volume_id: int) -> list[Event]:
        self._gone.add(volume_id)
        path, _ = self._told.pop(volume_id, (None, 0))
        return [] if path is None else [Event("volume", {"path": path, "change": "deleted"})]

    def _moved_on(self, volume_id: int, path: str, generation: int) -> list[Event]:
        _, told = self._told[volume_id]
        if generation <= told:
            return []
        self._told[volume_id] = (path, generation)
        return [Event("generation", {"path": path, "generation": generation}, volume_id)]

"""Uploads and downloads on their way, and what is told of them when (D-Bus contract, 10.4)."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

PROGRESS_INTERVAL_SECONDS = 0.1
RECENT = 5


class Direction(enum.Enum):
    """Where the bytes go."""

    UPLOAD = "Upload"
    DOWNLOAD = "Download"


@dataclass
class Transfer:
    """One file on its way. `moved` of `size` bytes have gone."""

    direction: Direction
    path: str
    share_id: str
    node_id: str
    size: int
    moved: int = 0
    told: int = 0
    told_at: float | None = None

    @property
    def progress(self) -> dict[str, str]:
        """What FileProgress tells."""
        key = "n_bytes_written" if self.direction is Direction.UPLOAD else "n_bytes_read"
        return {key: str(self.moved), "deflated_size": str(self.size)}

    def to_wire(self) -> dict[str, str]:
        """As current_uploads and current_downloads list it (5.2)."""
        found = {"path": self.path, "share_id": self.share_id, "node_id": self.node_id}
        return {**found, **self.progress}


class TransferAnnouncer(Protocol):
    """Tells of transfers; see the signals of the D-Bus contract, 5.2."""

    def transfer_started(self, transfer: Transfer) -> None: ...
    def transfer_progressed(self, transfer: Transfer) -> None: ...
    def transfer_finished(self, transfer: Transfer, error: str) -> None: ...


class Transfers:
    """All transfers on their way, by whatever their owner calls them. `now` in seconds."""

    def __init__(self, announcer: TransferAnnouncer, now: Callable[[], float]) -> None:
        self._announcer = announcer
        self._now = now
        self._running: dict[object, Transfer] = {}
        self.recent: deque[str] = deque(maxlen=RECENT)

    def running(self, direction: Direction) -> list[Transfer]:
        """Those of a direction, oldest first."""
        return [one for one in self._running.values() if one.direction is direction]

    def start(self, key: object, transfer: Transfer) -> None:
        """A transfer begins, or is tried again."""
        self._running[key] = transfer
        self._announcer.transfer_started(transfer)

    def progress(self, key: object, moved: int) -> None:
        """So many bytes of one have gone."""
        transfer = self._running.get(key)
        if transfer is None:
            return
        transfer.moved = min(moved, transfer.size)
        now = self._now()
        is_due = transfer.told_at is None or now - transfer.told_at >= PROGRESS_INTERVAL_SECONDS
        if 0 < transfer.moved < transfer.size and is_due:
            self._tell(transfer, now)

    def leave(self, key: object) -> None:
        """A transfer will be tried again: it only leaves the list."""
        self._running.pop(key, None)

    def finish(self, key: object, error: str = "") -> None:
        """A transfer is done or given up."""
        transfer = self._running.pop(key, None)
        if transfer is None:
            return
        if not error:
            transfer.moved = transfer.size
            if transfer.size and transfer.told < transfer.size:
                self._tell(transfer, self._now())
            self._remember(transfer.path)
        self._announcer.transfer_finished(transfer, error)

    def _remember(self, path: str) -> None:
        if path in self.recent:
            self.recent.remove(path)
        self.recent.append(path)

    def _tell(self, transfer: Transfer, now: float) -> None:
        transfer.told, transfer.told_at = transfer.moved, now
        self._announcer.transfer_progressed(transfer)

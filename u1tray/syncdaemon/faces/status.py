"""`/status`: state, queue and transfers (D-Bus contract, 5.2)."""

from __future__ import annotations

from typing import Any, ClassVar

from u1tray.service.errors import value_error
from u1tray.service.interfaces import Interface, Signal, method
from u1tray.service.values import Variant
from u1tray.syncdaemon.daemon import Daemon
from u1tray.syncdaemon.sync.transfers import Direction
from u1tray.vocabulary.names import STATUS_INTERFACE

_PROGRESS = ("path", "info")
_LARGEST_INT32 = 2**31 - 1
_QUEUE = ("op_name", "op_id", "data")


class StatusFace(Interface):
    """What the daemon is doing."""

    name: ClassVar[str] = STATUS_INTERFACE
    signals: ClassVar[tuple[Signal, ...]] = (
        Signal("DownloadStarted", "s", ("path",)),
        Signal("DownloadFileProgress", "sa{ss}", _PROGRESS),
        Signal("DownloadFinished", "sa{ss}", _PROGRESS),
        Signal("UploadStarted", "s", ("path",)),
        Signal("UploadFileProgress", "sa{ss}", _PROGRESS),
        Signal("UploadFinished", "sa{ss}", _PROGRESS),
        Signal("InvalidName", "ss", ("dirname", "filename")),
        Signal("BrokenNode", "ssss", ("volume_id", "node_id", "mdid", "path")),
        Signal("StatusChanged", "a{ss}", ("status",)),
        Signal("AccountChanged", "a{ss}", ("account_info",)),
        Signal("RequestQueueAdded", "ssa{ss}", _QUEUE),
        Signal("RequestQueueRemoved", "ssa{ss}", _QUEUE),
    )

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    @method("", "a{ss}")
    def current_status(self) -> dict[str, str]:
        return self._daemon.state.to_wire()

    @method("", "aa{ss}")
    def current_uploads(self) -> list[dict[str, str]]:
        return self._current(Direction.UPLOAD)

    @method("", "aa{ss}")
    def current_downloads(self) -> list[dict[str, str]]:
        return self._current(Direction.DOWNLOAD)

    @method("s", "t")
    def free_space(self, vol_id: str) -> int:
        quota = self._daemon.room.quota
        if quota is None:
            text = "the server was not asked yet"
            raise value_error(text)
        known = {volume.id for volume in self._daemon.volumes()}
        return quota.free if vol_id in known else 0

    @method("", "a(ssa{ss})")
    def waiting(self) -> list[tuple[str, str, dict[str, str]]]:
        return [command.to_wire() for command in self._daemon.queue.commands]

    @method("", "a{sv}")
    def sync_menu(self) -> dict[str, Any]:
        transfers = self._daemon.transfers
        uploading = [
            (one.path, *halved(one.size, one.moved)) for one in transfers.running(Direction.UPLOAD)
        ]
        return {
            "recent-transfers": Variant("as", list(transfers.recent)),
            "uploading": Variant("a(sii)", uploading),
        }

    def _current(self, direction: Direction) -> list[dict[str, str]]:
        return [one.to_wire() for one in self._daemon.transfers.running(direction)]


def halved(size: int, written: int) -> tuple[int, int]:
    """Both halved until they fit into 32 bits (10.4)."""
    while size > _LARGEST_INT32:
        size, written = size // 2, written // 2
    return size, written

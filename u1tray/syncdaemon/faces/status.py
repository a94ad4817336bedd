"""`/status`: state, queue and transfers (D-Bus contract, 5.2)."""

from __future__ import annotations

from typing import Any, ClassVar

from u1tray.service.errors import value_error
from u1tray.service.interfaces import Interface, Signal, method
from u1tray.service.values import Variant
from u1tray.syncdaemon.daemon import Daemon
from u1tray.syncdaemon.volumes import ROOT_ID
from u1tray.vocabulary.names import STATUS_INTERFACE

_PROGRESS = ("path", "info")
_QUEUE = ("op_name", "op_id", "data")


class StatusFace(Interface):
    """What the daemon is doing. There are no transfers before there is sync."""

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
        return []

    @method("", "aa{ss}")
    def current_downloads(self) -> list[dict[str, str]]:
        return []

    @method("s", "t")
    def free_space(self, vol_id: str) -> int:
        volume = self._daemon.root_volume
        if volume is None:
            text = "the server was not asked yet"
            raise value_error(text)
        return volume.quota.free if vol_id == ROOT_ID else 0

    @method("", "a(ssa{ss})")
    def waiting(self) -> list[tuple[str, str, dict[str, str]]]:
        return [command.to_wire() for command in self._daemon.queue.commands]

    @method("", "a{sv}")
    def sync_menu(self) -> dict[str, Any]:
        return {"recent-transfers": Variant("as", []), "uploading": Variant("a(sii)", [])}

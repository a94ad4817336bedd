"""Turns what the daemon announces into signals of its faces."""

from __future__ import annotations

from u1tray.service.interfaces import Interface
from u1tray.syncdaemon.faces.folders import FoldersFace
from u1tray.syncdaemon.queue import Command
from u1tray.syncdaemon.sync.transfers import Transfer
from u1tray.syncdaemon.volumes import Volume
from u1tray.vocabulary.states import DaemonState


class Announcements:
    """The Announcer of the daemon; silent until the faces are there."""

    def __init__(self) -> None:
        self._root: Interface | None = None
        self._status: Interface | None = None
        self._folders: FoldersFace | None = None
        self._sync: Interface | None = None

    def speak_through(
        self, root: Interface, status: Interface, folders: FoldersFace, sync: Interface
    ) -> None:
        """The faces of `/`, `/status` and `/folders`, and our own on `/`."""
        self._root, self._status, self._folders, self._sync = root, status, folders, sync

    def summary_changed(self) -> None:
        """Changed, of our own interface."""
        if self._sync is not None:
            self._sync.emit("Changed")

    def journaled(self) -> None:
        """Journaled, of our own interface."""
        if self._sync is not None:
            self._sync.emit("Journaled")

    def state_changed(self, state: DaemonState) -> None:
        """StatusChanged."""
        if self._status is not None:
            self._status.emit("StatusChanged", state.to_wire())

    def command_added(self, command: Command) -> None:
        """RequestQueueAdded."""
        if self._status is not None:
            self._status.emit("RequestQueueAdded", *command.to_wire())

    def command_removed(self, command: Command) -> None:
        """RequestQueueRemoved."""
        if self._status is not None:
            self._status.emit("RequestQueueRemoved", *command.to_wire())

    def volumes_changed(self, volumes: list[Volume]) -> None:
        """VolumesChanged."""
        if self._root is not None:
            self._root.emit("VolumesChanged", [volume.to_wire() for volume in volumes])

    def root_mismatched(self, local: str, remote: str) -> None:
        """RootMismatch."""
        if self._root is not None:
            self._root.emit("RootMismatch", local, remote)

    def quota_exceeded(self, volume: Volume) -> None:
        """QuotaExceeded."""
        if self._root is not None:
            self._root.emit("QuotaExceeded", volume.to_wire())

    def name_refused(self, directory: str, name: str) -> None:
        """InvalidName."""
        if self._status is not None:
            self._status.emit("InvalidName", directory, name)

    def transfer_started(self, transfer: Transfer) -> None:
        """UploadStarted or DownloadStarted."""
        if self._status is not None:
            self._status.emit(f"{transfer.direction.value}Started", transfer.path)

    def transfer_progressed(self, transfer: Transfer) -> None:
        """UploadFileProgress or DownloadFileProgress."""
        if self._status is not None:
            member = f"{transfer.direction.value}FileProgress"
            self._status.emit(member, transfer.path, transfer.progress)

    def transfer_finished(self, transfer: Transfer, error: str) -> None:
        """UploadFinished or DownloadFinished."""
        if self._status is not None:
            info = {"error": error} if error else {}
            self._status.emit(f"{transfer.direction.value}Finished", transfer.path, info)

    def folder_changed(self, what: str, path: str) -> None:
        """FolderCreated, FolderDeleted, FolderSubscribed or FolderUnSubscribed."""
        if self._folders is not None:
            self._folders.tell_change(what, path)

    def folder_failed(self, what: str, path: str, error: str) -> None:
        """The error signal of one of these."""
        if self._folders is not None:
            self._folders.tell_failure(what, path, error)

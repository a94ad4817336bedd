"""`/folders`: further synced folders (D-Bus contract, 5.4).

A folder's id is its path in the cloud, such as `~/Docs`.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from u1tray.service.errors import key_error, volume_does_not_exist
from u1tray.service.interfaces import Interface, Signal, method
from u1tray.syncdaemon.daemon import Daemon
from u1tray.syncdaemon.folders import expand
from u1tray.vocabulary.names import FOLDERS_INTERFACE


class FoldersFace(Interface):
    """The folders beside the root: what happens to them comes as signals."""

    name: ClassVar[str] = FOLDERS_INTERFACE
    signals: ClassVar[tuple[Signal, ...]] = (
        Signal("FolderCreated", "a{ss}", ("folder_info",)),
        Signal("FolderCreateError", "a{ss}s", ("folder_info", "error")),
        Signal("FolderDeleted", "a{ss}", ("folder_info",)),
        Signal("FolderDeleteError", "a{ss}s", ("folder_info", "error")),
        Signal("FolderSubscribed", "a{ss}", ("folder_info",)),
        Signal("FolderSubscribeError", "a{ss}s", ("folder_info", "error")),
        Signal("FolderUnSubscribed", "a{ss}", ("folder_info",)),
        Signal("FolderUnSubscribeError", "a{ss}s", ("folder_info", "error")),
    )

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._folders = daemon.folders

    def tell_change(self, what: str, path: str) -> None:
        """One of the signals with a folder dict."""
        self.emit(what, self._info(path))

    def tell_failure(self, what: str, path: str, error: str) -> None:
        """One of the error signals (5.4)."""
        if what == "FolderCreateError":
            info = {"path": path}
        elif what == "FolderDeleteError":
            info = self._info(path)
        else:
            info = {"volume_id": path, "id": path}
        self.emit(what, info, error)

    def _info(self, path: str) -> dict[str, str]:
        return self._daemon.folder(path).to_wire()

    @method("s")
    def create(self, path: str) -> None:
        self._folders.create(path)

    @method("s")
    def delete(self, folder_id: str) -> None:
        if not self._folders.exists(folder_id):
            raise volume_does_not_exist()
        self._folders.delete(folder_id)

    @method("s", "b")
    def validate_path(self, path: str) -> bool:
        return self._folders.may_become(path)

    @method("", "aa{ss}")
    def get_folders(self) -> list[dict[str, str]]:
        return [self._info(path) for path in self._folders.paths]

    @method("s")
    def subscribe(self, folder_id: str) -> None:
        self._folders.subscribe(folder_id)

    @method("s")
    def unsubscribe(self, folder_id: str) -> None:
        self._folders.unsubscribe(folder_id)

    @method("s", "a{ss}")
    def get_info(self, path: str) -> dict[str, str]:
        wanted = expand(path, Path.home())
        for one in self._folders.paths:
            directory = self._folders.subscriptions.of(one).directory
            if wanted is not None and wanted.is_relative_to(directory):
                return self._info(one)
        # The root folder is known and is no folder of this kind; nothing else is known.
        if wanted == self._daemon.root_dir:
            return {}
        raise key_error(path)

    @method()
    def refresh_volumes(self) -> None:
        self._daemon.refresh_volumes()

"""`/folders`: further synced folders (D-Bus contract, 5.4). None before there is sync."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from u1tray.service.errors import key_error, volume_does_not_exist
from u1tray.service.interfaces import Interface, Signal, method
from u1tray.syncdaemon.daemon import Daemon
from u1tray.syncdaemon.folders import DOES_NOT_EXIST, expand, may_become_folder
from u1tray.vocabulary.names import FOLDERS_INTERFACE

NOT_YET = "Only the main folder is synced by this version; further folders cannot be added yet"


class FoldersFace(Interface):
    """There are no further folders, so every id is unknown."""

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

    def _emit_later(self, member: str, info: dict[str, str], error: str) -> None:
        """After the reply: the outcome of a change comes as a signal (section 5)."""
        asyncio.get_running_loop().call_soon(self.emit, member, info, error)

    @method("s")
    def create(self, path: str) -> None:
        self._emit_later("FolderCreateError", {"path": path}, NOT_YET)

    @method("s")
    def delete(self, folder_id: str) -> None:
        raise volume_does_not_exist()

    @method("s", "b")
    def validate_path(self, path: str) -> bool:
        return may_become_folder(path, home=Path.home(), root_dir=self._daemon.root_dir)

    @method("", "aa{ss}")
    def get_folders(self) -> list[dict[str, str]]:
        return []

    @method("s")
    def subscribe(self, folder_id: str) -> None:
        info = {"volume_id": folder_id, "id": folder_id}
        self._emit_later("FolderSubscribeError", info, DOES_NOT_EXIST)

    @method("s")
    def unsubscribe(self, folder_id: str) -> None:
        info = {"volume_id": folder_id, "id": folder_id}
        self._emit_later("FolderUnSubscribeError", info, DOES_NOT_EXIST)

    @method("s", "a{ss}")
    def get_info(self, path: str) -> dict[str, str]:
        # The root folder is known and is no folder of this kind; nothing else is known.
        if expand(path, Path.home()) == self._daemon.root_dir:
            return {}
        raise key_error(path)

    @method()
    def refresh_volumes(self) -> None:
        self._daemon.refresh_volumes()

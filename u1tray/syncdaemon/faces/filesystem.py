"""`/filesystem`: what is known of single files (D-Bus contract, 5.6). Neutral: not built yet."""

from __future__ import annotations

from typing import ClassVar

from u1tray.service.interfaces import Interface, method
from u1tray.vocabulary.names import FILESYSTEM_INTERFACE


class FileSystemFace(Interface):
    """Knows no file (11.1)."""

    name: ClassVar[str] = FILESYSTEM_INTERFACE

    @method("s", "a{ss}")
    def get_metadata(self, path: str) -> dict[str, str]:
        return {}

    @method("ss", "a{ss}")
    def get_metadata_by_node(self, share_id: str, node_id: str) -> dict[str, str]:
        return {}

    @method("s", "a{ss}")
    def get_metadata_and_quick_tree_synced(self, path: str) -> dict[str, str]:
        return {}

    @method("", "aa{ss}")
    def get_dirty_nodes(self) -> list[dict[str, str]]:
        return []

    @method("s", "as")
    def search_files(self, pattern: str) -> list[str]:
        return []

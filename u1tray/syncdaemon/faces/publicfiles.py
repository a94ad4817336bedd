"""`/publicfiles`: published files (D-Bus contract, 5.6). Neutral: not built yet."""

from __future__ import annotations

from typing import ClassVar

from u1tray.service.errors import not_supported
from u1tray.service.interfaces import Interface, Signal, method
from u1tray.vocabulary.names import PUBLICFILES_INTERFACE


class PublicFilesFace(Interface):
    """Publishes nothing (11.1)."""

    name: ClassVar[str] = PUBLICFILES_INTERFACE
    signals: ClassVar[tuple[Signal, ...]] = (
        Signal("PublicAccessChanged", "a{ss}", ("file_info",)),
        Signal("PublicAccessChangeError", "a{ss}s", ("file_info", "error")),
        Signal("PublicFilesList", "aa{ss}", ("files",)),
        Signal("PublicFilesListError", "s", ("error",)),
    )

    @method("ssb")
    def change_public_access(self, share_id: str, node_id: str, is_public: bool) -> None:
        raise not_supported()

    @method()
    def get_public_files(self) -> None:
        raise not_supported()

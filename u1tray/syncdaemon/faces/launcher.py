"""`/launcher`: the icon of a dock that no longer exists (D-Bus contract, 5.6)."""

from __future__ import annotations

from typing import ClassVar

from u1tray.service.interfaces import Interface, method
from u1tray.vocabulary.names import LAUNCHER_INTERFACE


class LauncherFace(Interface):
    """Has no effect."""

    name: ClassVar[str] = LAUNCHER_INTERFACE

    @method()
    def unset_urgency(self) -> None:
        return

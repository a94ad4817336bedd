"""What icon, menu and windows ask of the program beyond telling it events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from u1tray.tray import clock


@dataclass(frozen=True)
class Host:
    """The program, as far as the surface needs it."""

    quit: Callable[[], None]
    open_cloud_page: Callable[[], None]
    cloud_url: Callable[[], str]
    """The cloud's address in use, `''` for none."""
    choose_cloud: Callable[[str], None]
    """Keep and use another address, `''` for none. Raises U1Error or OSError."""
    now: Callable[[], float] = clock.now
    """The clock of `Storage.asked_at`."""

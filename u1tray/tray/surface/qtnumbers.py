"""Three members of Qt's enumerations by number.

Naming one of them through `Qt` makes PyQt build all of that namespace, 300 KiB in every session.
PyQt takes the numbers too; the values are part of Qt 5's ABI (qnamespace.h).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from PyQt5.QtCore import Qt

ENABLE_HIGH_DPI_SCALING = cast("Qt.ApplicationAttribute", 20)
USE_HIGH_DPI_PIXMAPS = cast("Qt.ApplicationAttribute", 13)
PRECISE_TIMER = cast("Qt.TimerType", 0)

"""How the icon may be drawn: the one choice that is needed before the icon appears."""

from __future__ import annotations

from enum import Enum


class IconStyle(Enum):
    """How the icon is drawn. AUTOMATIC follows the panel."""

    AUTOMATIC = "automatic"
    COLOUR = "colour"
    LIGHT = "light"
    DARK = "dark"

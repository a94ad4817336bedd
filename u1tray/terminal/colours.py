"""Colours on a terminal, and nowhere else: never the only thing that tells one from another.

`NO_COLOR` (no-color.org), `CLICOLOR=0` and a dumb terminal take them away; `CLICOLOR_FORCE` asks
for them in a pipe, too.
"""

from __future__ import annotations

import os
from enum import Enum
from typing import TextIO


class Colour(Enum):
    """What is coloured; the value stands in the escape sequence (ECMA-48, 8.3.117)."""

    FOLDER = "1;34"
    ERROR = "1;31"


def are_wanted(stream: TextIO) -> bool:
    """Whether what is written to the stream may be coloured."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    if os.environ.get("CLICOLOR") == "0" or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def painted(text: str, colour: Colour, stream: TextIO) -> str:
    """The text in a colour, or as it is."""
    return f"\x1b[{colour.value}m{text}\x1b[0m" if are_wanted(stream) else text

"""Where our own manual is, for a person who asks for help."""

from __future__ import annotations

from pathlib import Path

from u1tray.vocabulary import places


def path() -> Path | None:
    """The installed manual, or None."""
    return places.installed("doc/u1tray/manual.html")

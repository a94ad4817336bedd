"""Where our own manual is, for a person who asks for help."""

from __future__ import annotations

from pathlib import Path

from u1tray.vocabulary import places


def path() -> Path:
    """The installed manual, or the one of the checkout the program runs from."""
    checkout = Path(__file__).parents[2] / "data/doc/u1tray/manual.html"
    return places.installed("doc/u1tray/manual.html") or checkout


def url() -> str:
    """The same as a URL."""
    return path().as_uri()

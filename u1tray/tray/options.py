"""What a person asked of the indicator on the command line, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """All False: start the indicator. `reset` and `yes` belong to `embedded`, `no_gui` may."""

    show: bool = False
    quit: bool = False
    diagnose: bool = False
    no_gui: bool = False
    embedded: bool = False
    reset: bool = False
    yes: bool = False
    debug: bool = False

"""Who is told how far a transfer is."""

from __future__ import annotations

from typing import Protocol


class Moves(Protocol):
    """Whoever is told how far a transfer is."""

    def start(self, total: int, there: int = 0) -> None:
        """It begins, or begins again, with so many bytes; some may be there from before."""

    def advance(self, count: int) -> None:
        """So many more bytes have gone."""


class Unseen:
    """For whoever does not want to be told."""

    def start(self, total: int, there: int = 0) -> None:
        """See Moves."""

    def advance(self, count: int) -> None:
        """See Moves."""

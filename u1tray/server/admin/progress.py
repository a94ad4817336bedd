"""How far a long work is: what the rules tell, whoever shows it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Is told what is worked on and how much of it is done. Called by one thread."""

    def stage(self, label: str, total: int | None = None) -> None:
        """A part of the work begins; `total` steps where they are known."""

    def advance(self, count: int = 1) -> None:
        """`count` more steps are done."""


class NoProgress:
    """Shows nothing."""

    def stage(self, label: str, total: int | None = None) -> None:
        pass

    def advance(self, count: int = 1) -> None:
        pass

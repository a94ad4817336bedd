"""Points in time at which something is due, None for never. `now` counts seconds."""

from __future__ import annotations

from collections.abc import Iterable


def due(deadline: float | None, now: float) -> bool:
    """Whether a deadline is set and has come."""
    return deadline is not None and now >= deadline


def earliest(deadlines: Iterable[float | None]) -> float | None:
    """The first deadline of all that are set."""
    return min((deadline for deadline in deadlines if deadline is not None), default=None)

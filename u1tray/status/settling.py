"""When a new picture is shown (D-Bus contract, 8.2 "settling", T12, T3).

A new indicator waits half a second unless the contract wants it at once; what changes below the
same indicator (numbers, file names, lists) is shown at most twice a second.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from u1tray.status.deadlines import due
from u1tray.status.values import Indicator, View

SETTLE_SECONDS = 0.5
REFRESH_SECONDS = 0.5
FLOOD_CHANGES = 10
FLOOD_SECONDS = 1.0
"""A daemon gone mad cannot make the panel flicker: so many indicators in this time, no more."""

AT_ONCE = frozenset(
    {
        Indicator.STOPPED,
        Indicator.ERROR,
        Indicator.NEEDS_LOGIN,
        Indicator.OVER_QUOTA,
        Indicator.SYNCING,
    }
)


@dataclass(frozen=True)
class Settling:
    """The picture on show; `show_at` is when the candidate, or a refresh, may replace it."""

    shown: View
    candidate: Indicator | None = None
    show_at: float | None = None
    changed_at: float | None = None
    indicators_at: tuple[float, ...] = ()

    @property
    def wakes(self) -> tuple[float | None, ...]:
        return (self.show_at,)


def advance(settling: Settling, view: View, ghost: bool, now: float) -> Settling:
    """Show the view now, or remember when. With a ghost (T3) nothing changes."""
    if ghost or view == settling.shown:
        return _rest(settling)
    if view.indicator is settling.shown.indicator:
        return _refresh(settling, view, now)
    show_at = _due_at(settling, view.indicator, now)
    if now < show_at:
        return replace(settling, candidate=view.indicator, show_at=show_at)
    changes = (*settling.indicators_at, now)[-FLOOD_CHANGES:]
    return Settling(shown=view, changed_at=now, indicators_at=changes)


def _rest(settling: Settling) -> Settling:
    if settling.candidate is None and settling.show_at is None:
        return settling
    return replace(settling, candidate=None, show_at=None)


def _refresh(settling: Settling, view: View, now: float) -> Settling:
    changed_at = settling.changed_at
    show_at = now if changed_at is None else changed_at + REFRESH_SECONDS
    if due(show_at, now):
        return replace(settling, shown=view, candidate=None, show_at=None, changed_at=now)
    return replace(settling, candidate=None, show_at=show_at)


def _due_at(settling: Settling, indicator: Indicator, now: float) -> float:
    if indicator not in AT_ONCE:
        same = settling.candidate is indicator and settling.show_at is not None
        return settling.show_at if same and settling.show_at is not None else now + SETTLE_SECONDS
    flood = len(settling.indicators_at) == FLOOD_CHANGES
    return settling.indicators_at[0] + FLOOD_SECONDS if flood else now

"""Whether the daemon really syncs, without flicker (D-Bus contract, 8.2 "busy", T10, T12)."""

from __future__ import annotations

from dataclasses import dataclass

from u1tray.status.deadlines import due

ON_SECONDS = 0.5
"""Unbroken online work before it counts."""
OFF_SECONDS = 1.0
"""Unbroken idleness before it ends."""


@dataclass(frozen=True)
class Busy:
    """`on_at` and `off_at`: when the present unbroken stretch will have lasted long enough."""

    on: bool = False
    on_at: float | None = None
    off_at: float | None = None

    @property
    def wakes(self) -> tuple[float | None, ...]:
        return (self.on_at, self.off_at)


_OFF = Busy()
_ON = Busy(on=True)


def advance(
    busy: Busy, *, online: bool, working: bool, transferring: bool, over_quota: bool, now: float
) -> Busy:
    """The rule of 8.2. `working`: the daemon's queues are other than IDLE."""
    if online and transferring:
        return _ON
    if not online or over_quota:
        return _OFF
    return _working(busy, now) if working else _idle(busy, now)


def _working(busy: Busy, now: float) -> Busy:
    if busy.on:
        return _ON
    on_at = busy.on_at if busy.on_at is not None else now + ON_SECONDS
    return _ON if due(on_at, now) else Busy(on_at=on_at)


def _idle(busy: Busy, now: float) -> Busy:
    if not busy.on:
        return _OFF
    off_at = busy.off_at if busy.off_at is not None else now + OFF_SECONDS
    return _OFF if due(off_at, now) else Busy(on=True, off_at=off_at)

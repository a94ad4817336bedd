"""Measures of this benchmark, where ours are the daemons."""

from __future__ import annotations

import select
import time
from collections.abc import Callable

from tests.benchmarks.cloud.table import Goal, Measure

OURS, SYNCTHING, RCLONE, UNISON = "u1tray", "syncthing", "rclone", "unison"
_LOOK_SECONDS = 0.05


def measure(work: str, unit: str, *goals: Goal) -> Measure:
    """A measure without values."""
    return Measure(work, unit, goals, ours=OURS)


def wait(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until a condition holds, at little cost for those who are measured."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        pause(_LOOK_SECONDS)


def pause(seconds: float) -> None:
    """Let a time pass."""
    select.select([], [], [], seconds)

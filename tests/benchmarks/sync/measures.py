"""Measures of this benchmark, where ours are the daemons."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.cloud.table import Goal, Measure

OURS, SYNCTHING, RCLONE, UNISON = "u1tray", "syncthing", "rclone", "unison"
_LOOK_SECONDS = 0.05


def measure(work: str, unit: str, *goals: Goal) -> Measure:
    """A measure without values."""
    return Measure(work, unit, goals, ours=OURS)


def count_files(folder: Path) -> int:
    """Whole files in a directory; those on their way have names of their own."""
    try:
        with os.scandir(folder) as found:
            return sum(1 for one in found if not one.name.startswith("."))
    except FileNotFoundError:
        return 0


def wait(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until a condition holds, at little cost for those who are measured."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        pause(_LOOK_SECONDS)


def pause(seconds: float) -> None:
    """Let a time pass."""
    select.select([], [], [], seconds)

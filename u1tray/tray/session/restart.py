"""Running the program anew in place, with the same arguments, a bounded number of times.

For what Qt decides once in a process: its tray protocol, and its session bus.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from dataclasses import dataclass
from enum import Enum

log = logging.getLogger(__name__)

MOST_RESTARTS = 5
WITHIN_SECONDS = 600.0

_HISTORY = "U1TRAY_RESTARTS"
_PAUSED = "U1TRAY_PAUSED_UNTIL"
_REASON = "U1TRAY_RESTARTED_FOR"


class Reason(Enum):
    """Why a program runs itself anew."""

    WATCHER_CAME = "a StatusNotifierWatcher came"
    BUS_CAME_BACK = "the session bus came back"


@dataclass(frozen=True)
class Pause:
    """The pause a person has asked for: `until` as HH:MM or `''`, `ends_at` in boot time."""

    until: str = ""
    ends_at: float | None = None


def allowed() -> bool:
    """Whether the program may do so once more: five times in ten minutes, no loops."""
    return len(_recent(time.time())) < MOST_RESTARTS


def run_anew(reason: Reason, pause: Pause | None = None) -> None:
    """Replace this process by a new start of it; comes back only when that is impossible.

    The caller has let go of everything: bus names, windows, children.
    """
    log.info("starting anew: %s", reason.value)
    now = time.time()
    os.environ[_HISTORY] = ",".join(f"{moment:.0f}" for moment in (*_recent(now), now))
    os.environ[_REASON] = reason.name
    if pause is None:
        os.environ.pop(_PAUSED, None)
    else:
        ends_at = "" if pause.ends_at is None else f"{pause.ends_at:.0f}"
        os.environ[_PAUSED] = f"{ends_at} {pause.until}"
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves
    except OSError as error:
        log.error("cannot start anew: %s", error)


def inherited_reason() -> Reason | None:
    """Why this program replaced another start of itself, if it did; forgotten once read."""
    return Reason.__members__.get(os.environ.pop(_REASON, ""))


def inherited_pause() -> Pause | None:
    """The pause of the program this one replaces; forgotten once read."""
    kept = os.environ.pop(_PAUSED, None)
    if kept is None:
        return None
    ends_at, _space, until = kept.partition(" ")
    try:
        return Pause(until, float(ends_at) if ends_at else None)
    except ValueError:
        return None


def _recent(now: float) -> list[float]:
    moments = []
    for part in os.environ.get(_HISTORY, "").split(","):
        try:
            moments.append(float(part))
        except ValueError:
            continue
    return [moment for moment in moments if abs(now - moment) < WITHIN_SECONDS]

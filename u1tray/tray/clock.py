"""The time that deciding runs on: seconds since boot, the machine's sleep included."""

from __future__ import annotations

import time


def now() -> float:
    """CLOCK_BOOTTIME in seconds: never set back, and a minute asleep is a minute."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)

"""The clock of the cloud, handed in where time decides something, and times as text."""

from __future__ import annotations

import functools
import math
import time
from datetime import datetime, timezone
from typing import Protocol


class Clock(Protocol):
    """Tells the time in Unix seconds."""

    def now(self) -> float:
        """Seconds since 1970, UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()


def timestamp(moment: float) -> str:
    """`2012-08-25T15:34:49Z`, the fraction dropped (REST contract, 3)."""
    minute, second = divmod(math.floor(moment), 60)
    return f"{_minute(minute)}{second:02}Z"


@functools.lru_cache(1024)  # what changed together is shown together
def _minute(minute: int) -> str:
    return _utc(minute * 60).isoformat()[:17]


def sso_date(moment: float) -> str:
    """`2012-08-25 15:34:49` (14.2)."""
    return f"{_utc(moment):%Y-%m-%d %H:%M:%S}"


def sso_date_with_fraction(moment: float) -> str:
    """`2012-08-25 15:34:49.000000` (14.1)."""
    return f"{_utc(moment):%Y-%m-%d %H:%M:%S.%f}"


def http_date(moment: float) -> str:
    """`Sat, 25 Aug 2012 15:34:49 GMT` (RFC 9110, 5.6.7), whatever the locale."""
    return _http_date(math.floor(moment))


@functools.lru_cache(1024)  # every answer has one
def _http_date(second: int) -> str:
    utc = _utc(second)
    day = _DAYS[utc.weekday()]
    month = _MONTHS[utc.month - 1]
    return f"{day}, {utc.day:02} {month} {utc.year} {utc:%H:%M:%S} GMT"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _utc(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, timezone.utc)

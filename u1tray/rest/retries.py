"""When to try again, and after how long (REST contract, 17). Pure: the caller waits and draws.

Every attempt is signed anew and sends its body from the start; that is the client's part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from u1tray.rest.failures import Reply, code_of, http_date, retry_after_seconds

LONGEST_DELAY_SECONDS = 60.0
SPREAD = 0.2
ATTEMPTS_BY_HAND = 5
# A program a person waits for does not sleep longer than this because a server said so.
PATIENCE_SECONDS = 60.0

_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_PASSING = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Course:
    """How one request has gone: failed attempts, and which of the two repairs were used."""

    attempts: int = 0
    clock_corrected: bool = False
    nonce_renewed: bool = False


@dataclass(frozen=True)
class Retry:
    """Try again after `delay` seconds; `clock_offset` (seconds to add to ours) if it was wrong."""

    delay: float
    course: Course
    clock_offset: float | None = None


def after_reply(
    method: str,
    reply: Reply,
    course: Course,
    *,
    now: float,
    draw: float,
    limit: int | None = None,
) -> Retry | None:
    """What follows an answer that is no success; None: it is final.

    `now` in Unix seconds of our clock, `draw` random in [0, 1), `limit` the most attempts.
    """
    course = replace(course, attempts=course.attempts + 1)
    if reply.status == 401:
        return _repaired(reply, course, now)
    if method not in _REPEATABLE or reply.status not in _PASSING or _spent(course, limit):
        return None
    asked = retry_after_seconds(reply.header("retry-after"), now)
    if asked is None:
        return Retry(backoff_seconds(course.attempts, draw), course)
    if limit is not None and asked > PATIENCE_SECONDS:
        return None
    return Retry(asked, course)


def after_lost_connection(
    method: str, course: Course, *, draw: float, limit: int | None = None
) -> Retry | None:
    """What follows a connection error or time-out; None: give up."""
    course = replace(course, attempts=course.attempts + 1)
    if method not in _REPEATABLE or _spent(course, limit):
        return None
    return Retry(backoff_seconds(course.attempts, draw), course)


def backoff_seconds(attempts: int, draw: float, longest: float = LONGEST_DELAY_SECONDS) -> float:
    """1, 2, 4, ... s after 1, 2, 3, ... failed attempts, varied by `draw` in [0, 1) to +-20 %."""
    exponent = min(max(attempts, 1) - 1, 30)
    return min(float(2**exponent), longest) * (1 - SPREAD + 2 * SPREAD * draw)


def clock_offset(date: str | None, now: float) -> float | None:
    """Seconds to add to our clock to get the server's, from its `Date`; None without one."""
    moment = http_date(date)
    return None if moment is None else moment - now


def _repaired(reply: Reply, course: Course, now: float) -> Retry | None:
    code = code_of(reply)
    if code == "oauth_timestamp_refused" and not course.clock_corrected:
        offset = clock_offset(reply.header("date"), now)
        if offset is None:
            return None
        return Retry(0.0, replace(course, clock_corrected=True), offset)
    if code == "oauth_nonce_used" and not course.nonce_renewed:
        return Retry(0.0, replace(course, nonce_renewed=True))
    return None


def _spent(course: Course, limit: int | None) -> bool:
    return limit is not None and course.attempts >= limit

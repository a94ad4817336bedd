"""The room in the cloud: what is free, and when it is told that there is none (10.4)."""

from __future__ import annotations

from collections.abc import Callable

from u1tray.vocabulary.quota import Quota

AGAIN_SECONDS = 600.0


class Room:
    """`full` hears of a refusal, with the quota asked after it; again after AGAIN_SECONDS."""

    def __init__(self, now: Callable[[], float], full: Callable[[], None]) -> None:
        self.quota: Quota | None = None
        self.is_refused = False
        self._now = now
        self._full = full
        self._told_at: float | None = None
        self._is_news = False
        self._tried: Quota | None = None

    def refuse(self) -> None:
        """The cloud has refused a file for want of room."""
        is_new = not self.is_refused
        is_due = self._told_at is not None and self._now() - self._told_at >= AGAIN_SECONDS
        self._is_news = self._is_news or is_new or is_due
        self.is_refused = True

    def relent(self) -> None:
        """Nothing waits for room any more."""
        self.is_refused = False
        self._is_news = False

    def take(self, quota: Quota, least: int | None = None) -> bool:
        """A fresh quota; whether what was refused is to be tried again.

        There may be more room since, or already at the first look after the refusal: then
        `least`, the size of the smallest file that waits, fits. Once for each quota.
        """
        before, self.quota = self.quota, quota
        if self._is_news:
            self._is_news = False
            self._told_at = self._now()
            self._full()
        has_more = before is not None and quota.free > before.free
        fits = least is not None and least <= quota.free and quota != self._tried
        if not self.is_refused or not (has_more or fits):
            return False
        self._tried = quota
        return True

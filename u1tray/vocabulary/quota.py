"""Quota: how much an account may store and how much it does (REST contract, 11)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quota:
    """Bytes. `used` may exceed `total`; a `total` of 0 means that nothing may be stored."""

    total: int
    used: int

    @property
    def free(self) -> int:
        """Bytes left, never negative."""
        return max(0, self.total - self.used)

    @property
    def percent(self) -> int:
        """Used share, 0 to 100; 100 only when nothing is left, 0 only when nothing is used."""
        if self.used <= 0:
            return 0
        if self.used >= self.total:
            return 100
        return min(99, max(1, round(100 * self.used / self.total)))

"""How many operations are on their way at once, in all volumes together."""

from __future__ import annotations

from collections.abc import Callable

PARALLEL = 10


class Lanes:
    """`total` operations at once. Whoever found no room is woken when there is some."""

    def __init__(self, total: int = PARALLEL) -> None:
        self._total = total
        self._used = 0
        self._waiting: dict[Callable[[], None], None] = {}

    def has_room(self, wake: Callable[[], None]) -> bool:
        """Whether one more may begin; if not, `wake` is called once that may be."""
        if self._used < self._total:
            return True
        self._waiting[wake] = None
        return False

    def enter(self) -> None:
        """One more is on its way."""
        self._used += 1

    def leave(self) -> None:
        """One is over."""
        self._used -= 1
        waiting, self._waiting = self._waiting, {}
        for wake in waiting:
            wake()

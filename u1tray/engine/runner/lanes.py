"""How many operations are on their way at once, in all volumes together."""

from __future__ import annotations

from collections.abc import Callable

from u1tray.engine.core import operations as op

PARALLEL = 10
SMALL_BYTES = 1 << 16  # what costs more to ask for than to carry
SMALL_IN_LANE = 32


class Lanes:
    """`total` lanes. Whoever found no free one is woken when there may be one.

    A lane carries one operation, or up to SMALL_IN_LANE transfers of small files: those travel
    together. A single lane carries one operation at a time.
    """

    def __init__(self, total: int = PARALLEL) -> None:
        self._total = total
        self._large = 0
        self._small = 0
        self._waiting: dict[Callable[[], None], None] = {}

    def has_room(self, wake: Callable[[], None]) -> bool:
        """Whether one more may begin; if not, `wake` is called once that may be."""
        if self._large + -(-self._small // SMALL_IN_LANE) < self._total:
            return True
        self._waiting[wake] = None
        return False

    def enter(self, operation: op.Operation) -> None:
        """One more is on its way."""
        self._count(operation, 1)

    def leave(self, operation: op.Operation) -> None:
        """One is over."""
        self._count(operation, -1)
        waiting, self._waiting = self._waiting, {}
        for wake in waiting:
            wake()

    def _count(self, operation: op.Operation, number: int) -> None:
        if isinstance(operation, op.Transfer) and operation.content.size <= SMALL_BYTES:
            self._small += number
        else:
            self._large += number

"""How many operations are on their way at once, in all volumes together."""

from __future__ import annotations

from collections.abc import Callable

from u1tray.engine.core import operations as op

PARALLEL = 10
SMALL_BYTES = 1 << 16  # what costs more to ask for than to carry
SMALL_IN_LANE = 32


class Lanes:
    """`total` lanes. Whoever found no free one is woken when there may be one; who has waited
    longest comes first, so that a volume of very many files does not hold up the others.

    A lane carries one operation, or up to SMALL_IN_LANE small ones: new directories, and transfers
    of small files. Those travel together. A single lane carries one operation at a time.
    """

    def __init__(self, total: int = PARALLEL, small_bytes: int = SMALL_BYTES) -> None:
        self._total = total
        self._small_bytes = small_bytes
        self._large = 0
        self._small = 0
        self._waiting: dict[Callable[[], None], bool] = {}

    def has_room(self, wake: Callable[[], None]) -> bool:
        """Whether one more may begin; if not, `wake` is called once that may be."""
        if self._large + -(-self._small // SMALL_IN_LANE) < self._total:
            self._waiting.pop(wake, None)
            return True
        self._waiting[wake] = True  # where it was, if it waits already
        return False

    def enter(self, operation: op.Operation) -> None:
        """One more is on its way."""
        self._count(operation, 1)

    def leave(self, operation: op.Operation) -> None:
        """One is over."""
        self._count(operation, -1)
        for wake, is_asleep in list(self._waiting.items()):
            self._waiting[wake] = False
            if is_asleep:
                wake()

    def give_up(self, wake: Callable[[], None]) -> None:
        """Somebody needs no lane any more."""
        self._waiting.pop(wake, None)

    def _count(self, operation: op.Operation, number: int) -> None:
        if self._is_small(operation):
            self._small += number
        else:
            self._large += number

    def _is_small(self, operation: op.Operation) -> bool:
        if isinstance(operation, op.Transfer):
            return operation.content.size <= self._small_bytes
        return isinstance(operation, op.Make)

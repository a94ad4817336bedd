"""The same work on many things by several threads, and what came of each in their order.

What one of them raises is raised at its turn, and nothing more is begun.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import Generic, TypeVar

from u1tray.rest.blocking.cloud import Cloud
from u1tray.u1file.bulk.board import Board

END_LIMIT_SECONDS = 3.0
_AHEAD = 16  # done before one that comes first, for each thread

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class _Turn(Generic[_Item, _Result]):
    """One item, and what came of it."""

    def __init__(self, item: _Item) -> None:
        self.item = item
        self.done = threading.Event()
        self._result: list[_Result] = []
        self._error: BaseException | None = None

    def take(self, work: Callable[[_Item], _Result]) -> None:
        """Do it."""
        try:
            self._result.append(work(self.item))
        except BaseException as error:  # the thread's boundary
            self._error = error
        finally:
            self.done.set()

    def result(self) -> _Result:
        """What came of it, once it is there. Raises what the work raised."""
        self.done.wait()
        if self._error is not None:
            raise self._error
        return self._result[0]


def in_order(
    cloud: Cloud,
    board: Board,
    hands: int,
    items: Iterable[_Item],
    work: Callable[[Cloud, _Item], _Result],
) -> Generator[tuple[_Item, _Result], None, None]:
    """Each item with what `work` made of it by a cloud of its thread. To be exhausted or closed.

    `items` is gone through in the calling thread, and not far ahead of what is given.
    """
    waiting: queue.SimpleQueue[_Turn[_Item, _Result] | None] = queue.SimpleQueue()
    turns: deque[_Turn[_Item, _Result]] = deque()

    def carry() -> None:
        turn = waiting.get()
        board.begin()
        with cloud.another(sleep=board.pause, on_wait=board.wait) as own:
            while turn is not None and not board.stopped.is_set():
                turn.take(lambda item: work(own, item))
                turn = waiting.get()

    threads = [threading.Thread(target=carry, daemon=True) for _ in range(hands)]
    for thread in threads:
        thread.start()
    try:
        for item in items:
            turns.append(_Turn(item))
            waiting.put(turns[-1])
            while turns and (turns[0].done.is_set() or len(turns) >= _AHEAD * hands):
                turn = turns.popleft()
                yield turn.item, turn.result()
        while turns:
            turn = turns.popleft()
            yield turn.item, turn.result()
    except BaseException:
        board.stopped.set()
        raise
    finally:
        for _ in threads:
            waiting.put(None)
        for thread in threads:
            thread.join(END_LIMIT_SECONDS / hands)

"""How much of whole bodies may be in memory at once, whoever they belong to."""

from __future__ import annotations

import asyncio
from collections import deque

# What is made of a body takes about three times its length while it is taken apart. A batch of
# contents (REST contract, 16.8) is longer than most, and is worked on portion by portion.
ROOM_BYTES = 4 * 1024 * 1024


class Room:
    """Whoever finds none waits for those who came before. Lives in the event loop."""

    def __init__(self, size: int = ROOM_BYTES) -> None:
        self._size = size
        self._free = size
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, wanted: int) -> int:
        """How many bytes to give back later: those wanted, or all that there are."""
        taken = min(wanted, self._size)
        if not self._waiting and taken <= self._free:
            self._free -= taken
            return taken
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((taken, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._let_in()  # whoever is behind may need less
            else:
                self.give_back(taken)
            raise
        return taken

    def give_back(self, taken: int) -> None:
        """Let the next ones in."""
        self._free += taken
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting:
            wanted, turn = self._waiting[0]
            if not turn.cancelled():
                if wanted > self._free:
                    return
                self._free -= wanted
                turn.set_result(None)
            self._waiting.popleft()

"""Events that wait for their turn: in order, with what a storm repeats merged. Pure.

Each state dict and each progress is the whole truth of its moment (T13), so a newer one replaces
an older one unless something of another kind came between. So does a signal that only says that
there is something to ask for.
"""

from __future__ import annotations

from itertools import islice

from u1tray.status.events import ConcernsChanged, Event, StatusChanged, TransferProgress


class Inbox:
    """A queue of events. `len()` is what waits."""

    def __init__(self) -> None:
        self._waiting: dict[int, Event] = {}
        self._next = 0
        self._latest: dict[object, int] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, event: Event) -> None:
        """Append an event; it takes the place of an older one that it makes void."""
        key = _key(event)
        if key is None:
            self._latest.clear()
        else:
            void = self._latest.get(key)
            if void is not None:
                self._waiting.pop(void, None)
            self._latest[key] = self._next
        self._waiting[self._next] = event
        self._next += 1

    def take(self, limit: int) -> list[Event]:
        """Remove and return the oldest events, at most `limit`."""
        numbers = list(islice(self._waiting, limit))
        return [self._waiting.pop(number) for number in numbers]


def _key(event: Event) -> object:
    if isinstance(event, StatusChanged | ConcernsChanged):
        return type(event)
    if isinstance(event, TransferProgress):
        return (event.direction, event.path)
    return None

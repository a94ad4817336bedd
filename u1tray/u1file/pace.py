"""How fast bytes go: over the last moments, and not said before there is something to say. Pure."""

from __future__ import annotations

from collections import deque

# Less than this tells of buffers, and not of the line.
LEAST_SECONDS = 1.0
WINDOW_SECONDS = 5.0
_STEP_SECONDS = 0.1  # between two marks that are kept


class Pace:
    """Bytes that have gone, and when. All times in seconds of one clock that never goes back."""

    def __init__(self) -> None:
        self._gone = 0
        self._marks: deque[tuple[float, int]] = deque()  # when, and what had gone by then

    @property
    def has_begun(self) -> bool:
        """Whether time counts already."""
        return bool(self._marks)

    def begin(self, now: float) -> None:
        """Time counts from now on; what went before says nothing any more."""
        self._marks.clear()
        self._marks.append((now, self._gone))

    def add(self, count: int, now: float) -> None:
        """So many more bytes have gone."""
        self._gone += count
        marks = self._marks
        if marks and now - marks[-1][0] >= _STEP_SECONDS:
            marks.append((now, self._gone))
            # The oldest one is the last that is older than the window.
            while len(marks) > 2 and marks[1][0] <= now - WINDOW_SECONDS:
                marks.popleft()

    def rate(self, now: float) -> float | None:
        """Bytes per second; None before enough time has passed."""
        if not self._marks:
            return None
        when, gone = self._marks[0]
        return (self._gone - gone) / (now - when) if now - when >= LEAST_SECONDS else None

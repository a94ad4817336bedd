"""What the cloud was asked to delete, until it has told what is since.

Not in the file: in the next life nothing is planned before the cloud has told what is.
"""

from __future__ import annotations


class Going:
    """Ids of entries whose node may be gone in the cloud by now, or not."""

    def __init__(self) -> None:
        """Begins with none."""
        self.answers = 0
        """How often the cloud has answered, or never will."""
        self._asked: dict[int, int | None] = {}  # with the number of the answer

    def __contains__(self, entry_id: int) -> bool:
        return entry_id in self._asked

    def ask(self, entry_id: int) -> None:
        """The cloud is about to be asked to delete it."""
        self._asked[entry_id] = None

    def answer(self, entry_id: int) -> None:
        """It has answered, or never will: what it is asked for from now on tells what is."""
        if entry_id in self._asked:
            self.answers += 1
            self._asked[entry_id] = self.answers

    def hear(self, answers: int) -> list[int]:
        """The cloud told what is, asked for that after so many answers; what is told of by that."""
        told = [one for one, answer in self._asked.items() if answer and answer <= answers]
        for entry_id in told:
            del self._asked[entry_id]
        return told

    def forget(self, entry_id: int) -> None:
        """It is agreed anew, or nothing is left of it."""
        self._asked.pop(entry_id, None)

    def clear(self) -> None:
        """Nothing is agreed any more."""
        self._asked.clear()

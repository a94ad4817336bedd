"""How what sync did to the folder is taken back: a pure function of the journal and the present.

Nothing that changed since is touched, and nothing is overwritten: what is in the way of an
earlier version is set aside under a conflict's name if it is what sync put there, and else the
deed stays. Newest first, so that each finds what it left.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from u1tray.engine.core.deeds import Deed, JournalEntry
from u1tray.engine.core.values import Content, Kind, Names


@dataclass(frozen=True, slots=True)
class Present:
    """What is at a path of the folder now. A file that was not read has no `content`."""

    node: int
    kind: Kind
    content: Content | None


class Now(Protocol):
    """The folder and its trashes, as they are."""

    def at(self, names: Names) -> Present | None:
        """What is at a path."""

    def is_in_trash(self, entry: JournalEntry) -> bool:
        """Whether what an entry took away can be found in a trash."""


class Reason(enum.Enum):
    """Why something is not taken back."""

    NOT_NEEDED = "it is so already"
    NOT_IN_TRASH = "it is not in the trash any more"
    TAKEN = "something else is there now"
    CHANGED = "it was changed since"
    GONE = "it is not there any more"
    FAILED = "it could not be done"


class Way(enum.Enum):
    """How something is taken back."""

    BRING_BACK = "bring back"
    """From the trash to its place, which is free."""
    PUT_BACK = "put back"
    """The earlier version from the trash; what is there now is set aside."""
    MOVE_BACK = "move back"


@dataclass(frozen=True, slots=True)
class Step:
    """How an entry is taken back. It takes `covered` back, too: later versions of the file."""

    way: Way
    entry: JournalEntry
    covered: tuple[JournalEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an entry is not taken back."""

    entry: JournalEntry
    reason: Reason


Outcome = Step | Refusal


_MOVES = (Deed.MOVED, Deed.SET_ASIDE)


def plan(entries: Iterable[JournalEntry], now: Now) -> list[Outcome]:
    """What to do about each entry, in the order to do it. `entries` are newest first.

    What cannot be decided before something else is done is refused: plan again after it.
    """
    folder = _Folder(now)
    found: list[Outcome] = []
    latest: dict[Names, int] = {}
    stays: dict[int | None, Refusal] = {}
    for entry in entries:
        index = latest.get(entry.names)
        earlier = None if index is None else _earlier_version(found[index], entry, now)
        if index is not None and earlier is not None:
            found[index] = earlier
            folder.expect(earlier)
            continue
        outcome = stays.get(entry.node) or _decide(entry, folder)
        if isinstance(outcome, Refusal):
            outcome = Refusal(entry, outcome.reason)
            if entry.deed in _MOVES and outcome.reason is not Reason.NOT_NEEDED:
                stays[entry.node] = outcome  # and with it what was done to it before
        if isinstance(outcome, Step):
            folder.expect(outcome)
            if outcome.way is Way.MOVE_BACK:
                latest.clear()  # another file may have had the name
            latest[entry.names] = len(found)
        found.append(outcome)
    return found


def _decide(entry: JournalEntry, folder: _Folder) -> Outcome:
    if entry.deed is Deed.DELETED:
        return _bring_back(entry, folder)
    if entry.deed is Deed.REPLACED:
        return _put_back(entry, folder)
    return _move_back(entry, folder)


def _bring_back(entry: JournalEntry, folder: _Folder) -> Outcome:
    there = folder.at(entry.names)
    if there is not None and (there.node == entry.node or _is_same(there, entry.before)):
        return Refusal(entry, Reason.NOT_NEEDED)
    if there is not None:
        return Refusal(entry, Reason.TAKEN)
    if not folder.now.is_in_trash(entry):
        return Refusal(entry, Reason.NOT_IN_TRASH)
    return Step(Way.BRING_BACK, entry)


def _put_back(entry: JournalEntry, folder: _Folder) -> Outcome:
    there = folder.at(entry.names)
    if there is None:
        return Refusal(entry, Reason.GONE)
    if _is_same(there, entry.before):
        return Refusal(entry, Reason.NOT_NEEDED)
    if not _is_same(there, entry.after):
        return Refusal(entry, Reason.CHANGED)
    if not folder.now.is_in_trash(entry):
        return Refusal(entry, Reason.NOT_IN_TRASH)
    return Step(Way.PUT_BACK, entry)


def _move_back(entry: JournalEntry, folder: _Folder) -> Outcome:
    there = folder.at(entry.names)
    if there is not None and there.node == entry.node:
        return Refusal(entry, Reason.NOT_NEEDED)
    moved = None if entry.target is None else folder.at(entry.target)
    if moved is None or moved.node != entry.node:
        return Refusal(entry, Reason.GONE)
    if there is not None:
        return Refusal(entry, Reason.TAKEN)
    return Step(Way.MOVE_BACK, entry)


def _earlier_version(step: Outcome, entry: JournalEntry, now: Now) -> Step | None:
    """Puts back this earlier version of a file instead of a later one.

    What was in between stays in the trash: nobody is helped by a copy of each version.
    """
    is_earlier = (
        isinstance(step, Step)
        and step.way is Way.PUT_BACK
        and entry.deed is Deed.REPLACED
        and step.entry.before == entry.after
    )
    if not is_earlier or not now.is_in_trash(entry):
        return None
    assert isinstance(step, Step)
    return Step(Way.PUT_BACK, entry, (*step.covered, step.entry))


def _is_same(there: Present, content: Content | None) -> bool:
    return content is not None and there.content == content


class _Folder:
    """The folder as it will be after the steps planned so far."""

    def __init__(self, now: Now) -> None:
        self.now = now
        self._moves: list[JournalEntry] = []
        self._back: list[dict[Names, Present]] = [{}]
        """What comes back before the first move, between the moves, and after the last."""

    def expect(self, step: Step) -> None:
        """A step is planned."""
        entry = step.entry
        if step.way is Way.MOVE_BACK:
            self._moves.append(entry)
            self._back.append({})
        else:
            self._back[-1][entry.names] = Present(0, entry.kind, entry.before)

    def at(self, names: Names) -> Present | None:
        """What will be at a path."""
        for number in range(len(self._moves), -1, -1):
            back = self._back[number].get(names)
            if back is not None or number == 0:
                return back or self.now.at(names)
            moved = self._moves[number - 1]
            target = moved.target or ()
            if _is_within(names, moved.names):
                names = (*target, *names[len(moved.names) :])
            elif _is_within(names, target):
                return None
        return None


def _is_within(names: Names, directory: Names) -> bool:
    return names[: len(directory)] == directory

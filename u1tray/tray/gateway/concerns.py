"""What our own daemon tells beside the contract as one value: the counts, then the lists.

A list is asked for only where its count says that there is something in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from u1tray.bus import sync
from u1tray.bus.calls import Method, call
from u1tray.bus.failures import BusError
from u1tray.bus.plain import text
from u1tray.bus.session import Bus
from u1tray.status.values import (
    NO_CONCERNS,
    Concerns,
    HeldDeletion,
    Lost,
    Sparing,
    Trouble,
)
from u1tray.vocabulary.wire import number

MOST = 10**9
MOST_TROUBLES = 2000  # more are only counted: reading them would hold up the menu
"""No honest count is larger; it must also fit the screen."""

Done = Callable[[Concerns], None]
Failed = Callable[[BusError], None]
Unreadable = Callable[[Method], None]
Step = tuple[Method, Callable[[Concerns, Any], Concerns], Callable[[Concerns], bool]]


def summary(answer: Mapping[str, str]) -> Concerns:
    """The counts. Raises TypeError or AttributeError for what is no dict."""
    return Concerns(
        held=_count(answer.get("held")),
        lost_in=_lost(answer.get("held_lost_in")),
        conflicts=_count(answer.get("conflicts")),
        waiting_for_room=_count(answer.get("waiting_for_room")),
        troubles=_count(answer.get("troubles")),
        spared=_count(answer.get("spared")),
        sparing=_sparing(answer.get("sparing")),
    )


def with_held(concerns: Concerns, answer: list[Mapping[str, str]]) -> Concerns:
    """The counts may have moved on since: the list is the newer truth."""
    held = tuple(_held_deletion(one) for one in answer)
    sides = {one.lost_in for one in held}
    lost_in = sides.pop() if len(sides) == 1 else Lost.BOTH
    return replace(
        concerns,
        held=min(MOST, sum(one.files for one in held)),
        lost_in=lost_in if held else concerns.lost_in,
        held_deletions=held,
        shown=max((text(one.get("shown", "")) for one in answer), default=""),
    )


def still_held(answer: list[Mapping[str, str]]) -> int:
    """How many files' deletion is held after others were applied."""
    return with_held(NO_CONCERNS, answer).held


def with_conflicts(concerns: Concerns, answer: list[str]) -> Concerns:
    """The same, in an order of its own so that an equal list is equal."""
    copies = tuple(sorted(text(path) for path in answer))
    return replace(concerns, conflicts=len(copies), copies=copies)


def with_troubles(concerns: Concerns, answer: list[Mapping[str, str]]) -> Concerns:
    """What waits for room by name, then what else fails; not what passes by itself."""
    found = [_trouble(one) for one in answer if one.get("kind") != "passing"]
    found.sort(key=lambda one: (not one.waits_for_room, one.path))
    return replace(concerns, details=tuple(found))


_LISTS: tuple[Step, ...] = (
    (sync.HELD, with_held, lambda found: found.held > 0),
    (sync.CONFLICTS, with_conflicts, lambda found: found.conflicts > 0),
)
_DETAILS: Step = (
    sync.TROUBLES,
    with_troubles,
    lambda found: 0 < found.waiting_for_room + found.troubles <= MOST_TROUBLES,
)


class Inquiry:
    """One round of questions, one after another; ends in exactly one of the callbacks."""

    def __init__(self, bus: Bus, done: Done, failed: Failed, unreadable: Unreadable) -> None:
        self._bus = bus
        self._done = done
        self._failed = failed
        self._unreadable = unreadable

    def start(self, *, troubles: bool) -> None:
        """Ask for the counts, then for what they name."""
        lists = (*_LISTS, _DETAILS) if troubles else _LISTS
        self._ask(sync.SUMMARY, summary, lists)

    def _ask(self, method: Method, read: Callable[[Any], Concerns], then: tuple[Step, ...]) -> None:
        def replied(value: Any) -> None:
            try:
                found = read(value)
            except (AttributeError, TypeError, ValueError):
                self._unreadable(method)
            else:
                self._go_on(found, then)

        call(self._bus, method, on_reply=replied, on_error=self._failed)

    def _go_on(self, found: Concerns, steps: tuple[Step, ...]) -> None:
        if not steps:
            self._done(found)
            return
        method, read, is_wanted = steps[0]
        if is_wanted(found):
            self._ask(method, partial(read, found), steps[1:])
        else:
            self._go_on(found, steps[1:])


def _held_deletion(told: Mapping[str, str]) -> HeldDeletion:
    return HeldDeletion(
        folder=text(told.get("path", "")),
        lost_in=_lost(told.get("lost_in")),
        files=_count(told.get("files")),
        of=_count(told.get("of")),
    )


def _trouble(told: Mapping[str, str]) -> Trouble:
    waits_for_room = told.get("kind") == "room"
    return Trouble(text(told.get("path", "")), text(told.get("error", "")), waits_for_room)


def _lost(told: object) -> Lost:
    return next((lost for lost in Lost if lost.value == told), Lost.BOTH)


def _sparing(told: object) -> Sparing:
    return next((sparing for sparing in Sparing if sparing.value == told), Sparing.BOTH)


def _count(told: object) -> int:
    return max(0, min(MOST, number(told) or 0))

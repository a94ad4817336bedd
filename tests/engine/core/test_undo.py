"""The plan of an undo: a pure function of the journal and what is there now."""

from __future__ import annotations

import pytest

from u1tray.engine.core.deeds import Deed, JournalEntry
from u1tray.engine.core.undo import Present, Reason, Refusal, Step, Way, plan
from u1tray.engine.core.values import Content, Kind, Side

pytestmark = pytest.mark.core


def content(number):
    return Content(bytes([number]) * 20, number)


class Now:
    """A folder as a dict, and ids of entries whose loss is in the trash."""

    def __init__(self, folder=(), trash=()):
        self._folder = dict(folder)
        self._trash = set(trash)

    def at(self, names):
        return self._folder.get(names)

    def is_in_trash(self, entry):
        return entry.id in self._trash


def entry(number, deed, path, *, target=None, node=1, before=None, after=None):
    return JournalEntry(
        number,
        float(number),
        Side.LOCAL,
        deed,
        Kind.FILE,
        tuple(path),
        None if target is None else tuple(target),
        node,
        before,
        after,
    )


def file(node, number):
    return Present(node, Kind.FILE, content(number))


def outcomes(entries, now):
    return [
        (one.entry.id, one.way if isinstance(one, Step) else one.reason)
        for one in plan(sorted(entries, key=lambda one: -one.id), now)
    ]


def test_versions_of_a_file_become_one_step_to_the_earliest():
    """The earliest that is in the trash; the later ones are covered by it."""
    versions = [
        entry(n, Deed.REPLACED, "a", before=content(n), after=content(n + 1)) for n in range(1, 5)
    ]
    now = Now({("a",): file(1, 5)}, trash={2, 3, 4})
    (step, refusal) = plan(reversed(versions), now)
    assert (step.way, step.entry.id, [one.id for one in step.covered]) == (
        *(Way.PUT_BACK, 2),
        [4, 3],
    )
    assert refusal == Refusal(versions[0], Reason.NOT_IN_TRASH)


def test_what_comes_back_is_seen_by_what_was_done_before():
    """Moved, replaced there, and deleted there: all of it, newest first."""
    deeds = [
        entry(1, Deed.MOVED, "a", target="b"),
        entry(2, Deed.REPLACED, "b", before=content(1), after=content(2)),
        entry(3, Deed.DELETED, "b", before=content(2)),
    ]
    assert outcomes(deeds, Now(trash={2, 3}))[:2] == [(3, Way.BRING_BACK), (2, Way.PUT_BACK)]
    moved = [
        entry(1, Deed.REPLACED, "xa", before=content(1), after=content(2)),
        entry(2, Deed.MOVED, "x", target="y", node=9),
    ]
    now = Now({("y",): Present(9, Kind.DIRECTORY, None), ("y", "a"): file(1, 2)}, trash={1})
    assert outcomes(moved, now) == [(2, Way.MOVE_BACK), (1, Way.PUT_BACK)]


def test_file_that_cannot_be_moved_back_keeps_what_was_done_before_that():
    """Half a way back would be a place and a version that never belonged together."""
    deeds = [
        entry(1, Deed.MOVED, "c", target="a"),
        entry(2, Deed.MOVED, "a", target="d"),
        entry(3, Deed.MOVED, "d", target="a"),
    ]
    now = Now({("a",): file(1, 1), ("d",): file(7, 7)})
    assert outcomes(deeds, now) == [(number, Reason.TAKEN) for number in (3, 2, 1)]


def test_what_was_perhaps_done_is_left_out_where_it_was_not():
    """After a crash: the file is at its place, in its version, under its name."""
    deeds = [
        entry(1, Deed.DELETED, "a", node=1, before=content(1)),
        entry(2, Deed.REPLACED, "b", node=2, before=content(2), after=content(3)),
        entry(3, Deed.MOVED, "c", target="d", node=3),
    ]
    now = Now({("a",): file(1, 1), ("b",): file(2, 2), ("c",): file(3, 3)}, trash={2})
    assert {reason for _, reason in outcomes(deeds, now)} == {Reason.NOT_NEEDED}


def test_many_entries_are_planned_in_a_moment():
    """The work grows with their number, not its square."""
    looks = 0

    class Counting(Now):
        def at(self, names):
            nonlocal looks
            looks += 1
            return super().at(names)

    number = 20_000
    deeds = [entry(n, Deed.DELETED, [str(n)], node=n, before=content(1)) for n in range(1, number)]
    found = plan(deeds, Counting(trash=range(number)))
    assert {one.way for one in found} == {Way.BRING_BACK}
    assert looks < 2 * number

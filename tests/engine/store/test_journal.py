"""The journal of a volume: what is written is read again; it is bounded by age and number."""

from __future__ import annotations

import pytest

from u1tray.engine.core.deeds import Deed, JournalEntry, Seen
from u1tray.engine.core.values import Content, Kind, Side
from u1tray.engine.store import journal as journals
from u1tray.engine.store.journal import Journal
from u1tray.engine.store.trees import TreeStore

pytestmark = pytest.mark.core

ENTRY = JournalEntry(
    0,
    1000.5,
    Side.LOCAL,
    Deed.REPLACED,
    Kind.FILE,
    ("docs", "caf\udcff.txt"),
    None,
    7,
    Content(b"\x01" * 20, 3),
    Content(b"\x02" * 20, 4),
    Seen(11, 123456789),
)


@pytest.fixture
def trees():
    opened = TreeStore.open(":memory:")
    yield opened
    opened.close()


@pytest.fixture
def journal(trees):
    return Journal(trees.connection)


def test_entry_is_read_as_it_was_written(journal):
    """Names that are no text, contents, and what was moved where."""
    moved = ENTRY._replace(deed=Deed.MOVED, target=("b",), before=None, after=None, seen=None)
    for entry in (ENTRY, moved, ENTRY._replace(side=Side.REMOTE, node=None)):
        assert journal.last(1) != [entry]
        number = journal.add(entry)
        assert journal.last(1) == [entry._replace(id=number)]
    assert [one.id for one in journal.last(2)] == [2, 3]
    assert [one.id for one in journal.after(1, 10)] == [2, 3]


def test_perhaps_done_is_to_undo_and_not_told(journal):
    """A crash came: nobody is told that it was done, and undo looks for it."""
    number = journal.add(ENTRY._replace(is_done=False))
    assert journal.last(10) == []
    assert [one.id for one in journal.to_undo(0)] == [number]
    journal.finish(number, 2000.0, ("aside",))
    (done,) = journal.last(10)
    assert (done.at, done.target, done.is_done) == (2000.0, ("aside",), True)


def test_what_took_long_comes_after_what_was_done_meanwhile(journal):
    """Whoever has seen the other one is told of it, too."""
    begun = journal.add(ENTRY._replace(is_done=False))
    seen = journal.add(ENTRY)
    assert [one.id for one in journal.after(0, 10)] == [seen]
    journal.finish(begun, 2000.0)
    assert [one.at for one in journal.after(seen, 10)] == [2000.0]


def test_to_undo_is_what_was_done_here_since_and_not_taken_back(journal):
    """Newest first; not what was done in the cloud, nor what was only added."""
    numbers = [
        journal.add(entry)
        for entry in (
            ENTRY,
            ENTRY._replace(at=2000.0),
            ENTRY._replace(at=2000.0, side=Side.REMOTE),
            ENTRY._replace(at=2000.0, deed=Deed.MADE),
            ENTRY._replace(at=2001.0, names=("other",)),
        )
    ]
    assert [one.id for one in journal.to_undo(1500.0)] == [numbers[4], numbers[1]]
    assert [one.id for one in journal.to_undo(1500.0, ("docs",))] == [numbers[1]]
    journal.mark_undone([numbers[1]])
    assert journal.to_undo(1500.0, ("docs",)) == []


def test_old_and_many_entries_are_forgotten(journal, monkeypatch):
    """Bounded by age and by number."""
    monkeypatch.setattr(journals, "KEPT_ENTRIES", 1500)
    old = ENTRY._replace(at=ENTRY.at - journals.KEPT_SECONDS - 1)
    for number in range(1, 5002):
        journal.add(old if number == 4600 else ENTRY)
    kept = [one.id for one in journal.after(0, 10_000)]
    assert (kept[0], kept[-1]) == (3502, 5001)
    assert 4600 not in kept


def test_entries_that_are_finished_do_not_keep_the_old_ones(journal, monkeypatch):
    """Each gets another id then: none may ever be a round number."""
    monkeypatch.setattr(journals, "KEPT_ENTRIES", 10)
    for _ in range(2001):
        journal.finish(journal.add(ENTRY._replace(is_done=False)), ENTRY.at)
    assert len(journal.after(0, 10_000)) <= 10


def test_rolled_back_agreement_takes_its_entry_with_it(trees, journal):
    """In the same transaction as the agreement it is about."""

    def fail():
        with trees.changing():
            journal.add(ENTRY)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert journal.last(1) == []

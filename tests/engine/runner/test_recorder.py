"""Operations that are tried again have one entry, unless they are about something else by then."""

from __future__ import annotations

import contextlib

import pytest

from u1tray.engine.core import operations as op
from u1tray.engine.core.values import Content, Kind, Side
from u1tray.engine.ports import DiskError, Stat
from u1tray.engine.runner.recorder import Recorder
from u1tray.engine.store.journal import Journal
from u1tray.syncdaemon.sync.clock import RealClock

pytestmark = pytest.mark.core

OLD = Content(b"\x01" * 20, 1)


@pytest.fixture
def trees(trees):
    """A local file `f`, as it was seen."""
    with trees.changing():
        file = trees.add(Side.LOCAL, trees.root(Side.LOCAL).id, "f", Kind.FILE, OLD)
        trees.see(file.id, Stat(Kind.FILE, 1, 10, 1, 100, 100))
    return trees


def delete(trees) -> op.Delete:
    file = trees.child(Side.LOCAL, trees.root(Side.LOCAL).id, "f")
    return op.Delete(Side.LOCAL, file.id, OLD)


def recorder(trees) -> Recorder:
    return Recorder(trees, Journal(trees.connection), RealClock())


def fail(recorder, operation):
    with contextlib.suppress(DiskError), recorder.doing(operation):
        text = "no room"
        raise DiskError(text, ("f",))


def succeed(recorder, operation):
    with recorder.doing(operation), recorder.done(operation):
        pass


def test_second_attempt_needs_no_second_entry(trees):
    """As long as it is about the same file, as it was seen."""
    deleting, record = delete(trees), recorder(trees)
    fail(record, deleting)
    succeed(record, deleting)
    (entry,) = Journal(trees.connection).to_undo(0)
    assert entry.is_done


def test_attempt_at_a_file_seen_otherwise_has_an_entry_of_its_own(trees):
    """Undo looks in the trash for what was deleted last; the first attempt may be there, too."""
    deleting, record = delete(trees), recorder(trees)
    fail(record, deleting)
    with trees.changing():
        trees.see(deleting.node, Stat(Kind.FILE, 1, 11, 1, 200, 200))
    succeed(record, deleting)
    found = Journal(trees.connection).to_undo(0)
    assert [(one.seen.inode, one.is_done) for one in found] == [(11, True), (10, False)]

"""What is left to decide: its order, and the room it takes."""

from __future__ import annotations

import sys

import pytest

from u1tray.engine.core.values import Content, Kind, Side, Subject, subject_of
from u1tray.engine.ports import Stat
from u1tray.engine.runner.backlog import Backlog

pytestmark = pytest.mark.core

MANY = 2000


def test_entries_come_first_and_then_nodes_as_they_were_seen(trees):
    """So that directories are made before what is in them, and every run is the same."""
    heard = []
    backlog = Backlog(trees, settled=heard.append)
    trees.touched = {Subject(number, side) for number in (900, 70, 8) for side in (None, *Side)}
    backlog.take_touched()
    assert heard == [Subject(number) for number in (8, 70, 900)]  # none is there: nothing to do
    nodes = [Subject(number, side) for side in Side for number in (8, 70, 900)]
    assert list(backlog._ready) == nodes


def test_nothing_is_as_large_at_rest_as_while_there_was_much(trees):
    """`chmod -R` of a folder has all of it read again; at rest, nothing is left of that."""
    with trees.changing():
        nodes = [
            trees.add(Side.LOCAL, 1, f"{number}", Kind.FILE, stat=Stat(Kind.FILE, 0, 7, 3, 1, 1))
            for number in range(MANY)
        ]
    backlog = Backlog(trees)
    backlog.take_touched()
    while not backlog.is_quiet:
        assert backlog.next() is None
    assert len(backlog.stuck) == MANY
    full = sys.getsizeof(backlog.stuck)
    with trees.changing():
        for node in nodes[1:]:
            trees.fill(Side.LOCAL, node.id, Content(bytes(20), 3))
    backlog.take_touched()
    assert len(backlog.stuck) == 1
    assert sys.getsizeof(backlog.stuck) == full  # a dict never gets smaller
    backlog.shed()
    assert list(backlog.stuck) == [subject_of(nodes[0])]
    assert sys.getsizeof(backlog.stuck) < full / 10

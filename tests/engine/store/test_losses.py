"""What was lost, shown and meant, and what was deleted a moment ago."""

from __future__ import annotations

import pytest

from u1tray.engine.core.values import Content, Kind, Side
from u1tray.engine.store.losses import Losses, Pending
from u1tray.engine.store.trees import TreeStore

pytestmark = pytest.mark.core

FILES = 5


@pytest.fixture
def trees():
    """Some files that are agreed."""
    store = TreeStore.open(":memory:")
    with store.changing():
        store.plant("root")
        for number in range(FILES):
            content = Content(bytes([number]) * 20, number)
            local, remote = (
                store.add(
                    side, store.root(side).id, f"{number}", Kind.FILE, content, key=f"k{number}"
                )
                for side in Side
            )
            store.link(local.id, remote.id, remote)
    yield store
    store.close()


@pytest.fixture
def losses(trees):
    return Losses(trees.connection)


def lose(trees, side, *names):
    for name in names:
        trees.remove(side, trees.child(side, trees.root(side).id, name).id)


def test_what_is_seen_later_has_another_number(trees, losses):
    """A yes to the first says nothing of the second."""
    lose(trees, Side.LOCAL, "0", "1")
    assert losses.show(Side.LOCAL, 7)
    lose(trees, Side.LOCAL, "2")
    assert losses.show(Side.LOCAL, 8)
    assert not losses.show(Side.LOCAL, 9)
    assert losses.last_shown(Side.LOCAL) == 8
    assert losses.mean(Side.LOCAL, 7)
    assert losses.pending(Side.LOCAL) == Pending(undecided=1, meant=2)
    assert losses.last_shown(Side.LOCAL) == 8
    assert losses.mean(Side.LOCAL, 8)
    assert losses.pending(Side.LOCAL) == Pending(undecided=0, meant=3)
    assert losses.last_shown(Side.LOCAL) == 0


def test_what_nobody_saw_cannot_be_meant(trees, losses):
    """Whatever number is said."""
    lose(trees, Side.LOCAL, "0")
    assert not losses.mean(Side.LOCAL, 2**62)
    assert losses.pending(Side.LOCAL) == Pending(undecided=1, meant=0)


def test_sides_are_counted_each_by_itself(trees, losses):
    """What the cloud lost is not what the folder lost."""
    lose(trees, Side.LOCAL, "0")
    lose(trees, Side.REMOTE, "1", "2")
    losses.show(Side.REMOTE, 7)
    assert losses.last_shown(Side.LOCAL) == 0
    assert not losses.mean(Side.LOCAL, 7)
    assert losses.mean(Side.REMOTE, 7)
    assert losses.pending(Side.LOCAL) == Pending(undecided=1, meant=0)
    assert losses.pending(Side.REMOTE) == Pending(undecided=0, meant=2)


def test_what_is_meant_does_not_come_again(trees, losses):
    """Who brings back the rest has said yes to the first."""
    lose(trees, Side.LOCAL, "0", "1")
    losses.show(Side.LOCAL, 7)
    losses.mean(Side.LOCAL, 7)
    lose(trees, Side.LOCAL, "2")
    trees.revive_lost(Side.LOCAL)
    assert losses.pending(Side.LOCAL) == Pending(undecided=0, meant=2)


def test_what_was_begun_counts_once_it_is_gone(trees, losses):
    """While its node is there it is one of those that are lost."""
    node = trees.child(Side.REMOTE, trees.root(Side.REMOTE).id, "0")
    lose(trees, Side.LOCAL, "0")
    losses.note(Side.REMOTE, node.id, 1, at=100.0, kept_seconds=60.0)
    assert losses.deleted(Side.REMOTE, 40.0) == 0
    lose(trees, Side.REMOTE, "0")
    assert losses.deleted(Side.REMOTE, 40.0) == 1
    assert losses.deleted(Side.LOCAL, 40.0) == 0
    assert losses.deleted(Side.REMOTE, 101.0) == 0
    losses.note(Side.REMOTE, node.id + 1000, 3, at=161.0, kept_seconds=60.0)
    assert losses.deleted(Side.REMOTE, 0.0) == 3
    losses.forget_deleted(Side.REMOTE)
    assert losses.deleted(Side.REMOTE, 0.0) == 0


def test_deletions_of_a_clock_that_was_set_back_count_no_longer_than_others(losses):
    """One of next year was a moment ago, at the latest when the next one is noted."""
    losses.note(Side.REMOTE, 1000, 1, at=1e9, kept_seconds=60.0)
    assert losses.deleted(Side.REMOTE, 100.0) == 1
    losses.note(Side.REMOTE, 1001, 1, at=100.0, kept_seconds=60.0)
    assert losses.deleted(Side.REMOTE, 100.0) == 2
    assert losses.deleted(Side.REMOTE, 101.0) == 0
    losses.note(Side.REMOTE, 1002, 1, at=161.0, kept_seconds=60.0)
    assert losses.deleted(Side.REMOTE, 0.0) == 1


@pytest.mark.parametrize("decision", ["restore", "compare anew"])
def test_what_was_begun_counts_once_it_is_no_loss_any_more(trees, losses, decision):
    """It may be gone by now, and be told later (found by the simulation, seed 50143)."""
    lose(trees, Side.LOCAL, "0")
    node = trees.child(Side.REMOTE, trees.root(Side.REMOTE).id, "0")
    losses.note(Side.REMOTE, node.id, 1, at=100.0, kept_seconds=60.0)
    with trees.changing():
        if decision == "restore":
            trees.revive_lost(Side.LOCAL)
        else:
            trees.part_all()
    assert losses.deleted(Side.REMOTE, 40.0) == 1
    lose(trees, Side.REMOTE, "0")
    assert losses.deleted(Side.REMOTE, 40.0) == 1

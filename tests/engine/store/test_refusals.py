"""A disk that refuses undoes a transaction, and is no fault of ours."""

from __future__ import annotations

import sqlite3

import pytest

from u1tray.engine.core.values import Kind, Side
from u1tray.engine.ports import DiskError
from u1tray.engine.store.trees import TreeStore

pytestmark = pytest.mark.core


@pytest.fixture
def trees(tmp_path):
    """Empty trees in a file."""
    made = TreeStore.open(tmp_path / "trees")
    with made.changing():
        made.plant("root")
    made.touched.clear()
    yield made
    made.close()


def fill(trees):
    root = trees.root(Side.LOCAL).id
    for number in range(1000):
        trees.add(Side.LOCAL, root, f"{number} {'x' * 200}", Kind.FILE)


def test_full_disk_undoes_a_transaction_with_all_that_is_remembered_of_it(trees):
    """Tried again once there is room, it is done."""
    root = trees.root(Side.LOCAL)
    (pages,) = trees.connection.execute("PRAGMA page_count").fetchone()
    trees.connection.execute(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(DiskError), trees.changing():
        fill(trees)
    assert not trees.connection.in_transaction
    assert (trees.touched, list(trees.children(Side.LOCAL, root.id))) == (set(), [])
    assert all(trees.node(Side.LOCAL, number) is None for number in range(2, 10))
    trees.connection.execute("PRAGMA max_page_count=100000")
    with trees.changing():
        fill(trees)
    assert len(list(trees.children(Side.LOCAL, root.id))) == 1000


def test_full_disk_in_an_inner_transaction_is_told_by_the_outermost(trees):
    """Nobody may go on in a transaction that SQLite has undone."""
    (pages,) = trees.connection.execute("PRAGMA page_count").fetchone()
    trees.connection.execute(f"PRAGMA max_page_count={pages + 2}")

    def fill_inside():
        with pytest.raises(sqlite3.OperationalError) as caught, trees.changing():
            fill(trees)
        raise caught.value

    with pytest.raises(DiskError), trees.changing():
        fill_inside()
    assert not trees.connection.in_transaction


def test_what_sqlite_has_undone_already_is_not_undone_again(trees):
    """The true error is raised, and nothing is remembered of what was written."""
    root = trees.root(Side.LOCAL).id
    again = "INSERT OR ROLLBACK INTO local_nodes (parent, name, kind) VALUES (?, x'66', 'file')"

    def add_twice():
        with trees.changing():
            trees.add(Side.LOCAL, root, "f", Kind.FILE)
            trees.connection.execute(again, (root,))

    with pytest.raises(sqlite3.IntegrityError), trees.changing():
        add_twice()
    assert trees.child(Side.LOCAL, root, "f") is None
    assert trees.touched == set()


def test_store_that_cannot_be_opened_is_not_taken_for_a_damaged_one(tmp_path):
    """It would be put aside, and with it all that was agreed."""
    with pytest.raises(DiskError):
        TreeStore.open(tmp_path / "nowhere" / "trees")

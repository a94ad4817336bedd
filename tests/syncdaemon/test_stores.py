"""Files of trees that are damaged are put aside, whether that shows at once or later."""

from __future__ import annotations

import sqlite3

import pytest

from u1tray.engine.core.values import Kind, Side
from u1tray.syncdaemon.sync.stores import doubt, open_trees

pytestmark = pytest.mark.core

FILES = 3000


@pytest.fixture
def store(tmp_path):
    """A file with many nodes."""
    path = tmp_path / "~ Docs.db"
    trees = open_trees(path)
    with trees.changing():
        root = trees.root(Side.LOCAL).id
        for number in range(FILES):
            trees.add(Side.LOCAL, root, f"{number}", Kind.FILE)
    trees.close()
    return path


def damage(path) -> None:
    """All but its beginning is nonsense: it can be opened."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xa5" * (size - size // 2))


def count(trees) -> int:
    return len(trees.seen_in(trees.root(Side.LOCAL).id))


def test_damage_that_shows_later_is_found_when_the_file_is_opened_next(store):
    """Or the daemon would end again and again, and nothing would ever be synced."""
    damage(store)
    trees = open_trees(store)
    with pytest.raises(sqlite3.DatabaseError) as raised:
        count(trees)
    trees.close()
    doubt(store, raised.value)
    trees = open_trees(store)
    assert trees.is_planted
    assert count(trees) == 0
    trees.close()
    assert store.with_suffix(".damaged").exists()
    trees = open_trees(store)
    assert count(trees) == 0
    trees.close()


@pytest.mark.parametrize(
    "error", [sqlite3.DatabaseError("damaged"), sqlite3.IntegrityError("ours"), ValueError("ours")]
)
def test_whole_file_stays_whatever_ended_a_volume(store, error):
    """A fault of ours takes no agreements from anybody."""
    doubt(store, error)
    for _ in range(2):
        trees = open_trees(store)
        assert count(trees) == FILES
        trees.close()
    assert [path.name for path in store.parent.iterdir()] == [store.name]

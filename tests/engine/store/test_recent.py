"""What the store keeps of what it read is what is stored, whatever is written."""

from __future__ import annotations

import pytest

from u1tray.engine.core.values import Content, Kind, Side
from u1tray.engine.ports import Stat
from u1tray.engine.store import recent
from u1tray.engine.store.trees import TreeStore

pytestmark = pytest.mark.core

CONTENT, OTHER = Content(b"1" * 20, 1), Content(b"2" * 20, 2)
STAT = Stat(Kind.FILE, 0, 5, 1, 7, 7)


@pytest.fixture
def trees():
    """A file and a directory, agreed on."""
    made = TreeStore.open(":memory:")
    with made.changing():
        made.plant("root")
        for name, kind, content in (("f", Kind.FILE, CONTENT), ("d", Kind.DIRECTORY, None)):
            local = made.add(Side.LOCAL, 1, name, kind, content)
            remote = made.add(Side.REMOTE, 1, name, kind, content, key=name)
            made.link(local.id, remote.id, remote)
    yield made
    made.close()


def seen(trees):
    """All nodes and entries as they are given out."""
    nodes = [trees.node(side, number) for side in Side for number in range(8)]
    entries = [trees.entry(number) for number in range(8)]
    keys = [found(trees.key, number) for number in range(8)]
    paths = [found(trees.names, side, number) for side in Side for number in range(8)]
    chains = [trees.chain(side, number) for side in Side for number in range(8)]
    return [*nodes, *entries, *keys, *paths, *chains, trees.count_files()]


def found(read, *what):
    """What is read, None where it is gone."""
    try:
        return read(*what)
    except KeyError:
        return None


def forgetting(trees):
    """The same, read anew."""
    trees._recent.clear()
    return seen(trees)


WRITES = {
    "add": lambda trees: trees.add(Side.LOCAL, 3, "new", Kind.FILE, OTHER),
    "place": lambda trees: trees.place(Side.LOCAL, 2, 3, "g"),
    "fill": lambda trees: trees.fill(Side.REMOTE, 2, OTHER),
    "fill as seen": lambda trees: (
        trees.see(2, STAT),
        trees.fill_as_seen(2, STAT, OTHER),
        trees.fill_as_seen(2, STAT._replace(mtime_ns=8), CONTENT),
    ),
    "place directory": lambda trees: (
        trees.add(Side.LOCAL, 3, "in it", Kind.FILE),
        trees.names(Side.LOCAL, 4),
        trees.place(Side.LOCAL, 3, 1, "moved"),
    ),
    "tell directory": lambda trees: (
        trees.add(Side.REMOTE, 3, "in it", Kind.FILE, key="in"),
        trees.names(Side.REMOTE, 4),
        trees.tell(3, 1, "moved", None, generation=7, changed_at=None),
    ),
    "rename root": lambda trees: trees.rename_root("other"),
    "remove there": lambda trees: trees.remove(Side.REMOTE, 2),
    "tell": lambda trees: trees.tell(2, 3, "g", OTHER, generation=7, changed_at=None),
    "link new": lambda trees: trees.link(
        trees.add(Side.LOCAL, 3, "n", Kind.FILE, CONTENT).id,
        None,
        trees.add(Side.REMOTE, 3, "n", Kind.FILE, CONTENT, key="n"),
    ),
    "link two": lambda trees: trees.link(2, 3, trees.node(Side.REMOTE, 3)),
    "remove": lambda trees: trees.remove(Side.LOCAL, 2),
    "agree place": lambda trees: trees.agree_place(2, 3, "g"),
    "agree content": lambda trees: trees.agree_content(2, OTHER),
    "revive": lambda trees: trees.revive(2),
    "part": lambda trees: trees.part(2),
    "forget": lambda trees: trees.forget(2),
    "set free": lambda trees: trees.set_free(2),
    "part all": lambda trees: trees.part_all(),
    "lose and revive": lambda trees: (trees.remove(Side.LOCAL, 2), trees.revive_lost(Side.LOCAL)),
    "link anew": lambda trees: (
        trees.part(2),
        trees.link(None, 2, trees.node(Side.REMOTE, 2)),
        trees.link(2, None, trees.node(Side.LOCAL, 2)),
    ),
    "note": lambda trees: trees.note("generation", "5"),
}


@pytest.mark.parametrize("write", sorted(WRITES))
def test_what_was_written_is_seen_at_once(trees, write) -> None:
    """Also when all of it had been read before."""
    before = seen(trees)
    with trees.changing():
        WRITES[write](trees)
        assert seen(trees) == forgetting(trees)
    assert seen(trees) == forgetting(trees)
    assert seen(trees) != before or write == "note"


@pytest.mark.parametrize("write", sorted(WRITES))
def test_what_was_undone_was_never_there(trees, write) -> None:
    """A transaction, and one inside of another."""

    def fail() -> None:
        with trees.changing():
            WRITES[write](trees)
            seen(trees)
            raise KeyError

    before = seen(trees)
    with pytest.raises(KeyError):
        fail()
    assert seen(trees) == before
    with trees.changing():
        with pytest.raises(KeyError):
            fail()
        assert seen(trees) == before
    assert seen(trees) == before
    assert trees.fact("generation") is None


def test_what_is_inside_is_done_with_what_is_around(trees) -> None:
    """Both, or nothing; and what either touched is planned anew."""

    def fail() -> None:
        with trees.changing():
            with trees.changing():
                trees.fill(Side.LOCAL, 2, OTHER)
            raise KeyError

    before = seen(trees)
    trees.touched.clear()
    with pytest.raises(KeyError):
        fail()
    assert (seen(trees), trees.touched) == (before, set())
    with trees.changing():
        with trees.changing():
            trees.fill(Side.LOCAL, 2, OTHER)
        trees.fill(Side.REMOTE, 2, OTHER)
    assert trees.node(Side.LOCAL, 2).content == trees.node(Side.REMOTE, 2).content == OTHER
    assert len(trees.touched) == 1


def test_few_are_kept(trees) -> None:
    """However large a volume is."""
    with trees.changing():
        for number in range(recent.MOST + 10):
            trees.add(Side.LOCAL, 3, f"{number}", Kind.FILE, CONTENT)
    assert len(trees._recent.nodes[Side.LOCAL]) <= recent.MOST


def test_what_is_shed_is_read_again(trees):
    """At rest after much work, next to nothing is kept in mind."""
    before = seen(trees)
    trees.shed()
    assert not any(trees._recent.nodes.values())
    assert seen(trees) == before

"""Whatever a write may have changed the plan for is planned anew."""

from __future__ import annotations

import pytest

from u1tray.engine.core.planner import decide
from u1tray.engine.core.values import Entry, Kind, Side, Subject
from u1tray.engine.store.trees import TreeStore

pytestmark = pytest.mark.core


class Agreed:
    """A store in which directories are agreed on."""

    def __init__(self) -> None:
        self.store = TreeStore.open(":memory:")
        with self.store.changing():
            self.root = self.store.plant("root")

    def directory(self, name: str, parent: Entry) -> Entry:
        """Agree on one."""
        store = self.store
        with store.changing():
            remote = store.add(Side.REMOTE, parent.remote, name, Kind.DIRECTORY, key=name)
            local = store.add(Side.LOCAL, parent.local, name, Kind.DIRECTORY)
            return store.link(local.id, remote.id, remote)


@pytest.fixture
def agreed():
    """Closed at the end."""
    made = Agreed()
    yield made
    made.store.close()


def test_directory_whose_last_entry_moved_out_is_forgotten(agreed) -> None:
    """Both sides lost it while something agreed to be in it went on elsewhere."""
    store = agreed.store
    outer = agreed.directory("outer", agreed.root)
    inner = agreed.directory("inner", outer)
    with store.changing():
        for side in Side:
            store.place(side, inner.node(side), agreed.root.node(side), "inner")
            store.remove(side, outer.node(side))
    assert decide(store, Subject(outer.id)) is None
    store.touched.clear()
    with store.changing():
        store.agree_place(inner.id, agreed.root.id, "inner")
    assert Subject(outer.id) in store.touched
    assert decide(store, Subject(outer.id)) is not None


def test_directory_whose_last_entry_was_made_again_elsewhere_is_forgotten(agreed) -> None:
    """As it is when the cloud gives one place to another directory of the same name."""
    store = agreed.store
    outer = agreed.directory("outer", agreed.root)
    inner = agreed.directory("inner", outer)
    with store.changing():
        store.place(Side.REMOTE, inner.remote, agreed.root.remote, "inner")
        for side in Side:
            store.remove(side, outer.node(side))
    store.touched.clear()
    with store.changing():
        made = store.add(Side.LOCAL, agreed.root.local, "inner", Kind.DIRECTORY)
        store.link(made.id, inner.remote, made)
    assert Subject(outer.id) in store.touched


def test_what_waits_for_a_new_directory_goes_on_once_that_is_agreed(agreed) -> None:
    """Whichever side's it waited for."""
    store = agreed.store
    with store.changing():
        nodes = [
            store.add(Side.REMOTE, agreed.root.remote, "d", Kind.DIRECTORY, key="d"),
            store.add(Side.LOCAL, agreed.root.local, "d", Kind.DIRECTORY),
        ]
    store.touched.clear()
    with store.changing():
        store.link(nodes[1].id, nodes[0].id, nodes[0])
    assert {Subject(node.id, node.side) for node in nodes} <= store.touched

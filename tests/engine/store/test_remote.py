"""Deltas and whole trees of the cloud become the remote tree, whatever happened in between."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.core.world import World
from u1tray.engine.core.values import Content, Kind, Node, Side
from u1tray.engine.store.remote import Incoming, Intake, UnknownParentError
from u1tray.engine.store.trees import TreeStore

pytestmark = pytest.mark.core


def seen(world: World) -> dict[str, Incoming]:
    """Every live node of the cloud, by its key."""
    store = world.store
    return {
        store.key(node.id): (
            store.key(node.id),
            store.key(node.parent),
            node.name,
            node.kind,
            node.content,
            node.id,
            True,
        )
        for node in world.nodes(Side.REMOTE)
    }


def delta(before: dict[str, Incoming], after: dict[str, Incoming]) -> list[Incoming]:
    """What a server tells: changed and new nodes, and deleted ones but those below deleted."""
    told = [node for key, node in after.items() if before.get(key) != node]
    for key, node in before.items():
        if key not in after and node[1] in (*after, "root"):
            told.append((*node[:6], False))
    return told


def take_in(store: TreeStore, nodes: list[Incoming], *, is_whole: bool) -> None:
    with store.changing():
        intake = Intake(store)
        intake.add(nodes)
        intake.finish(7, is_whole=is_whole)


def mirror() -> TreeStore:
    store = TreeStore.open(":memory:")
    with store.changing():
        store.plant("root")
    return store


@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(1, 15), st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_history_arrives(seed, rounds, changes, is_whole) -> None:
    """Moves into new directories, out of deleted ones, and rings of names among them."""
    chance = random.Random(seed)
    cloud, store = World.new(), mirror()
    before: dict[str, Incoming] = {}
    for _ in range(rounds):
        for _ in range(changes):
            cloud.disturb(Side.REMOTE, chance)
        after = seen(cloud)
        told = list(after.values()) if is_whole else delta(before, after)
        chance.shuffle(told)
        take_in(store, told, is_whole=is_whole)
        assert World(store).picture(Side.REMOTE) == cloud.picture(Side.REMOTE)
        before = after
    assert store.fact("generation") == "7"


def test_ids_are_kept_and_what_is_agreed_with_them() -> None:
    """A moved node is the same node: its entry stays its entry."""
    store = mirror()
    take_in(store, [("k1", "root", "a", Kind.DIRECTORY, None, 1, True)], is_whole=False)
    number = store.remote_id("k1")
    take_in(store, [("k1", "root", "b", Kind.DIRECTORY, None, 2, True)], is_whole=False)
    moved = store.node(Side.REMOTE, number)
    assert isinstance(moved, Node)
    assert moved.name == "b"


def test_unknown_directory_undoes_the_whole_intake() -> None:
    """The caller reads the whole tree again; until then nothing has changed."""
    store = mirror()
    file = Content(b"1" * 20, 1)
    with pytest.raises(UnknownParentError):
        take_in(
            store,
            [
                ("k1", "root", "a", Kind.FILE, file, 1, True),
                ("k2", "gone", "b", Kind.FILE, file, 2, True),
            ],
            is_whole=False,
        )
    assert World(store).picture(Side.REMOTE) == {}
    assert store.fact("generation") is None


def test_same_news_twice_change_nothing() -> None:
    """A delta may be applied again after a crash."""
    store = mirror()
    told = [("k1", "root", "a", Kind.FILE, Content(b"1" * 20, 1), 1, True)]
    take_in(store, told, is_whole=False)
    store.touched.clear()
    take_in(store, told, is_whole=False)
    assert store.touched == set()

"""Deltas and whole trees of the cloud become the remote tree, whatever happened in between."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.core.world import World
from u1tray.engine.core.values import Content, Kind, Node, Side
from u1tray.engine.store.intake import Incoming, Intake, OutOfDateError
from u1tray.engine.store.trees import TreeStore

pytestmark = pytest.mark.core


def seen(world: World) -> dict[str, Incoming]:
    """Every live node of the cloud, by its key."""
    store = world.store
    return {
        store.key(node.id): Incoming(
            store.key(node.id), store.key(node.parent), node.name, node.kind, node.content, 0
        )
        for node in world.nodes(Side.REMOTE)
    }


def delta(before: dict[str, Incoming], after: dict[str, Incoming]) -> list[Incoming]:
    """What a server tells: changed and new nodes, and deleted ones but those below deleted."""
    told = [node for key, node in after.items() if before.get(key) != node]
    for key, node in before.items():
        if key not in after and node.parent_key in (*after, "root"):
            told.append(node._replace(is_live=False))
    return told


def take_in(
    store: TreeStore, nodes: list[Incoming], *, is_whole: bool, generation: int = 7
) -> None:
    with store.changing():
        intake = Intake(store)
        intake.add(nodes)
        intake.finish(generation, is_whole=is_whole)


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
    for number in range(1, rounds + 1):
        for _ in range(changes):
            cloud.disturb(Side.REMOTE, chance)
        after = seen(cloud)
        told = list(after.values()) if is_whole else delta(before, after)
        chance.shuffle(told)
        told = [node._replace(generation=number) for node in told]
        take_in(store, told, is_whole=is_whole, generation=number)
        assert World(store).picture(Side.REMOTE) == cloud.picture(Side.REMOTE)
        before = after
    assert store.fact("generation") == str(rounds)


def test_ids_are_kept_and_what_is_agreed_with_them() -> None:
    """A moved node is the same node: its entry stays its entry."""
    store = mirror()
    take_in(store, [Incoming("k1", "root", "a", Kind.DIRECTORY, None, 1)], is_whole=False)
    number = store.remote_id("k1")
    take_in(store, [Incoming("k1", "root", "b", Kind.DIRECTORY, None, 2)], is_whole=False)
    moved = store.node(Side.REMOTE, number)
    assert isinstance(moved, Node)
    assert moved.name == "b"


def test_unknown_directory_undoes_the_whole_intake() -> None:
    """The caller reads the whole tree again; until then nothing has changed."""
    store = mirror()
    file = Content(b"1" * 20, 1)
    with pytest.raises(OutOfDateError):
        take_in(
            store,
            [
                Incoming("k1", "root", "a", Kind.FILE, file, 1),
                Incoming("k2", "gone", "b", Kind.FILE, file, 2),
            ],
            is_whole=False,
        )
    assert World(store).picture(Side.REMOTE) == {}
    assert store.fact("generation") is None


def test_same_news_twice_change_nothing() -> None:
    """A delta may be applied again after a crash."""
    store = mirror()
    told = [Incoming("k1", "root", "a", Kind.FILE, Content(b"1" * 20, 1), 1)]
    take_in(store, told, is_whole=False)
    store.touched.clear()
    take_in(store, told, is_whole=False)
    assert store.touched == set()


def test_older_answer_does_not_undo_what_we_did_after_it() -> None:
    """A tree read before our own upload: neither is the new node gone, nor the other old again."""
    store = mirror()
    old, new = Content(b"1" * 20, 1), Content(b"2" * 20, 2)
    take_in(store, [Incoming("k1", "root", "a", Kind.FILE, old, 1)], is_whole=True, generation=1)
    with store.changing():
        store.fill(Side.REMOTE, store.remote_id("k1"), new)
        store.reach(store.remote_id("k1"), 9, None)
        made = store.add(Side.REMOTE, store.root(Side.REMOTE).id, "b", Kind.FILE, new, key="k2")
        store.reach(made.id, 10, None)
    take_in(store, [Incoming("k1", "root", "a", Kind.FILE, old, 1)], is_whole=True, generation=8)
    assert World(store).picture(Side.REMOTE) == {"a": new, "b": new}


def test_time_of_a_change_arrives() -> None:
    """So that a download gets it."""
    store = mirror()
    told = Incoming("k1", "root", "a", Kind.FILE, Content(b"1" * 20, 1), 1, changed_at=1.5e9)
    take_in(store, [told], is_whole=False)
    number = store.remote_id("k1")
    assert number is not None
    assert store.changed_at(number) == 1.5e9


@pytest.mark.parametrize(
    ("told", "is_all"),
    [
        ({"kd": True, "kf": True}, True),
        ({"kd": True, "kf": False}, True),
        ({"kd": False}, True),
        ({"kd": True}, False),
        ({}, False),
    ],
    ids=["live", "deleted", "deleted with its directory", "file not told", "nothing told"],
)
def test_delta_from_the_beginning_leaves_out_what_a_restored_cloud_never_had(told, is_all) -> None:
    """From generation 0 on nothing is ever called forgotten (REST contract, 9)."""
    store = holding_a_file()
    nodes = [Incoming(key, None, key, Kind.FILE, None, 5, live) for key, live in told.items()]
    assert Intake(store).tells_all(nodes, 5) is is_all


@pytest.mark.parametrize(
    ("generation", "answered", "is_known"),
    [(5, 5, True), (6, 5, False), (4, 5, False), (6, 4, True)],
    ids=["as answered", "changed since", "older", "answered meanwhile"],
)
def test_delta_from_the_beginning_may_be_of_a_restored_cloud(
    generation, answered, is_known
) -> None:
    """What it answered before is another by now: who knows what that was made of."""
    store = holding_a_file()
    nodes = [
        Incoming("kd", "root", "d", Kind.DIRECTORY, None, 5),
        Incoming("kf", "kd", "f", Kind.FILE, None, generation),
    ]
    assert Intake(store).tells_all(nodes, answered) is is_known


def test_delta_from_the_beginning_may_show_what_an_answer_told_in_passing() -> None:
    """The answer to a move of a restored cloud has the generation of a content of before."""
    store = holding_a_file()
    nodes = [
        Incoming("kd", "root", "d", Kind.DIRECTORY, None, 5),
        Incoming("kf", "kd", "f", Kind.FILE, Content(b"1" * 20, 1), 5),
    ]
    assert not Intake(store).tells_all(nodes, 5)


def holding_a_file() -> TreeStore:
    """Both of its nodes were answered with generation 5."""
    store = mirror()
    with store.changing():
        root = store.root(Side.REMOTE).id
        directory = store.add(Side.REMOTE, root, "d", Kind.DIRECTORY, key="kd")
        file = store.add(Side.REMOTE, directory.id, "f", Kind.FILE, key="kf")
        for node in (directory, file):
            store.reach(node.id, 5, None)
    return store

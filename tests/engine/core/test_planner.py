"""What the planner decides about what it cannot place."""

from __future__ import annotations

import pytest

from tests.engine.core.world import World
from u1tray.engine.core.operations import Cause, Stuck
from u1tray.engine.core.planner import decide
from u1tray.engine.core.values import NOWHERE, Kind, Side, Subject

pytestmark = pytest.mark.core


@pytest.fixture
def store():
    """Trees with roots, closed at the end."""
    world = World.new()
    yield world.store
    world.store.close()


def test_what_another_took_the_place_of_is_not_moved_in_the_cloud(store) -> None:
    """Until a scan has ended, nobody knows whether it went elsewhere or is gone."""
    root = store.root(Side.LOCAL)
    with store.changing():
        remote = store.add(Side.REMOTE, store.root(Side.REMOTE).id, "d", Kind.DIRECTORY, key="d")
        local = store.add(Side.LOCAL, root.id, "d", Kind.DIRECTORY)
        entry = store.link(local.id, remote.id, remote)
        store.place(Side.LOCAL, local.id, root.id, f"{NOWHERE}{local.id}")
    assert decide(store, Subject(entry.id)) == Stuck(Side.LOCAL, local.id, Cause.MISPLACED)


@pytest.mark.parametrize(
    ("name", "cause"),
    [(f"{NOWHERE}7", Cause.MISPLACED), ("caf\udce9", Cause.UNKNOWN_ENCODING)],
    ids=["misplaced", "not UTF-8"],
)
def test_new_directory_without_a_name_for_the_cloud_waits(store, name, cause) -> None:
    """The cloud takes Unicode without NUL (REST contract, 3)."""
    with store.changing():
        made = store.add(Side.LOCAL, store.root(Side.LOCAL).id, name, Kind.DIRECTORY)
    assert decide(store, Subject(made.id, Side.LOCAL)) == Stuck(Side.LOCAL, made.id, cause)

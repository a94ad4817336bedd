"""Trees as deep as a path of the cloud can be long."""

from __future__ import annotations

import pytest

from u1tray.engine.core.values import Content, Kind, Side, Subject
from u1tray.engine.runner.backlog import Backlog
from u1tray.engine.store.trees import TreeStore

pytestmark = pytest.mark.core

LEVELS = 2040  # of one letter each: a path may have 4096 bytes (REST contract, 3)


def test_file_below_very_many_directories_is_found_and_claimed():
    """None of what is looked up above it goes down level by level on the stack."""
    trees = TreeStore.open(":memory:")
    with trees.changing():
        trees.plant("root")
        local, remote = (trees.root(side) for side in Side)
        for level in range(LEVELS):
            local = trees.add(Side.LOCAL, local.id, "d", Kind.DIRECTORY)
            remote = trees.add(Side.REMOTE, remote.id, "d", Kind.DIRECTORY, key=f"k{level}")
            trees.link(local.id, remote.id, remote)
        file = trees.add(Side.LOCAL, local.id, "f", Kind.FILE, Content(b"1" * 20, 1))
    backlog = Backlog(trees)
    backlog.add((Subject(file.id, Side.LOCAL),))
    order = backlog.next()
    assert order is not None
    assert order.operation.name == "f"
    assert trees.names(Side.LOCAL, file.id) == (*("d",) * LEVELS, "f")
    trees.close()

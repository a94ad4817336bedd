"""Changes that come together are one transaction, and yet fail and are cancelled one by one."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from u1tray.engine.core.values import Kind, Side
from u1tray.engine.ports import Changed, DiskError
from u1tray.engine.runner.grouping import Grouping
from u1tray.engine.store.trees import TreeStore

pytestmark = pytest.mark.core


@pytest.fixture
def store():
    trees = TreeStore.open(":memory:")
    with trees.changing():
        trees.plant("root")
    yield trees
    trees.close()


def adding(store, name, *, fails=None):
    """A change that makes a directory, and fails afterwards."""

    def change():
        store.add(Side.LOCAL, store.root(Side.LOCAL).id, name, Kind.DIRECTORY)
        if fails is not None:
            raise fails

    return change


def made(store):
    return [node.name for node in store.children(Side.LOCAL, store.root(Side.LOCAL).id)]


async def test_changes_of_one_turn_are_one_transaction(store):
    """In the order they came."""
    commits = []
    store.connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else 0)
    grouping = Grouping(store)
    await asyncio.gather(*(grouping.write(adding(store, name)) for name in "cab"))
    assert made(store) == ["c", "a", "b"]
    assert len(commits) == 1


async def test_one_that_fails_leaves_nothing_and_harms_no_other(store):
    """Its caller alone hears of it, and nothing of it is planned."""
    grouping = Grouping(store)
    store.touched.clear()
    found = await asyncio.gather(
        grouping.write(adding(store, "a")),
        grouping.write(adding(store, "b", fails=Changed("so"))),
        grouping.write(adding(store, "c")),
        return_exceptions=True,
    )
    assert [type(one) for one in found] == [type(None), Changed, type(None)]
    assert made(store) == ["a", "c"]
    assert len(store.touched) == 2


async def test_one_that_is_cancelled_is_not_written(store):
    """Whoever asked for it is gone."""
    grouping = Grouping(store)
    first = asyncio.ensure_future(grouping.write(adding(store, "a")))
    second = asyncio.ensure_future(grouping.write(adding(store, "b")))
    asyncio.get_running_loop().call_soon(first.cancel)  # before the turn in which they are written
    await second
    assert first.cancelled()
    assert made(store) == ["b"]


async def test_refusal_of_the_disk_is_everybodys(store, monkeypatch):
    """Nothing was written of any."""
    grouping = Grouping(store)

    def refuse():
        raise sqlite3.OperationalError("database or disk is full")

    found = await asyncio.gather(
        grouping.write(adding(store, "a")), grouping.write(refuse), return_exceptions=True
    )
    assert [type(one) for one in found] == [DiskError, DiskError]
    assert made(store) == []


async def test_fault_of_ours_reaches_every_caller(store):
    """So the runner ends, as with a single one."""
    grouping = Grouping(store)
    fault = ZeroDivisionError("ours")
    found = await asyncio.gather(
        grouping.write(adding(store, "a")),
        grouping.write(adding(store, "b", fails=fault)),
        return_exceptions=True,
    )
    assert found == [fault, fault]
    assert made(store) == []

"""Changes that come together are one transaction, and yet fail and are cancelled one by one."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from u1tray.engine.core.values import Kind, Side
from u1tray.engine.ports import Changed, DiskError
from u1tray.engine.runner.grouping import Grouping

pytestmark = pytest.mark.core


def adding(trees, name, *, fails=None):
    """A change that makes a directory, and fails afterwards."""

    def change():
        trees.add(Side.LOCAL, trees.root(Side.LOCAL).id, name, Kind.DIRECTORY)
        if fails is not None:
            raise fails

    return change


def made(trees):
    return [node.name for node in trees.children(Side.LOCAL, trees.root(Side.LOCAL).id)]


async def test_changes_of_one_turn_are_one_transaction(trees):
    """In the order they came."""
    commits = []
    trees.connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else 0)
    grouping = Grouping(trees)
    await asyncio.gather(*(grouping.write(adding(trees, name)) for name in "cab"))
    assert made(trees) == ["c", "a", "b"]
    assert len(commits) == 1


async def test_one_that_fails_leaves_nothing_and_harms_no_other(trees):
    """Its caller alone hears of it, and nothing of it is planned."""
    grouping = Grouping(trees)
    trees.touched.clear()
    found = await asyncio.gather(
        grouping.write(adding(trees, "a")),
        grouping.write(adding(trees, "b", fails=Changed("so"))),
        grouping.write(adding(trees, "c")),
        return_exceptions=True,
    )
    assert [type(one) for one in found] == [type(None), Changed, type(None)]
    assert made(trees) == ["a", "c"]
    assert len(trees.touched) == 2


async def test_one_that_is_cancelled_is_not_written(trees):
    """Whoever asked for it is gone."""
    grouping = Grouping(trees)
    first = asyncio.ensure_future(grouping.write(adding(trees, "a")))
    second = asyncio.ensure_future(grouping.write(adding(trees, "b")))
    asyncio.get_running_loop().call_soon(first.cancel)  # before the turn in which they are written
    await second
    assert first.cancelled()
    assert made(trees) == ["b"]


async def test_refusal_of_the_disk_is_everybodys(trees, monkeypatch):
    """Nothing was written of any."""
    grouping = Grouping(trees)

    def refuse():
        raise sqlite3.OperationalError("database or disk is full")

    found = await asyncio.gather(
        grouping.write(adding(trees, "a")), grouping.write(refuse), return_exceptions=True
    )
    assert [type(one) for one in found] == [DiskError, DiskError]
    assert made(trees) == []


async def test_fault_of_ours_reaches_every_caller(trees):
    """So the runner ends, as with a single one."""
    grouping = Grouping(trees)
    fault = ZeroDivisionError("ours")
    found = await asyncio.gather(
        grouping.write(adding(trees, "a")),
        grouping.write(adding(trees, "b", fails=fault)),
        return_exceptions=True,
    )
    assert found == [fault, fault]
    assert made(trees) == []

"""Those who wait for the one writer share a transaction, and still stand alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import IntegrityError

from u1tray.server.changes.notes import note
from u1tray.server.changes.values import Change, Kind
from u1tray.server.storage.directory import open_directory
from u1tray.server.storage.metadata.schema import facts
from u1tray.server.storage.workers import Workers

pytestmark = pytest.mark.core

COUNT = 20


@pytest.fixture
def workers(data: Path) -> Iterator[Workers]:
    database, _ = open_directory(data, {}, create=True)
    made = Workers(database)
    yield made
    made.close()


def add(connection: Connection, name: str, *, then: str = "") -> int:
    """Adds a fact and notes a change; then nothing, a refusal, or an error of the database."""
    connection.execute(insert(facts).values(name=name, value=b""))
    note(connection, Change(Kind.GENERATION, 1, 1, name, 1))
    if then == "refuse":
        raise ValueError(name)
    if then == "break":
        connection.execute(insert(facts).values(name=name, value=b""))
    return len(name)


def names(connection: Connection) -> set[str]:
    return set(connection.execute(select(facts.c.name).where(facts.c.name.like("n%"))).scalars())


async def outcomes(workers: Workers, *thens: str) -> list[Any]:
    """Of that many additions at once: `n0`, `n1`, ..."""
    waiting = (workers.write(add, f"n{n}", then=then) for n, then in enumerate(thens))
    return await asyncio.gather(*waiting, return_exceptions=True)


async def test_writes_at_once_are_few_transactions(workers: Workers) -> None:
    """That is what it is for: one commit serves all who waited."""
    commits: list[int] = []
    workers.database.on_committed.append(lambda changes: commits.append(len(changes)))
    assert await outcomes(workers, *[""] * COUNT) == [len(f"n{n}") for n in range(COUNT)]
    assert sum(commits) == COUNT
    assert len(commits) <= 2


async def test_refused_work_undoes_only_itself(workers: Workers) -> None:
    """What it changed and noted is gone; the others' is committed."""
    told: list[str | None] = []
    workers.database.on_committed.append(
        lambda changes: told.extend(change.path for change in changes)
    )
    found = await outcomes(workers, "", "refuse", "")
    assert [type(one) for one in found] == [int, ValueError, int]
    assert await workers.read(names) == {"n0", "n2"}
    assert told == ["n0", "n2"]


async def test_error_of_the_database_hits_only_whose_it_is(workers: Workers) -> None:
    """It may have undone all, so everybody's work is done again, alone."""
    found = await outcomes(workers, "", "break", "", "refuse", "")
    assert [type(one) for one in found] == [int, IntegrityError, int, ValueError, int]
    assert await workers.read(names) == {"n0", "n2", "n4"}


async def test_commit_that_fails_hits_only_whose_fault_it_is(workers: Workers) -> None:
    """Nobody is told that something is stored which is not."""

    def orphan(connection: Connection) -> None:
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        connection.execute(text("INSERT INTO small_contents (content_id, data) VALUES (99, x'')"))

    waiting = [workers.write(orphan), workers.write(add, "n0")]
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in found] == [IntegrityError, int]
    assert await workers.read(names) == {"n0"}


async def test_who_gives_up_disturbs_nobody(workers: Workers) -> None:
    """Work that nobody waits for any more is done all the same."""
    waiting = [asyncio.ensure_future(workers.write(add, f"n{n}")) for n in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert {"n0", "n2"} <= await workers.find(names)


async def test_look_after_a_write_sees_it(workers: Workers) -> None:
    """Whoever shares a snapshot gets one that began after it asked (REST contract, 2.1)."""

    async def one(number: int) -> bool:
        await workers.write(add, f"n{number}")
        return f"n{number}" in await workers.find(names)

    assert all(await asyncio.gather(*(one(number) for number in range(COUNT))))

"""The queries on the way of requests find their rows by an index, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from u1tray.server.files.values import Volume, VolumeType
from u1tray.server.storage.directory import open_directory
from u1tray.server.storage.metadata import contents, nodes, tombstones, volumes

pytestmark = pytest.mark.core

DOCS = Volume(1, 1, b"u" * 16, "~/Docs", VolumeType.UDF, 5, 0.0)


@pytest.fixture
def connection(data: Path) -> Iterator[Connection]:
    database, _ = open_directory(data, {}, create=True)
    with database.writing() as opened:
        yield opened
    database.close()


def plan(connection: Connection, query: Any) -> str:
    """What SQLite does for all statements of a function."""
    statements: list[str] = []
    driver: Any = connection.connection.driver_connection
    driver.set_trace_callback(statements.append)
    query(connection)
    driver.set_trace_callback(None)
    assert statements
    lines = []
    for statement in statements:
        lines += [row[3] for row in driver.execute("EXPLAIN QUERY PLAN " + statement)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "query",
    [
        lambda c: nodes.by_id(c, 1),
        lambda c: nodes.child(c, 1, "a"),
        lambda c: nodes.children(c, 1),
        lambda c: list(nodes.since(c, 1, 5)),
        lambda c: nodes.public(c, 1),
        lambda c: nodes.by_public_id(c, b"x"),
        lambda c: nodes.bury(c, 1, "/a"),
        lambda c: nodes.volume_size(c, 1),
        lambda c: contents.by_sha256(c, b"x"),
        lambda c: contents.of_sha1(c, b"x", 1),
        lambda c: contents.with_data(c, 1),
        lambda c: volumes.of_account(c, 1),
        lambda c: volumes.by_path(c, 1, "~/Docs"),
        lambda c: volumes.containing(c, 1, "~/Docs/a"),
        lambda c: volumes.bury(c, DOCS),
        lambda c: tombstones.forget(c, 5.0),
        lambda c: tombstones.forgotten_generation(c, 1),
    ],
    ids=lambda query: ",".join(name for name in query.__code__.co_names),
)
def test_query_scans_no_table(connection: Connection, query: Any) -> None:
    """Only its own recursive or computed tables may be scanned."""
    for line in plan(connection, query).splitlines():
        if line.startswith("SCAN"):
            assert line.split()[1] in ("tree", "anon_1", "CONSTANT"), line

"""Damage below the rows: the database file itself, and indexes that rules rely on."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Index, inspect
from sqlalchemy.exc import DBAPIError

from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.metadata.schema import metadata

_SOUND = "ok"


def faults_of_file(connection: Connection, *, is_full: bool) -> list[str]:
    """What SQLite says is damaged in its file; nothing for a database that looks after itself."""
    if connection.dialect.name != "sqlite":
        return []
    pragma = "integrity_check(20)" if is_full else "quick_check(20)"
    try:
        found = connection.exec_driver_sql(f"PRAGMA {pragma}").scalars().all()
    except DBAPIError as error:
        return [str(error.orig)]
    return [line for text in found for line in str(text).splitlines() if line != _SOUND]


def mend_file(database: Database) -> None:
    """Build SQLite's indexes anew from the tables. What else is damaged only a backup mends."""
    with database.writing() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("REINDEX")


def missing_indexes(connection: Connection) -> Iterator[Index]:
    """Indexes of the schema that the database has not."""
    inspector = inspect(connection)
    for table in metadata.sorted_tables:
        known = {index["name"] for index in inspector.get_indexes(table.name)}
        yield from sorted(
            (index for index in table.indexes if index.name not in known),
            key=lambda index: str(index.name),
        )


def add_index(database: Database, name: str) -> None:
    """Build a missing index."""
    with database.writing() as connection:
        for index in missing_indexes(connection):
            if index.name == name:
                index.create(connection)

"""Statements on the way of every request, run on the driver's own cursor.

SQLAlchemy composes them and knows their dialects; running them through it costs 60 us each, the
driver alone 8 us (measured on SQLite). Values and rows are the driver's: booleans may be 0 and 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, cast

from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.base import Executable

# The driver's own way is `?`; names need no order.
_NAMED_SQLITE = sqlite.dialect(paramstyle="named")


class Cursor(Protocol):
    """What both drivers' cursors can do."""

    rowcount: int

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row."""

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows that are left."""

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """The rows that are left, one by one."""


class Statement:
    """One statement, compiled once a dialect."""

    def __init__(self, clause: Executable) -> None:
        self._clause = clause
        self._compiled: dict[str, tuple[str, dict[str, Any]]] = {}

    def run(self, connection: Connection, **values: Any) -> Cursor:
        """The cursor of the statement with these values. Raises DBAPIError."""
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = self._compile(dialect)
        text, constants = compiled
        return _execute(connection, text, {**constants, **values})

    def one(self, connection: Connection, **values: Any) -> tuple[Any, ...] | None:
        """The only row, or None."""
        return self.run(connection, **values).fetchone()

    def _compile(self, dialect: Dialect) -> tuple[str, dict[str, Any]]:
        """The text, and the values that stand in the clause itself."""
        named = _NAMED_SQLITE if dialect.name == "sqlite" else dialect
        compiled = cast(Any, self._clause).compile(dialect=named)
        values: dict[str, Any] = compiled.params
        return str(compiled), {name: value for name, value in values.items() if value is not None}


def run_text(connection: Connection, text: str, **values: Any) -> Cursor:
    """The cursor of a text in the way of one driver, `%(name)s` or `:name`. Raises DBAPIError."""
    return _execute(connection, text, values)


def command(connection: Connection, text: str) -> None:
    """Run a text without values. Raises DBAPIError."""
    _execute(connection, text, {})


def _execute(connection: Connection, text: str, values: dict[str, Any]) -> Cursor:
    driver = cast(Any, connection.connection.driver_connection)
    dialect = connection.dialect
    try:
        return cast(Cursor, driver.execute(text, values))
    except dialect.loaded_dbapi.Error as error:
        is_lost = dialect.is_disconnect(cast(Any, error), driver, None)
        if is_lost:
            connection.invalidate(error)
        raise _wrapped(error, dialect, is_lost=is_lost) from error


def _wrapped(error: Exception, dialect: Dialect, *, is_lost: bool) -> BaseException:
    """A driver's error as SQLAlchemy would raise it, without the parameters."""
    wrapped = DBAPIError.instance(
        None,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=dialect,
    )
    assert isinstance(wrapped, BaseException)
    return wrapped

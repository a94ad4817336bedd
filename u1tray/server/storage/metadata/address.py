"""Where the metadata is: the value of `database_url`. No message here shows the URL: it may hold
a password."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_DRIVER = "postgresql+psycopg"
_SCHEMES = ("postgresql", "postgres", _DRIVER)
_FORM = "write postgresql://user:password@host/database"


def parse_database_url(text: str) -> URL:
    """The URL of a PostgreSQL database; its repr hides the password. Raises ValueError."""
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        message = f"not the URL of a database: {_FORM}"
        raise ValueError(message) from None
    if url.drivername not in _SCHEMES:
        message = f"only PostgreSQL can be named by a URL: {_FORM}"
        raise ValueError(message)
    if not url.database:
        message = f"the URL names no database: {_FORM}"
        raise ValueError(message)
    url = url.set(drivername=_DRIVER)
    _check_options(url)
    return url


def _check_options(url: URL) -> None:
    """Refuse options in the URL's query that the driver does not know."""
    psycopg = _driver()
    # The driver's own reader, before anybody waits for a connection.
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    unknown = sorted(set(url.query) - known)
    if unknown:
        message = f"the URL has an unknown option {unknown[0]!r}"
        raise ValueError(message)


def _driver() -> Any:
    try:
        import psycopg  # noqa: PLC0415 - only who uses PostgreSQL needs it
    except ImportError:
        message = "the driver of PostgreSQL is missing: run pip install 'u1tray[postgresql]'"
        raise ValueError(message) from None
    return psycopg

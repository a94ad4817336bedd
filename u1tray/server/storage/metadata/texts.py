"""Column types of texts: compared and sorted by code point in every database (REST contract, 3).

SQLite does so anyway; PostgreSQL would follow the language that its cluster was made for.
"""

from __future__ import annotations

import sqlalchemy
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

Text: TypeEngine[str] = sqlalchemy.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def String(length: int) -> TypeEngine[str]:  # noqa: N802 - stands for SQLAlchemy's
    """The type of a text of at most so many characters."""
    return sqlalchemy.String(length).with_variant(
        postgresql.VARCHAR(length, collation="C"), "postgresql"
    )

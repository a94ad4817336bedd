"""The tables, as the newest migration leaves them. Times are Unix seconds."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

REVISION = "0001"  # the newest migration; a test compares it with the migrations themselves

metadata = MetaData()

# Facts about this database as a whole, such as the proof of the server key it was made with.
facts = Table(
    "facts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False, unique=True),
    Column("visible_name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("consumer_key", String(64), nullable=False, unique=True),
    Column("sealed_consumer_secret", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("quota_bytes", BigInteger),
    Column("used_bytes", BigInteger, nullable=False, server_default="0"),
    Column("created_at", Double, nullable=False),
    CheckConstraint("id BETWEEN 1 AND 2147483647", name="account_id_range"),
    CheckConstraint("used_bytes >= 0", name="used_bytes_range"),
    sqlite_autoincrement=True,
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("key", String(128), nullable=False, unique=True),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("last_used_at", Double),
    Column("pinged_at", Double),
    Column("revoked_at", Double),
)
# An account has one unrevoked token of a name (REST contract, 14).
Index(
    "tokens_by_name",
    tokens.c.account_id,
    tokens.c.name,
    unique=True,
    sqlite_where=tokens.c.revoked_at.is_(None),
    postgresql_where=tokens.c.revoked_at.is_(None),
)

nonces = Table(
    "nonces",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires_at", Double, nullable=False, index=True),
    sqlite_with_rowid=False,
)

password_attempts = Table(
    "password_attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject", LargeBinary(32), nullable=False),
    Column("at", Double, nullable=False, index=True),
    Index("password_attempts_by_subject", "subject", "at"),
)

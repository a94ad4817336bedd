"""Accounts, tokens, second factors, nonces and password attempts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from u1tray.server.storage.metadata.texts import String, Text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "facts",
        sa.Column("name", String(64), primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    _create_accounts()
    _create_tokens()
    _create_web_sessions()
    _create_two_factor()
    op.create_table(
        "nonces",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("expires_at", sa.Double, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_nonces_expires_at", "nonces", ["expires_at"])
    op.create_table(
        "password_attempts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("subject", sa.LargeBinary(32), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
    )
    op.create_index("ix_password_attempts_at", "password_attempts", ["at"])
    op.create_index("password_attempts_by_subject", "password_attempts", ["subject", "at"])


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", Text, nullable=False),
        sa.Column("email_key", Text, nullable=False, unique=True),
        sa.Column("visible_name", Text, nullable=False),
        sa.Column("password_hash", Text, nullable=False),
        sa.Column("consumer_key", String(64), nullable=False, unique=True),
        sa.Column("sealed_consumer_secret", sa.LargeBinary, nullable=False),
        sa.Column("state", String(16), nullable=False),
        sa.Column("quota_bytes", sa.BigInteger),
        sa.Column("used_bytes", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.CheckConstraint("id BETWEEN 1 AND 2147483647", name="account_id_range"),
        sa.CheckConstraint("used_bytes >= 0", name="used_bytes_range"),
        sqlite_autoincrement=True,
    )


def _create_tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", String(64), primary_key=True),
        sa.Column(
            "account_id",
            sa.Integer,
            sa.ForeignKey("accounts.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("key", String(128), nullable=False, unique=True),
        sa.Column("sealed_secret", sa.LargeBinary, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.Column("last_used_at", sa.Double),
        sa.Column("pinged_at", sa.Double),
        sa.Column("revoked_at", sa.Double),
    )
    unrevoked = sa.text("revoked_at IS NULL")
    op.create_index(
        "tokens_by_name",
        "tokens",
        ["account_id", "name"],
        unique=True,
        sqlite_where=unrevoked,
        postgresql_where=unrevoked,
    )


def _create_two_factor() -> None:
    op.create_table(
        "two_factor",
        _account_column(),
        sa.Column("sealed_secret", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("confirmed_at", sa.Double),
        sa.Column("last_step", sa.BigInteger),
    )
    op.create_table(
        "recovery_codes",
        _account_column(),
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("used_at", sa.Double),
        sqlite_with_rowid=False,
    )


def _account_column() -> sa.Column[int]:
    account = sa.ForeignKey("accounts.id", ondelete="CASCADE")
    return sa.Column("account_id", sa.Integer, account, primary_key=True)


def _create_web_sessions() -> None:
    op.create_table(
        "web_sessions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("id_hash", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column(
            "account_id",
            sa.Integer,
            sa.ForeignKey("accounts.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("stage", String(8), nullable=False),
        sa.Column("password_mark", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("seen_at", sa.Double, nullable=False),
        sa.Column("agent", Text, nullable=False),
        sa.Column("notice", Text),
        sqlite_autoincrement=True,
    )
    for column in ("account_id", "created_at", "seen_at"):
        op.create_index(f"ix_web_sessions_{column}", "web_sessions", [column])

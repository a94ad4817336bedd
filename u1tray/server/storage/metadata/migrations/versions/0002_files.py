"""Volumes, nodes and contents; every account gets its root volume."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

from u1tray.server.storage.metadata.texts import String, Text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, then the volumes of accounts that are there already."""
    _create_volumes()
    _create_contents()
    _create_nodes()
    _index_nodes()
    _create_roots()
    _create_deletions()
    _create_uploads()


def _create_volumes() -> None:
    op.create_table(
        "volumes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "account_id",
            sa.Integer,
            sa.ForeignKey("accounts.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("uuid", sa.LargeBinary(16), nullable=False),
        sa.Column("path", Text, nullable=False),
        sa.Column("type", String(8), nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("forgotten_generation", sa.Integer, nullable=False, server_default="0"),
        sa.CheckConstraint("generation BETWEEN 0 AND 2147483647", name="volume_generation_range"),
        sqlite_autoincrement=True,
    )
    op.create_index("volumes_by_path", "volumes", ["account_id", "path"], unique=True)


def _create_contents() -> None:
    op.create_table(
        "contents",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("sha1", sa.LargeBinary(20), nullable=False),
        sa.Column("magic", sa.LargeBinary(20), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("is_inline", sa.Boolean, nullable=False),
        sa.Column("stored_at", sa.Double, nullable=False),
        sa.Column("unused_since", sa.Double),
        sqlite_autoincrement=True,
    )
    op.create_index("contents_by_sha1", "contents", ["sha1"])
    unused = sa.text("unused_since IS NOT NULL")
    op.create_index(
        "contents_unused",
        "contents",
        ["unused_since"],
        sqlite_where=unused,
        postgresql_where=unused,
    )
    op.create_table(
        "doomed_blobs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("doomed_at", sa.Double, nullable=False),
        sa.Column("gone_at", sa.Double),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "small_contents",
        sa.Column(
            "content_id",
            sa.Integer,
            sa.ForeignKey("contents.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )


def _create_nodes() -> None:
    op.create_table(
        "nodes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("uuid", sa.LargeBinary(16), nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column(
            "volume_id", sa.Integer, sa.ForeignKey("volumes.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("parent_id", sa.Integer),
        sa.Column("name", Text, nullable=False),
        sa.Column("kind", String(16), nullable=False),
        sa.Column("is_live", sa.Boolean, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("generation_created", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("changed_at", sa.Double, nullable=False),
        sa.Column("content_id", sa.Integer, sa.ForeignKey("contents.id")),
        sa.Column("sha1", sa.LargeBinary(20)),
        sa.Column("size", sa.BigInteger),
        sa.Column("public_id", sa.LargeBinary(16)),
        sa.Column("last_path", Text),
        sqlite_autoincrement=True,
    )


def _index_nodes() -> None:
    op.create_index(
        "nodes_by_name",
        "nodes",
        ["parent_id", "name"],
        unique=True,
        sqlite_where=sa.text("is_live = 1"),
        postgresql_where=sa.text("is_live"),
    )
    op.create_index("nodes_by_generation", "nodes", ["volume_id", "generation"])
    op.create_index(
        "nodes_dead",
        "nodes",
        ["changed_at"],
        sqlite_where=sa.text("is_live = 0"),
        postgresql_where=sa.text("NOT is_live"),
    )
    for name, columns, unique, condition in (
        ("nodes_root", ["volume_id"], True, "parent_id IS NULL"),
        ("nodes_by_content", ["content_id", "account_id"], False, "content_id IS NOT NULL"),
        ("nodes_by_public_id", ["public_id"], True, "public_id IS NOT NULL"),
        ("nodes_public_of_account", ["account_id"], False, "public_id IS NOT NULL"),
    ):
        where = sa.text(condition)
        op.create_index(
            name, "nodes", columns, unique=unique, sqlite_where=where, postgresql_where=where
        )


def _create_roots() -> None:
    connection = op.get_bind()
    accounts = connection.execute(sa.text("SELECT id, created_at FROM accounts")).all()
    for account_id, created_at in accounts:
        connection.execute(
            sa.text(
                "INSERT INTO volumes (account_id, uuid, path, type, generation, created_at)"
                " VALUES (:account, :uuid, '~/Ubuntu One', 'root', 0, :at)"
            ),
            {"account": account_id, "uuid": uuid.uuid4().bytes, "at": created_at},
        )
        connection.execute(
            sa.text(
                "INSERT INTO nodes (uuid, account_id, volume_id, name, kind, is_live, generation,"
                " generation_created, created_at, changed_at)"
                " SELECT :uuid, account_id, id, '', 'directory', :live, 0, 0, :at, :at"
                " FROM volumes WHERE account_id = :account"
            ),
            {
                "account": account_id,
                "uuid": uuid.uuid4().bytes,
                "live": True,
                "at": created_at,
            },
        )


def _create_deletions() -> None:
    op.create_table(
        "deletions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "account_id",
            sa.Integer,
            sa.ForeignKey("accounts.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("volume_path", Text, nullable=False),
        sa.Column("path", Text, nullable=False),
        sa.Column("deleted_at", sa.Double, nullable=False),
        sa.Column("volume_id", sa.Integer),
        sa.Column("volume_size", sa.BigInteger),
        sa.Column("target", Text),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deletions_deleted_at", "deletions", ["deleted_at"])
    op.create_index("deletions_of_account", "deletions", ["account_id", "deleted_at"])
    op.create_table(
        "deleted_nodes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "deletion_id",
            sa.Integer,
            sa.ForeignKey("deletions.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("path", Text, nullable=False),
        sa.Column("kind", String(16), nullable=False),
        sa.Column("content_id", sa.Integer, sa.ForeignKey("contents.id")),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("changed_at", sa.Double, nullable=False),
    )
    op.create_index("ix_deleted_nodes_deletion_id", "deleted_nodes", ["deletion_id"])
    held = sa.text("content_id IS NOT NULL")
    op.create_index(
        "deleted_nodes_by_content",
        "deleted_nodes",
        ["content_id"],
        sqlite_where=held,
        postgresql_where=held,
    )


def _create_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", String(64), primary_key=True),
        sa.Column(
            "account_id",
            sa.Integer,
            sa.ForeignKey("accounts.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("target", Text, nullable=False),
        sa.Column("if_match", Text),
        sa.Column("if_none_match", Text),
        sa.Column("length", sa.BigInteger, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("holder", String(64)),
        sa.Column("held_until", sa.Double),
        sa.CheckConstraint("received BETWEEN 0 AND length", name="upload_received_range"),
    )
    op.create_index("ix_uploads_expires_at", "uploads", ["expires_at"])
    op.create_index("uploads_of_account", "uploads", ["account_id", "expires_at"])

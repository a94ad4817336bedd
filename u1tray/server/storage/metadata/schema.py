"""The tables, as the newest migration leaves them. Times are Unix seconds."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    text,
)

from u1tray.server.storage.metadata.texts import String, Text

REVISION = "0002"  # the newest migration; a test compares it with the migrations themselves

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

# The second factor of an account's log-in: on once `confirmed_at` is set. A time step is used up
# by the log-in that showed its code (RFC 6238, 5.2).
two_factor = Table(
    "two_factor",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("confirmed_at", Double),
    Column("last_step", BigInteger),
)

# Each works once, when the device that makes the codes is lost. Only digests are kept.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("used_at", Double),
    sqlite_with_rowid=False,
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

# Who is logged in to the web pages. `id_hash` is of what the cookie holds; `password_mark` ends
# the session when the password changes; `notice` is what the next page says once.
web_sessions = Table(
    "web_sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("id_hash", LargeBinary(32), nullable=False, unique=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("stage", String(8), nullable=False),
    Column("password_mark", LargeBinary(32), nullable=False),
    Column("created_at", Double, nullable=False, index=True),
    Column("seen_at", Double, nullable=False, index=True),
    Column("agent", Text, nullable=False),
    Column("notice", Text),
    sqlite_autoincrement=True,
)

volumes = Table(
    "volumes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("uuid", LargeBinary(16), nullable=False),
    Column("path", Text, nullable=False),
    Column("type", String(8), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    # The highest generation of a tombstone that was forgotten: deltas begin above it or at 0.
    Column("forgotten_generation", Integer, nullable=False, server_default="0"),
    CheckConstraint("generation BETWEEN 0 AND 2147483647", name="volume_generation_range"),
    Index("volumes_by_path", "account_id", "path", unique=True),
    sqlite_autoincrement=True,
)

# Contents are identified by SHA-256. One that nothing names any more may be collected:
# `nodes_by_content` answers that, so no counter can drift. The collector notes in `unused_since`
# when it first saw that.
contents = Table(
    "contents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", LargeBinary(32), nullable=False, unique=True),
    Column("sha1", LargeBinary(20), nullable=False),
    Column("magic", LargeBinary(20), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("is_inline", Boolean, nullable=False),
    Column("stored_at", Double, nullable=False),
    Column("unused_since", Double),
    Index("contents_by_sha1", "sha1"),
    sqlite_autoincrement=True,
)
Index(
    "contents_unused",
    contents.c.unused_since,
    sqlite_where=contents.c.unused_since.is_not(None),
    postgresql_where=contents.c.unused_since.is_not(None),
)

# Blobs that the collector deletes now (`gone_at` is NULL) or has deleted: `storage/garbage.py`.
doomed_blobs = Table(
    "doomed_blobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", LargeBinary(32), nullable=False, unique=True),
    Column("doomed_at", Double, nullable=False),
    Column("gone_at", Double),
    sqlite_autoincrement=True,
)

# The bytes of small contents; larger ones are blobs.
small_contents = Table(
    "small_contents",
    metadata,
    Column("content_id", ForeignKey("contents.id", ondelete="CASCADE"), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

# Live nodes and tombstones. `parent_id` has no foreign key: a tombstone may outlive its parent's,
# and SQLite would need one more index for it. `account_id` repeats the volume's.
nodes = Table(
    "nodes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uuid", LargeBinary(16), nullable=False),
    Column("account_id", Integer, nullable=False),
    Column("volume_id", ForeignKey("volumes.id", ondelete="CASCADE"), nullable=False),
    Column("parent_id", Integer),
    Column("name", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("is_live", Boolean, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("generation_created", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("content_id", ForeignKey("contents.id")),
    # Kept beside the content's, because a tombstone shows them still.
    Column("sha1", LargeBinary(20)),
    Column("size", BigInteger),
    Column("public_id", LargeBinary(16)),
    Column("last_path", Text),
    sqlite_autoincrement=True,
)
Index(
    "nodes_by_name",
    nodes.c.parent_id,
    nodes.c.name,
    unique=True,
    sqlite_where=text("is_live = 1"),
    postgresql_where=text("is_live"),
)
Index(
    "nodes_root",
    nodes.c.volume_id,
    unique=True,
    sqlite_where=nodes.c.parent_id.is_(None),
    postgresql_where=nodes.c.parent_id.is_(None),
)
Index("nodes_by_generation", nodes.c.volume_id, nodes.c.generation)
# Tombstones, by when they may be forgotten.
Index(
    "nodes_dead",
    nodes.c.changed_at,
    sqlite_where=text("is_live = 0"),
    postgresql_where=text("NOT is_live"),
)
Index(
    "nodes_by_content",
    nodes.c.content_id,
    nodes.c.account_id,
    sqlite_where=nodes.c.content_id.is_not(None),
    postgresql_where=nodes.c.content_id.is_not(None),
)
Index(
    "nodes_by_public_id",
    nodes.c.public_id,
    unique=True,
    sqlite_where=nodes.c.public_id.is_not(None),
    postgresql_where=nodes.c.public_id.is_not(None),
)
Index(
    "nodes_public_of_account",
    nodes.c.account_id,
    sqlite_where=nodes.c.public_id.is_not(None),
    postgresql_where=nodes.c.public_id.is_not(None),
)

# What was deleted on the web pages and can be brought back for a while. Contents that are named
# in `deleted_nodes` must not be collected.
deletions = Table(
    "deletions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("volume_path", Text, nullable=False),
    Column("path", Text, nullable=False),  # inside the volume; `/` for all of it
    Column("deleted_at", Double, nullable=False, index=True),
    # The deleted volume, which waits, and the bytes of its files; `deleted_nodes` has the rest.
    Column("volume_id", Integer),
    Column("volume_size", BigInteger),
    Column("target", Text),  # inside the volume: where it is being planted again
    Index("deletions_of_account", "account_id", "deleted_at"),
    sqlite_autoincrement=True,
)
deleted_nodes = Table(
    "deleted_nodes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column(
        "deletion_id", ForeignKey("deletions.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("path", Text, nullable=False),  # below the deleted node; empty for itself
    Column("kind", String(16), nullable=False),
    Column("content_id", ForeignKey("contents.id")),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
)
Index(
    "deleted_nodes_by_content",
    deleted_nodes.c.content_id,
    sqlite_where=deleted_nodes.c.content_id.is_not(None),
    postgresql_where=deleted_nodes.c.content_id.is_not(None),
)

# Open resumable uploads (REST contract, 16.3). `received` is what is on stable storage; expired
# ones stay known for a while. `holder` appends to it now, where no lock of a file says so.
uploads = Table(
    "uploads",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("target", Text, nullable=False),  # such as `~/Docs/a.txt`
    Column("if_match", Text),
    Column("if_none_match", Text),
    Column("length", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
    Column("holder", String(64)),
    Column("held_until", Double),
    CheckConstraint("received BETWEEN 0 AND length", name="upload_received_range"),
    Index("uploads_of_account", "account_id", "expires_at"),
)

"""The tables of a volume's three trees and of what is remembered of them beside.

States of the trees that must not exist cannot be written: a node needs its parent and a name of
its own in it; a node belongs to one entry at most.
"""

from __future__ import annotations

import sqlite3

VERSION = 2
LARGE_BYTES = 1 << 16  # contents worth finding again
# The copies that conflicts leave: `core.conflict_names`, and maybe some more.
CONFLICTING = f"instr(name, x'{b' (conflict '.hex()}') > 0"

_NODE = """
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    parent INTEGER REFERENCES {table}(id) DEFERRABLE INITIALLY DEFERRED,
    name BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('file', 'directory')),
    sha1 BLOB,
    size INTEGER"""
_CHECKS = """
    CHECK ((sha1 IS NULL) = (size IS NULL)),
    CHECK (kind = 'file' OR sha1 IS NULL)"""

_TABLES = f"""
CREATE TABLE local_nodes ({_NODE.format(table="local_nodes")},
    device INTEGER, inode INTEGER, bytes INTEGER, mtime_ns INTEGER, ctime_ns INTEGER,{_CHECKS}
);
CREATE UNIQUE INDEX local_by_name ON local_nodes (parent, name);
CREATE INDEX local_by_inode ON local_nodes (inode) WHERE inode IS NOT NULL;
CREATE INDEX local_conflicts ON local_nodes (id) WHERE {CONFLICTING};

CREATE TABLE remote_nodes ({_NODE.format(table="remote_nodes")},
    key TEXT NOT NULL UNIQUE, generation INTEGER NOT NULL DEFAULT 0, changed_at REAL,{_CHECKS}
);
CREATE UNIQUE INDEX remote_by_name ON remote_nodes (parent, name);
CREATE INDEX remote_by_content ON remote_nodes (sha1) WHERE size > {LARGE_BYTES};
CREATE INDEX remote_by_generation ON remote_nodes (generation);

CREATE TABLE entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    parent INTEGER REFERENCES entries(id) DEFERRABLE INITIALLY DEFERRED,
    name BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('file', 'directory')),
    sha1 BLOB,
    size INTEGER,
    local INTEGER UNIQUE REFERENCES local_nodes(id) ON DELETE SET NULL,
    remote INTEGER UNIQUE REFERENCES remote_nodes(id) ON DELETE SET NULL,
    revived INTEGER NOT NULL DEFAULT 0,
    CHECK ((parent IS NULL) = (id = 1))
);
CREATE INDEX entries_by_parent ON entries (parent);

-- Contents on their way up: whoever finds one in the cloud after a crash knows whose it is.
CREATE TABLE sent (
    local INTEGER NOT NULL REFERENCES local_nodes(id) ON DELETE CASCADE,
    sha1 BLOB NOT NULL, size INTEGER NOT NULL,
    PRIMARY KEY (local, sha1, size)
) WITHOUT ROWID;

CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Losses that a person has seen, in which answer (a number), and whether they are meant.
CREATE TABLE shown (
    entry INTEGER PRIMARY KEY REFERENCES entries(id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    meant INTEGER NOT NULL DEFAULT 0
);

-- Deletions of the last minutes that were begun; those whose node is still there are not done.
CREATE TABLE deletions (
    side TEXT NOT NULL, node INTEGER NOT NULL, files INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (side, node)
) WITHOUT ROWID;

CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    side TEXT NOT NULL,
    deed TEXT NOT NULL,
    kind TEXT NOT NULL,
    path BLOB NOT NULL,
    target BLOB,
    node INTEGER,
    old_sha1 BLOB, old_size INTEGER,
    new_sha1 BLOB, new_size INTEGER,
    inode INTEGER, mtime_ns INTEGER,
    done INTEGER NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0
);
"""


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables where there are none. Raises sqlite3.DatabaseError for another version."""
    connection.execute("PRAGMA foreign_keys=ON")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        connection.executescript(f"BEGIN;{_TABLES}PRAGMA user_version={VERSION};COMMIT;")
    elif version != VERSION:
        message = f"made by another version of this program ({version})"
        raise sqlite3.DatabaseError(message)

"""Observations of the cloud in the store: a delta, or a whole tree, in one transaction.

Nodes are placed by their keys after all of them were read, because on the way two may seem to
have one name (REST contract, 9 and 20). What we did ourselves after that answer is newer, by its
generation. Call inside of `TreeStore.changing`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from u1tray.engine.core.values import NOWHERE, Content, Kind, Side, Subject
from u1tray.engine.store.columns import KIND_TEXTS, columns_of
from u1tray.engine.store.trees import TreeStore

_INCOMING = """
CREATE TEMP TABLE IF NOT EXISTS incoming (
    key TEXT PRIMARY KEY, parent_key TEXT, name BLOB NOT NULL,
    kind TEXT NOT NULL, sha1 BLOB, size INTEGER, generation INTEGER NOT NULL,
    is_live INTEGER NOT NULL, changed_at REAL
)"""
_INSERT = (
    "INSERT OR REPLACE INTO incoming"
    " (key, parent_key, name, kind, sha1, size, generation, is_live, changed_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

# What is known and goes, or comes to stand elsewhere, gives its name free first.
_MOVING = """
SELECT n.id FROM incoming i JOIN remote_nodes n ON n.key = i.key
    LEFT JOIN remote_nodes p ON p.id = n.parent
    WHERE n.parent IS NOT NULL AND i.generation >= n.generation
        AND (NOT i.is_live OR n.name <> i.name OR p.key IS NOT i.parent_key)
"""
_NEW = """
SELECT i.key, i.kind FROM incoming i
    WHERE i.is_live AND i.kind <> ?
        AND NOT EXISTS (SELECT 1 FROM remote_nodes n WHERE n.key = i.key)
"""
# At once, where the directory is known; it may still be without its name.
_ADD_FILES = """
INSERT INTO remote_nodes (parent, name, kind, sha1, size, key, generation, changed_at)
    SELECT p.id, i.name, i.kind, i.sha1, i.size, i.key, i.generation, i.changed_at
    FROM incoming i JOIN remote_nodes p ON p.key = i.parent_key
    WHERE i.is_live AND i.kind = 'file'
        AND NOT EXISTS (SELECT 1 FROM remote_nodes n WHERE n.key = i.key)
"""
_KNOWN = """
SELECT n.id, p.id, i.name, i.sha1, i.size, i.generation, i.changed_at
    FROM incoming i JOIN remote_nodes n ON n.key = i.key
    LEFT JOIN remote_nodes p ON p.key = i.parent_key
    WHERE i.is_live AND n.parent IS NOT NULL AND i.generation >= n.generation
        AND (n.parent IS NOT p.id OR n.name <> i.name OR n.sha1 IS NOT i.sha1
            OR n.size IS NOT i.size OR n.generation <> i.generation)
"""
_DEAD = """
SELECT n.id FROM incoming i JOIN remote_nodes n ON n.key = i.key
    WHERE NOT i.is_live AND n.parent IS NOT NULL AND i.generation >= n.generation
"""
_UNSEEN = """
SELECT n.id FROM remote_nodes n WHERE n.parent IS NOT NULL AND n.generation <= ?
    AND NOT EXISTS (SELECT 1 FROM incoming i WHERE i.key = n.key)
"""

_ALL = "SELECT id, key, generation, sha1, size FROM remote_nodes WHERE parent IS NOT NULL"
_KEYS_ABOVE = """
WITH RECURSIVE above(id) AS (SELECT ? UNION ALL
    SELECT n.parent FROM remote_nodes n JOIN above ON n.id = above.id WHERE n.parent IS NOT NULL)
SELECT key FROM remote_nodes WHERE id IN (SELECT id FROM above)
"""


class Incoming(NamedTuple):
    """A node on its way in; `changed_at` in Unix seconds where the cloud tells."""

    key: str
    parent_key: str | None
    name: str
    kind: Kind
    content: Content | None
    generation: int
    is_live: bool = True
    changed_at: float | None = None


class OutOfDateError(Exception):
    """An answer does not fit what is known by now: another one has to be asked for."""


class Intake:
    """Collects the nodes of an answer, then makes them the remote tree."""

    def __init__(self, trees: TreeStore) -> None:
        """Starts with nothing."""
        self._trees = trees
        self._run = trees.connection.execute
        self._run(_INCOMING)
        self._run("DELETE FROM incoming")

    def add(self, nodes: Iterable[Incoming]) -> None:
        """Take in nodes; of one that comes twice, the last counts."""
        self._trees.connection.executemany(
            _INSERT,
            (
                (
                    node.key,
                    node.parent_key,
                    node.name.encode(),
                    KIND_TEXTS[node.kind],
                    *columns_of(node.content),
                    node.generation,
                    node.is_live,
                    node.changed_at,
                )
                for node in nodes
            ),
        )

    def tells_all(self, nodes: Sequence[Incoming], answered: int) -> bool:
        """Whether nodes from generation 0 on, deleted ones among them, are the known ones.

        None is left out, and what the cloud had answered up to the generation `answered`, before
        it was asked for these, is what it was, content included: the answer to a move tells the
        generation of a content that was not asked for. A cloud that was restored since, and
        changed by somebody else, could not be told from the one that was known.
        """
        told = {node.key: (node.generation, columns_of(node.content)) for node in nodes}
        dead = {node.key for node in nodes if not node.is_live}

        def is_told(
            node_id: int, key: str, generation: int, sha1: bytes | None, size: int | None
        ) -> bool:
            if key in told and key not in dead and generation <= answered:
                return told[key] == (generation, (sha1, size))
            return key in told or bool(dead.intersection(self._keys_above(node_id)))

        return all(is_told(*row) for row in self._run(_ALL).fetchall())

    def _keys_above(self, node_id: int) -> list[str]:
        return [row[0] for row in self._run(_KEYS_ABOVE, (node_id,))]

    def finish(self, generation: int, *, is_whole: bool) -> None:
        """Make them the tree; in a whole one, what did not come is gone.

        Raises OutOfDateError; then the transaction has to be undone.
        """
        gone = [row[0] for row in self._run(_UNSEEN, (generation,))] if is_whole else []
        for node_id in [*gone, *(row[0] for row in self._run(_MOVING))]:
            self._trees.set_free(node_id)
        try:
            self._add_new(but=Kind.FILE)
            self._add_files()
            self._add_new()
            self._place_known()
        except sqlite3.IntegrityError as error:
            raise OutOfDateError(str(error)) from error
        gone.extend(row[0] for row in self._run(_DEAD))
        for node_id in gone:
            # It may have gone with a directory that was above it.
            if self._trees.node(Side.REMOTE, node_id) is not None:
                self._trees.remove(Side.REMOTE, node_id)
        self._run("DELETE FROM incoming")
        self._trees.note("generation", str(generation))

    def _add_new(self, *, but: Kind | None = None) -> None:
        # Below the root and without a name, until every directory is known and every place free.
        root = self._trees.root(Side.REMOTE).id
        for key, kind in self._run(_NEW, ("" if but is None else but.value,)).fetchall():
            self._trees.add(Side.REMOTE, root, f"{NOWHERE}+{key}", Kind(kind), key=key)

    def _add_files(self) -> None:
        (last,) = self._run("SELECT max(id) FROM remote_nodes").fetchone()
        self._run(_ADD_FILES)
        added = self._run("SELECT id FROM remote_nodes WHERE id > ?", (last,))
        self._trees.touched.update(Subject(row[0], Side.REMOTE) for row in added)

    def _place_known(self) -> None:
        for row in self._run(_KNOWN).fetchall():
            node_id, parent, name, sha1, size, generation, changed_at = row
            if parent is None:
                message = f"no directory above node {node_id}"
                raise OutOfDateError(message)
            content = None if sha1 is None else Content(sha1, size)
            self._trees.tell(
                node_id,
                parent,
                name.decode(),
                content,
                generation=generation,
                changed_at=changed_at,
            )

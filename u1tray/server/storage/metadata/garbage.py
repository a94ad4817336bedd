"""What nothing names any more: rows of unused contents, and marks of blobs that are deleted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, text, update

from u1tray.server.files.values import Content, Fingerprint
from u1tray.server.storage.metadata import contents as contents_rows
from u1tray.server.storage.metadata import holds, locks
from u1tray.server.storage.metadata.schema import (
    contents,
    deleted_nodes,
    doomed_blobs,
    facts,
    nodes,
)
from u1tray.server.storage.metadata.statement import Statement
from u1tray.vocabulary.errors import BusyError

# `object_store_timeout` is at most 5 minutes, with its repetitions twice that.
LONGEST_REQUEST_S = 600.0
# A collector has deleted a blob so long after its mark, or was killed.
TAKEOVER_AFTER_S = 900.0
_LAST_RUN = "gc_began_at"
_UNUSED = ~exists(select(1).where(nodes.c.content_id == contents.c.id)).correlate(contents) & ~(
    exists(select(1).where(deleted_nodes.c.content_id == contents.c.id)).correlate(contents)
)


_MARK = Statement(
    select(doomed_blobs.c.id, doomed_blobs.c.doomed_at, doomed_blobs.c.gone_at).where(
        doomed_blobs.c.sha256 == bindparam("sha256")
    )
)
_UNMARK = Statement(delete(doomed_blobs).where(doomed_blobs.c.id == bindparam("id")))


@dataclass(frozen=True)
class Unused:
    """A content that nothing names; `unused_since` is None where nobody noted it yet."""

    id: int
    sha256: bytes
    size: int
    is_inline: bool
    unused_since: float | None


@dataclass(frozen=True)
class Doomed:
    """A blob whose deletion is ours now."""

    id: int
    sha256: bytes


def take(
    connection: Connection,
    fingerprint: Fingerprint,
    data: bytes | None,
    now: float,
    is_stored: Callable[[bytes], bool] | None = None,
) -> Content:
    """The content of a fingerprint, added if it is not there; it stays until the transaction
    ends, and as long as something names it then.

    `data` is None where a blob holds the bytes. `is_stored` looks whether it does still, and is
    asked where a collector has deleted one of the same hash, or was killed over it. Raises
    BusyError where that may have been this one; `storage/garbage.py` says why.
    """
    if data is None:
        found = contents_rows.by_sha256(connection, fingerprint.sha256, keep=True)
        if found is not None:
            return found
        locks.lock(connection, fingerprint.sha256)
        _check_blob(connection, fingerprint.sha256, is_stored, now)
    # It looks by itself: a small one is new more often than not.
    return contents_rows.add(connection, fingerprint, data, now)


def last_id(connection: Connection) -> int:
    """The highest id of a content; 0 without any."""
    return int(connection.execute(select(func.coalesce(func.max(contents.c.id), 0))).scalar_one())


def unused(connection: Connection, first: int, last: int) -> list[Unused]:
    """The unused contents among these ids."""
    c = contents.c
    query = select(c.id, c.sha256, c.size, c.is_inline, c.unused_since)
    found = connection.execute(query.where(c.id.between(first, last), _UNUSED).order_by(c.id))
    return [Unused(*row) for row in found]


def note_unused(connection: Connection, ids: Collection[int], now: float) -> None:
    """Note since when contents are unused, where it is not known."""
    which = contents.c.id.in_(ids) & contents.c.unused_since.is_(None)
    connection.execute(update(contents).where(which, _UNUSED).values(unused_since=now))


def forget_used(connection: Connection) -> None:
    """Forget it of those that are used again."""
    noted = contents.c.unused_since.is_not(None)
    connection.execute(update(contents).where(noted, ~_UNUSED).values(unused_since=None))


def has_noted(connection: Connection) -> bool:
    """Whether `forget_used` may have something to do."""
    query = select(1).where(contents.c.unused_since.is_not(None), ~_UNUSED).limit(1)
    return connection.execute(query).first() is not None


def remove(
    connection: Connection, ids: Collection[int], before: float, now: float
) -> tuple[list[int], list[Doomed]]:
    """Delete rows that are unused since before a moment, and doom their blobs.

    The sizes of what was removed, and the blobs to delete. Rows that somebody names just now
    (their foreign keys hold the row's lock) are left for another time; all are while a backup
    is made.
    """
    if holds.is_held(connection, now):
        return [], []
    c = contents.c
    which = c.id.in_(ids) & (c.unused_since <= before)
    locked = connection.execute(select(c.id).where(which).with_for_update(skip_locked=True))
    # A statement of its own sees what was committed before the locks were ours.
    removal = delete(contents).where(c.id.in_(locked.scalars().all()), _UNUSED)
    removed = connection.execute(removal.returning(c.sha256, c.size, c.is_inline)).all()
    doomed = [_doom(connection, sha256, now) for sha256, _, inline in removed if not inline]
    return [size for _, size, _ in removed], doomed


def known(connection: Connection, hashes: Collection[bytes]) -> set[bytes]:
    """Those of the hashes that are a content's."""
    found = connection.execute(select(contents.c.sha256).where(contents.c.sha256.in_(hashes)))
    return set(map(bytes, found.scalars()))


def doom_orphans(connection: Connection, hashes: Iterable[bytes], now: float) -> list[Doomed]:
    """Those of the blobs whose deletion is ours: no row names them, nobody else deletes them.

    None while a backup is made.
    """
    if holds.is_held(connection, now):
        return []
    free = [sha256 for sha256 in hashes if locks.try_lock(connection, sha256)]
    orphans = sorted(set(free) - known(connection, free))
    busy = select(doomed_blobs.c.sha256).where(
        doomed_blobs.c.sha256.in_(orphans),
        doomed_blobs.c.gone_at.is_(None),
        doomed_blobs.c.doomed_at > now - TAKEOVER_AFTER_S,
    )
    others = set(map(bytes, connection.execute(busy).scalars()))
    return [_doom(connection, sha256, now) for sha256 in orphans if sha256 not in others]


def forsaken(connection: Connection, now: float) -> list[bytes]:
    """The blobs that a collector was to delete when it was killed."""
    query = select(doomed_blobs.c.sha256).where(
        doomed_blobs.c.gone_at.is_(None), doomed_blobs.c.doomed_at <= now - TAKEOVER_AFTER_S
    )
    return [bytes(sha256) for sha256 in connection.execute(query).scalars()]


def note_gone(connection: Connection, done: Iterable[Doomed], now: float) -> None:
    """Note that doomed blobs are deleted."""
    which = doomed_blobs.c.id.in_([doomed.id for doomed in done])
    connection.execute(update(doomed_blobs).where(which).values(gone_at=now))


def give_up(connection: Connection, doomed: Iterable[Doomed]) -> None:
    """Take marks of blobs away whose deletion was not begun."""
    which = doomed_blobs.c.id.in_([one.id for one in doomed])
    connection.execute(delete(doomed_blobs).where(which))


def forget_gone(connection: Connection, before: float) -> None:
    """Forget deletions that were over before a moment."""
    connection.execute(delete(doomed_blobs).where(doomed_blobs.c.gone_at < before))


def claim_run(connection: Connection, now: float, interval_s: float) -> bool:
    """Whether the collection that is due every so often falls to the caller, of all servers."""
    locks.lock(connection, _LAST_RUN.encode())
    last = connection.execute(select(facts.c.value).where(facts.c.name == _LAST_RUN)).scalar()
    if last is not None and now - interval_s < float(last) <= now:
        return False
    connection.execute(delete(facts).where(facts.c.name == _LAST_RUN))
    connection.execute(insert(facts).values(name=_LAST_RUN, value=repr(now).encode()))
    return True


def give_back_space(connection: Connection, pages: int) -> int:
    """Shrink an SQLite file by up to so many pages of nothing; how many are left.

    PostgreSQL does it by itself (autovacuum).
    """
    if connection.dialect.name != "sqlite":
        return 0
    connection.execute(text(f"PRAGMA incremental_vacuum({int(pages)})")).close()
    return int(connection.execute(text("PRAGMA freelist_count")).scalar_one())


def _check_blob(
    connection: Connection,
    sha256: bytes,
    is_stored: Callable[[bytes], bool] | None,
    now: float,
) -> None:
    mark = _MARK.one(connection, sha256=sha256)
    if mark is None:
        return
    number, doomed_at, gone_at = mark
    is_over = gone_at is not None or doomed_at <= now - TAKEOVER_AFTER_S
    if not is_over or is_stored is None or not is_stored(sha256):
        message = "this content is being removed: send it again"
        raise BusyError(message, code="busy", retry_after=1.0)
    _UNMARK.run(connection, id=number)


def _doom(connection: Connection, sha256: bytes, now: float) -> Doomed:
    connection.execute(delete(doomed_blobs).where(doomed_blobs.c.sha256 == sha256))
    values = insert(doomed_blobs).values(sha256=sha256, doomed_at=now)
    number = connection.execute(values.returning(doomed_blobs.c.id)).scalar_one()
    return Doomed(number, bytes(sha256))

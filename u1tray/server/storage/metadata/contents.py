"""Rows of contents, and the bytes of small ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, LargeBinary, bindparam, delete, exists, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from u1tray.server.files.values import Brought, Bytes, Content, Fingerprint
from u1tray.server.storage.metadata.schema import contents, nodes, small_contents
from u1tray.server.storage.metadata.statement import Statement, run_text

_SELECT = select(*(contents.c[name] for name in ("id", "sha256", "sha1", "size", "is_inline")))
_BY_ID = Statement(_SELECT.where(contents.c.id == bindparam("id")))
_SAME = _SELECT.where(contents.c.sha256 == bindparam("sha256"))
_BY_SHA256 = Statement(_SAME)
# As a foreign key locks it: nobody removes it until the transaction ends.
_KEPT = Statement(_SAME.with_for_update(read=True, key_share=True))
_DATA = Statement(
    select(small_contents.c.data).where(small_contents.c.content_id == bindparam("id"))
)
_WITH_DATA = Statement(
    _SELECT.add_columns(small_contents.c.data)
    .join_from(contents, small_contents, small_contents.c.content_id == contents.c.id, isouter=True)
    .where(contents.c.id == bindparam("id"))
)
_OWN = exists(
    select(1).where(
        nodes.c.content_id == contents.c.id, nodes.c.account_id == bindparam("account_id")
    )
).correlate(contents)
_BY_SHA1 = select(*_SELECT.selected_columns, contents.c.magic, _OWN.label("is_own")).where(
    contents.c.sha1 == bindparam("sha1")
)


_GIVEN = ("sha256", "sha1", "magic", "size", "is_inline", "stored_at")
_VALUES: dict[str, Any] = {name: bindparam(name) for name in _GIVEN}
_INSERT = {
    name: dialect.insert(contents)
    .values(_VALUES)
    .on_conflict_do_nothing(index_elements=["sha256"])
    .returning(contents.c.id)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
_ADD = {name: Statement(clause) for name, clause in _INSERT.items()}
_ADD_DATA = Statement(
    insert(small_contents).values(content_id=bindparam("content_id"), data=bindparam("data"))
)
# Both at once, which SQLite cannot do: one way to PostgreSQL costs as much as the work there.
_NEW = _INSERT["postgresql"].cte("new")
_WITH_BYTES = select(_NEW.c.id, bindparam("data", type_=LargeBinary))
_ADD_SMALL = Statement(
    select(_NEW.c.id).add_cte(
        insert(small_contents).from_select(["content_id", "data"], _WITH_BYTES).cte("kept")
    )
)


# Many at once. In the order of the hashes, so that two who bring the same do not wait in a circle:
# each row waits for whoever has inserted the same and did not commit yet.
_ADD_MANY = """
    WITH given AS (
        SELECT * FROM unnest(
            %(sha256)s::bytea[], %(sha1)s::bytea[], %(magic)s::bytea[], %(size)s::bigint[],
            %(data)s::bytea[]
        ) AS brought(sha256, sha1, magic, size, data)
    ), new AS (
        INSERT INTO contents (sha256, sha1, magic, size, is_inline, stored_at)
        SELECT sha256, sha1, magic, size, true, %(now)s::float8 FROM given ORDER BY sha256
        ON CONFLICT (sha256) DO NOTHING RETURNING id, sha256
    ), kept AS (
        INSERT INTO small_contents (content_id, data)
        SELECT new.id, given.data FROM new JOIN given ON given.sha256 = new.sha256
    )
    SELECT id, sha256 FROM new
"""
_KEEP_MANY = """
    SELECT id, sha256, sha1, size, is_inline FROM contents
    WHERE sha256 = ANY(%(sha256)s::bytea[]) ORDER BY sha256 FOR KEY SHARE
"""


def by_id(connection: Connection, content_id: int) -> Content | None:
    """The content of an id."""
    return _one(_BY_ID.one(connection, id=content_id))


def by_sha256(connection: Connection, sha256: bytes, *, keep: bool = False) -> Content | None:
    """The one content of a SHA-256; kept, it stays until the transaction ends."""
    return _one((_KEPT if keep else _BY_SHA256).one(connection, sha256=sha256))


def of_sha1(
    connection: Connection, sha1: bytes, account_id: int
) -> list[tuple[Content, bytes, bool]]:
    """All contents of a SHA-1, each with its magic hash and whether the account has it."""
    found = connection.execute(_BY_SHA1, {"sha1": sha1, "account_id": account_id})
    return [(Content(*row[:5]), row[5], bool(row[6])) for row in found]


def add(
    connection: Connection, fingerprint: Fingerprint, data: bytes | None, now: float
) -> Content:
    """A new content: its bytes, or None where a blob holds them.

    The one that is there already, kept, where another transaction was faster or long before.
    """
    number = _added(connection, fingerprint, data, now)
    if number is None:
        found = by_sha256(connection, fingerprint.sha256, keep=True)
        # It may have been removed again meanwhile.
        return found or add(connection, fingerprint, data, now)
    return Content(number, fingerprint.sha256, fingerprint.sha1, fingerprint.size, data is not None)


def add_many(
    connection: Connection, brought: Iterable[Brought], now: float
) -> tuple[dict[bytes, Content], set[int]]:
    """Small contents by SHA-256, each as by `add`; and the ids of those that are new."""
    left = {fingerprint.sha256: (fingerprint, data) for fingerprint, data in brought}
    added = _add_many if connection.dialect.name == "postgresql" else _add_each
    found: dict[bytes, Content] = {}
    new: set[int] = set()
    while left:  # again for what was removed meanwhile
        for content, is_new in added(connection, [left[sha256] for sha256 in sorted(left)], now):
            found[content.sha256] = content
            del left[content.sha256]
            if is_new:
                new.add(content.id)
    return found, new


def remove_new(connection: Connection, ids: Collection[int]) -> None:
    """Take contents back that this transaction added and nothing names."""
    connection.execute(delete(contents).where(contents.c.id.in_(ids)))


def with_data(connection: Connection, content_id: int) -> tuple[Content, bytes | None] | None:
    """The content of an id, and its bytes if it is small."""
    row = _WITH_DATA.one(connection, id=content_id)
    content = None if row is None else _one(row[:5])
    if row is None or content is None:
        return None
    return content, bytes(row[5]) if content.is_inline else None


def small_data(connection: Connection, content_id: int) -> bytes:
    """The bytes of a small content."""
    row = _DATA.one(connection, id=content_id)
    assert row is not None
    return bytes(row[0])


def _added(
    connection: Connection, fingerprint: Fingerprint, data: Bytes | None, now: float
) -> int | None:
    """The id of a new content; None where there is one of this SHA-256."""
    values: dict[str, Any] = {
        "sha256": fingerprint.sha256,
        "sha1": fingerprint.sha1,
        "magic": fingerprint.magic,
        "size": fingerprint.size,
        "is_inline": data is not None,
        "stored_at": now,
    }
    dialect = connection.dialect.name
    if data is not None and dialect == "postgresql":
        row = _ADD_SMALL.one(connection, **values, data=data)
        return None if row is None else int(row[0])
    row = _ADD[dialect].one(connection, **values)
    if row is not None and data is not None:
        _ADD_DATA.run(connection, content_id=row[0], data=data)
    return None if row is None else int(row[0])


def _add_each(
    connection: Connection, brought: Sequence[Brought], now: float
) -> Iterator[tuple[Content, bool]]:
    """Each content, and whether it is new; on a database that has one writer."""
    for fingerprint, data in brought:
        number = _added(connection, fingerprint, data, now)
        if number is None:
            found = by_sha256(connection, fingerprint.sha256)
            assert found is not None
            yield found, False
        else:
            yield _small(number, fingerprint), True


def _add_many(
    connection: Connection, brought: Sequence[Brought], now: float
) -> Iterator[tuple[Content, bool]]:
    """The same in two ways to the database, however many; those that vanish are left out."""
    fingerprints = {fingerprint.sha256: fingerprint for fingerprint, _ in brought}
    new = run_text(
        connection,
        _ADD_MANY,
        sha256=list(fingerprints),
        sha1=[one.sha1 for one in fingerprints.values()],
        magic=[one.magic for one in fingerprints.values()],
        size=[one.size for one in fingerprints.values()],
        data=[data for _, data in brought],
        now=now,
    )
    for number, sha256 in new.fetchall():
        yield _small(number, fingerprints.pop(bytes(sha256))), True
    if fingerprints:
        for row in run_text(connection, _KEEP_MANY, sha256=list(fingerprints)).fetchall():
            yield Content(*row), False


def _small(number: int, fingerprint: Fingerprint) -> Content:
    return Content(number, fingerprint.sha256, fingerprint.sha1, fingerprint.size, is_inline=True)


def _one(row: Any) -> Content | None:
    if row is None:
        return None
    number, sha256, sha1, size, is_inline = row
    return Content(number, sha256, sha1, size, bool(is_inline))  # SQLite says 1 and 0

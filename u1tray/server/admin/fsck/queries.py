"""What is damaged in rows of the tree, as queries. Each gives the ids of what it is about.

All are written so that a million nodes are read a few times, never a million times.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select

from u1tray.server.admin.fsck.damage import Damage
from u1tray.server.files.paths import MAX_NAME_BYTES
from u1tray.server.files.values import Kind, VolumeType
from u1tray.server.storage.metadata.schema import (
    accounts,
    contents,
    nodes,
    small_contents,
    volumes,
)

_PARENT = nodes.alias("parent")
_ROOT = nodes.alias("root")
_FILE = Kind.FILE.value
_DIRECTORY = Kind.DIRECTORY.value
_IS_LIVE_FILE = and_(nodes.c.is_live, nodes.c.kind == _FILE)
_HAS_PARENT = nodes.c.parent_id.is_not(None)


# Those of a deleted volume are being removed, in no order.
DELETED_VOLUMES = select(volumes.c.id).where(volumes.c.type == VolumeType.DELETED.value)
_IN_USE = nodes.c.volume_id.not_in(DELETED_VOLUMES)


def _below(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Live nodes whose parent's row is as said."""
    joined = nodes.outerjoin(_PARENT, _PARENT.c.id == nodes.c.parent_id)
    return (
        select(nodes.c.id)
        .select_from(joined)
        .where(nodes.c.is_live, nodes.c.parent_id.is_not(None), _IN_USE, *conditions)
    )


def _later(
    same: tuple[ColumnElement[Any], ...],
    order: tuple[ColumnElement[Any], ...],
    *conditions: ColumnElement[bool],
) -> Select[Any]:
    """All nodes but the first of those that share what they must not."""
    place = func.row_number().over(partition_by=same, order_by=order).label("place")
    ranked = select(nodes.c.id, place).where(*conditions).subquery("ranked")
    return select(ranked.c.id).where(ranked.c.place > 1)


def unreachable() -> Select[Any]:
    """Id and parent of live nodes that no root leads to."""
    start = select(nodes.c.id).where(nodes.c.parent_id.is_(None))
    reached = start.cte("reached", recursive=True)
    reached = reached.union_all(
        select(nodes.c.id).where(nodes.c.parent_id == reached.c.id, nodes.c.is_live)
    )
    return select(nodes.c.id, nodes.c.parent_id).where(
        nodes.c.is_live, _HAS_PARENT, _IN_USE, nodes.c.id.not_in(select(reached.c.id))
    )


_SIZES = (
    select(nodes.c.account_id, func.sum(nodes.c.size).label("size"))
    .where(nodes.c.is_live, _IN_USE)
    .group_by(nodes.c.account_id)
    .subquery("sizes")
)

# Selects one column, the id of a node, but where the second table says otherwise.
QUERIES: Mapping[Damage, Select[Any]] = {
    Damage.VOLUME_WITHOUT_ACCOUNT: select(volumes.c.id).where(
        volumes.c.account_id.not_in(select(accounts.c.id))
    ),
    Damage.MISSING_ROOT_VOLUME: select(accounts.c.id).where(
        accounts.c.id.not_in(
            select(volumes.c.account_id).where(volumes.c.type == VolumeType.ROOT.value)
        )
    ),
    Damage.NODE_WITHOUT_VOLUME: select(nodes.c.volume_id)
    .distinct()
    .where(nodes.c.volume_id.not_in(select(volumes.c.id))),
    Damage.MISSING_ROOT: select(volumes.c.id)
    .select_from(
        volumes.outerjoin(
            _ROOT, and_(_ROOT.c.volume_id == volumes.c.id, _ROOT.c.parent_id.is_(None))
        )
    )
    .where(_ROOT.c.id.is_(None), volumes.c.type != VolumeType.DELETED.value),
    Damage.SECOND_ROOT: _later((nodes.c.volume_id,), (nodes.c.id,), nodes.c.parent_id.is_(None)),
    Damage.WRONG_ROOT: select(nodes.c.id).where(
        nodes.c.parent_id.is_(None), or_(~nodes.c.is_live, nodes.c.kind != _DIRECTORY)
    ),
    Damage.WRONG_ACCOUNT: select(nodes.c.id)
    .join(volumes, volumes.c.id == nodes.c.volume_id)
    .where(nodes.c.account_id != volumes.c.account_id),
    Damage.MISSING_PARENT: _below(_PARENT.c.id.is_(None)),
    Damage.PARENT_ELSEWHERE: _below(_PARENT.c.volume_id != nodes.c.volume_id),
    Damage.PARENT_IS_FILE: _below(_PARENT.c.kind == _FILE),
    Damage.DEAD_PARENT: _below(~_PARENT.c.is_live),
    Damage.BAD_NAME: select(nodes.c.id).where(
        nodes.c.is_live,
        _HAS_PARENT,
        or_(
            nodes.c.name.in_(("", ".", "..")),
            nodes.c.name.contains("/"),
            func.length(nodes.c.name) > MAX_NAME_BYTES,
        ),
    ),
    Damage.DUPLICATE_NAME: _later(
        (nodes.c.parent_id, nodes.c.name),
        (nodes.c.generation.desc(), nodes.c.id.desc()),
        nodes.c.is_live,
        _HAS_PARENT,
    ),
    Damage.DATA_WITHOUT_CONTENT: select(small_contents.c.content_id).where(
        small_contents.c.content_id.not_in(select(contents.c.id))
    ),
    Damage.MISPLACED_CONTENT: select(nodes.c.id).where(
        _IN_USE,  # what it would be rescued to may be gone
        or_(
            and_(~nodes.c.is_live, nodes.c.content_id.is_not(None)),
            and_(
                nodes.c.kind == _DIRECTORY,
                or_(
                    nodes.c.content_id.is_not(None),
                    nodes.c.size.is_not(None),
                    nodes.c.sha1.is_not(None),
                ),
            ),
        ),
    ),
    Damage.UNKNOWN_CONTENT: select(nodes.c.id)
    .select_from(nodes.outerjoin(contents, contents.c.id == nodes.c.content_id))
    .where(
        _IS_LIVE_FILE,
        contents.c.id.is_(None),
        or_(
            nodes.c.content_id.is_not(None),
            nodes.c.size.is_not(None),
            nodes.c.sha1.is_not(None),
        ),
    ),
    Damage.NODE_DIFFERS: select(nodes.c.id)
    .join(contents, contents.c.id == nodes.c.content_id)
    .where(
        _IS_LIVE_FILE,
        or_(
            nodes.c.size.is_(None),
            nodes.c.sha1.is_(None),
            nodes.c.size != contents.c.size,
            nodes.c.sha1 != contents.c.sha1,
        ),
    ),
    Damage.MISPLACED_PUBLIC_ID: select(nodes.c.id).where(
        nodes.c.public_id.is_not(None), ~_IS_LIVE_FILE
    ),
    Damage.DUPLICATE_PUBLIC_ID: _later(
        (nodes.c.public_id,), (nodes.c.id,), nodes.c.public_id.is_not(None)
    ),
    Damage.GENERATION_OUT_OF_RANGE: select(nodes.c.id)
    .join(volumes, volumes.c.id == nodes.c.volume_id)
    .where(
        or_(
            nodes.c.generation > volumes.c.generation,
            nodes.c.generation < 0,
            and_(nodes.c.generation == 0, _HAS_PARENT),
        )
    ),
    Damage.DUPLICATE_GENERATION: _later(
        (nodes.c.volume_id, nodes.c.generation), (nodes.c.id,), nodes.c.generation > literal(0)
    ),
    Damage.WRONG_USED: select(accounts.c.id)
    .select_from(accounts.outerjoin(_SIZES, _SIZES.c.account_id == accounts.c.id))
    .where(accounts.c.used_bytes != func.coalesce(_SIZES.c.size, 0)),
}

# Of which table the subjects are, where not of nodes.
_TABLES: Mapping[Damage, str] = {
    Damage.VOLUME_WITHOUT_ACCOUNT: "volume",
    Damage.MISSING_ROOT_VOLUME: "account",
    Damage.NODE_WITHOUT_VOLUME: "volume",
    Damage.MISSING_ROOT: "volume",
    Damage.DATA_WITHOUT_CONTENT: "content",
    Damage.MISSING_BLOB: "content",
    Damage.WRONG_SIZE: "content",
    Damage.WRONG_HASH: "content",
    Damage.MISSING_DATA: "content",
    Damage.WRONG_DATA: "content",
    Damage.WRONG_FINGERPRINT: "content",
    Damage.WRONG_USED: "account",
    Damage.BROKEN_DATABASE: "database",
    Damage.MISSING_INDEX: "index",
    Damage.ORPHAN_UPLOAD: "upload",
    Damage.ORPHAN_BLOB: "blob",
}


def subject_kind(damage: Damage) -> str:
    """What the subject of a finding is: node, volume, account, content, ..."""
    return _TABLES.get(damage, "node")

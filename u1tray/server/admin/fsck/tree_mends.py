"""How each kind of damage in rows is mended: one found thing, inside a transaction of `Edits`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import delete, func, insert, null, select, update

from u1tray.server.admin.fsck.damage import Damage
from u1tray.server.admin.fsck.edits import Edits
from u1tray.server.admin.hashing import fingerprint_of
from u1tray.server.files import volumes as volume_rules
from u1tray.server.files.keys import fresh_uuid
from u1tray.server.files.values import ROOT_PATH, Content, Fingerprint, Kind, VolumeType
from u1tray.server.storage.metadata import contents as content_rows
from u1tray.server.storage.metadata import garbage
from u1tray.server.storage.metadata import volumes as volume_rows
from u1tray.server.storage.metadata.schema import contents, nodes, small_contents, volumes


@dataclass
class Rescue:
    """Contents that were found in blobs nobody names, by SHA-1 and size."""

    is_stored: Callable[[bytes], bool]  # whether a blob is there still
    found: dict[tuple[bytes, int], Fingerprint] = field(default_factory=dict)


Mend = Callable[[Edits, int, Rescue], None]


def _add_root_volume(edits: Edits, account_id: int, _rescue: Rescue) -> None:
    taken = volume_rows.by_path(edits.connection, account_id, ROOT_PATH)
    if taken is None:
        volume_rules.create_root(edits.connection, account_id, edits.now)
        return
    columns = {"type": VolumeType.ROOT.value}
    edits.connection.execute(update(volumes).where(volumes.c.id == taken.id).values(columns))


def _add_volume(edits: Edits, volume_id: int, _rescue: Rescue) -> None:
    connection = edits.connection
    query = select(func.min(nodes.c.account_id), func.max(nodes.c.generation))
    account_id, generation = connection.execute(query.where(nodes.c.volume_id == volume_id)).one()
    connection.execute(
        insert(volumes).values(
            id=volume_id,
            account_id=account_id,
            uuid=fresh_uuid(),
            path=f"~/lost+found-{volume_id}",
            type=VolumeType.UDF.value,
            generation=max(0, generation),
            created_at=edits.now,
        )
    )


def _add_root(edits: Edits, volume_id: int, _rescue: Rescue) -> None:
    """With the id that most likely was its: the children then are where they were."""
    parent = nodes.alias("parent")
    mine = nodes.c.volume_id == volume_id
    lost = (
        select(func.min(nodes.c.parent_id))
        .select_from(nodes.outerjoin(parent, parent.c.id == nodes.c.parent_id))
        .where(mine, nodes.c.is_live, parent.c.id.is_(None))
    )
    first = edits.connection.execute(select(func.min(nodes.c.id)).where(mine)).scalar()
    wanted = edits.connection.execute(lost).scalar()
    is_oldest = wanted is not None and first is not None and wanted < first
    edits.add_root(volume_id, wanted if is_oldest else None)


def _mend_root(edits: Edits, node_id: int, _rescue: Rescue) -> None:
    row = edits.row(node_id)
    if row is None:
        return
    content = _content(edits, row.content_id)
    columns = {"is_live": True, "kind": Kind.DIRECTORY.value}
    empty = {"content_id": null(), "sha1": null(), "size": null(), "public_id": null()}
    edits.connection.execute(
        update(nodes).where(nodes.c.id == node_id).values(**columns, **empty, last_path=null())
    )
    edits.recount(row.account_id)
    if content is not None:
        edits.rescue(node_id, content)


def _mend_account(edits: Edits, node_id: int, _rescue: Rescue) -> None:
    row = edits.row(node_id)
    volume = None if row is None else volume_rows.by_id(edits.connection, row.volume_id)
    if row is None or volume is None:
        return
    columns = {"account_id": volume.account_id}
    edits.connection.execute(update(nodes).where(nodes.c.id == node_id).values(columns))
    edits.recount(row.account_id)
    edits.recount(volume.account_id)


def _attach(edits: Edits, node_id: int, _rescue: Rescue) -> None:
    edits.attach(node_id)


def _attach_anew(edits: Edits, node_id: int, _rescue: Rescue) -> None:
    """Attach, where a directory vanished without a trace in the deltas of its volume."""
    edits.attach(node_id)
    edits.forget_history(node_id)


def _rename(edits: Edits, node_id: int, _rescue: Rescue) -> None:
    edits.rename(node_id)


def _add_content(edits: Edits, content_id: int, _rescue: Rescue) -> None:
    connection = edits.connection
    query = select(small_contents.c.data).where(small_contents.c.content_id == content_id)
    data: bytes = connection.execute(query).scalar_one()
    fingerprint = fingerprint_of([data])
    known = content_rows.by_sha256(connection, fingerprint.sha256)
    if known is None:
        connection.execute(
            insert(contents).values(
                id=content_id,
                sha256=fingerprint.sha256,
                sha1=fingerprint.sha1,
                magic=fingerprint.magic,
                size=fingerprint.size,
                is_inline=True,
                stored_at=edits.now,
            )
        )
        return
    has_data = select(small_contents.c.content_id).where(small_contents.c.content_id == known.id)
    if known.is_inline and connection.execute(has_data).first() is None:
        connection.execute(insert(small_contents).values(content_id=known.id, data=data))
    mine = nodes.c.content_id == content_id
    connection.execute(update(nodes).where(mine).values(content_id=known.id))
    connection.execute(delete(small_contents).where(small_contents.c.content_id == content_id))


def _withdraw_content(edits: Edits, node_id: int, _rescue: Rescue) -> None:
    row = edits.row(node_id)
    if row is None:
        return
    if not row.is_live:
        columns = {"content_id": null()}
        edits.connection.execute(update(nodes).where(nodes.c.id == node_id).values(columns))
        return
    content = _content(edits, row.content_id)
    if content is not None:
        edits.rescue(node_id, content)
    edits.change(node_id, content_id=None, sha1=None, size=None)


def _find_content(edits: Edits, node_id: int, rescue: Rescue) -> None:
    row = edits.row(node_id)
    if row is None:
        return
    content = None
    if row.sha1 is not None and row.size is not None:
        content = _same(edits, row.sha1, row.size) or _rescued(edits, row.sha1, row.size, rescue)
    if content is None:
        edits.change(node_id, content_id=None, sha1=None, size=None)
    else:
        # The client's view of it does not change, so neither does the generation.
        columns = {"content_id": content.id}
        edits.connection.execute(update(nodes).where(nodes.c.id == node_id).values(columns))


def _same(edits: Edits, sha1: bytes, size: int) -> Content | None:
    matching = contents.c.sha1 == sha1, contents.c.size == size
    query = select(contents.c.id).where(*matching).order_by(contents.c.id).limit(1)
    return _content(edits, edits.connection.execute(query).scalar())


def _rescued(edits: Edits, sha1: bytes, size: int, rescue: Rescue) -> Content | None:
    fingerprint = rescue.found.get((sha1, size))
    if fingerprint is None:
        return None
    return garbage.take(edits.connection, fingerprint, None, edits.now, rescue.is_stored)


def _show_content(edits: Edits, node_id: int, _rescue: Rescue) -> None:
    row = edits.row(node_id)
    content = None if row is None else _content(edits, row.content_id)
    if content is not None:
        edits.change(node_id, sha1=content.sha1, size=content.size)


def _withdraw_link(edits: Edits, node_id: int, _rescue: Rescue) -> None:
    edits.change(node_id, public_id=None)


def _renumber(edits: Edits, node_id: int, _rescue: Rescue) -> None:
    row = edits.row(node_id)
    if row is None:
        return
    if row.parent_id is None:
        columns = {"generation": 0, "generation_created": 0}
    else:
        new = edits.next_generation(row.volume_id)
        created = max(1, min(row.generation_created, new))
        columns = {"generation": new, "generation_created": created}
    edits.connection.execute(update(nodes).where(nodes.c.id == node_id).values(columns))


def _recount(edits: Edits, account_id: int, _rescue: Rescue) -> None:
    edits.recount(account_id)


def _content(edits: Edits, content_id: int | None) -> Content | None:
    return None if content_id is None else content_rows.by_id(edits.connection, content_id)


MENDS: Mapping[Damage, Mend] = {
    Damage.MISSING_ROOT_VOLUME: _add_root_volume,
    Damage.NODE_WITHOUT_VOLUME: _add_volume,
    Damage.MISSING_ROOT: _add_root,
    Damage.SECOND_ROOT: _attach,
    Damage.WRONG_ROOT: _mend_root,
    Damage.WRONG_ACCOUNT: _mend_account,
    Damage.MISSING_PARENT: _attach_anew,
    Damage.PARENT_ELSEWHERE: _attach,
    Damage.PARENT_IS_FILE: _attach,
    Damage.DEAD_PARENT: _attach_anew,
    Damage.CYCLE: _attach,
    Damage.BAD_NAME: _rename,
    Damage.DUPLICATE_NAME: _rename,
    Damage.DATA_WITHOUT_CONTENT: _add_content,
    Damage.MISPLACED_CONTENT: _withdraw_content,
    Damage.UNKNOWN_CONTENT: _find_content,
    Damage.NODE_DIFFERS: _show_content,
    Damage.MISPLACED_PUBLIC_ID: _withdraw_link,
    Damage.DUPLICATE_PUBLIC_ID: _withdraw_link,
    Damage.GENERATION_OUT_OF_RANGE: _renumber,
    Damage.DUPLICATE_GENERATION: _renumber,
    Damage.WRONG_USED: _recount,
}

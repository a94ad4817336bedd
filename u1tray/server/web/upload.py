"""`/upload/`: files on their way in, from a form or from our script, with bounded memory.

The rules are those of a content PUT; but a file of the same name is kept and the new one
numbered, unless the person asked to replace.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace

from sqlalchemy import Connection

from u1tray.server.api.quota import quota_of_account
from u1tray.server.files import operations
from u1tray.server.files.operations import Address, Changed
from u1tray.server.files.paths import check_names
from u1tray.server.files.preconditions import Preconditions
from u1tray.server.files.space import Limit
from u1tray.server.files.undo import free_names
from u1tray.server.files.values import Fingerprint
from u1tray.server.messages.refusals import Code, Refusal, refusal_of
from u1tray.server.messages.response import Response
from u1tray.server.storage.directory import disk_is_full, is_full
from u1tray.server.storage.metadata import contents as content_rows
from u1tray.server.web import links
from u1tray.server.web.files import address_of
from u1tray.server.web.forms import TOKEN_FIELD, Multipart, Part
from u1tray.server.web.language import N_
from u1tray.server.web.pages import redirect, script_answer
from u1tray.server.web.visits import MemberVisit
from u1tray.server.web.words import FOREIGN, Notice, of_refusal
from u1tray.vocabulary.errors import U1Error

TOKEN_HEADER = "X-Form-Token"  # noqa: S105 - the name of a header
_MAX_NUMBER = 10_000
_FILE_FIELD = "file"


async def put_file(visit: MemberVisit) -> Response:
    """One file that our script sends: its bytes are the body."""
    if not visit.has_token(visit.request.headers.get(TOKEN_HEADER, "")):
        raise Refusal(Code.NOT_OWNER, FOREIGN)
    body = visit.request.body
    if body.length is None and not body.is_chunked:
        raise Refusal(Code.LENGTH_REQUIRED, "Say Content-Length, or send the body in chunks.")
    is_replacing = visit.request.target.parameter("replace") == "1"
    address = address_of(visit)
    limit = await _limit_of(visit, address, is_replacing)
    limit(body.length or 0)
    changed = await _store(visit, address, body.chunks(), limit, is_replacing)
    status = 201 if changed.is_new else 200
    return script_answer({"name": changed.node.name, "size": changed.node.size}, status)


async def post_files(visit: MemberVisit) -> Response:
    """The files of a form; the token comes before them."""
    directory = address_of(visit)
    where = links.files_url("/".join(directory.names))
    form = Multipart(visit.request)
    is_checked = is_replacing = False
    stored: list[str] = []
    fault: str | None = None
    async with contextlib.aclosing(form.parts()) as parts:
        async for part in parts:
            if part.name == TOKEN_FIELD:
                is_checked = visit.has_token(await form.text())
            elif not is_checked:
                break
            elif part.name == "replace":
                is_replacing = await form.text() == "1"
            elif part.name == _FILE_FIELD and part.file_name:
                try:
                    stored.append(await _store_part(visit, directory, form, part, is_replacing))
                except (Refusal, U1Error) as error:
                    fault = _sentence(visit, part.file_name, error)
    if not is_checked:
        raise Refusal(Code.NOT_OWNER, FOREIGN)
    await visit.notify(_summary(visit, stored, fault))
    return redirect(where)


async def _store_part(
    visit: MemberVisit, directory: Address, form: Multipart, part: Part, is_replacing: bool
) -> str:
    """The name under which a file of a form was stored. Raises Refusal, U1Error."""
    name = (part.file_name or "").rpartition("/")[2]
    names = (*directory.names, *check_names((name,)))
    address = replace(directory, names=names)
    limit = await _limit_of(visit, address, is_replacing)
    changed = await _store(visit, address, form.chunks(), limit, is_replacing)
    return changed.node.name


async def _store(
    visit: MemberVisit,
    address: Address,
    chunks: AsyncGenerator[bytes, None],
    limit: Callable[[int], None],
    is_replacing: bool,
) -> Changed:
    cloud = visit.cloud
    received = await cloud.contents.receive(chunks, limit)
    changed = await cloud.workers.write(
        put_upload,
        address,
        fingerprint=received.fingerprint,
        data=received.data,
        is_replacing=is_replacing,
        now=visit.now,
        is_stored=cloud.contents.is_stored,
    )
    cloud.metrics.content_bytes.labels(direction="in").inc(received.fingerprint.size)
    return changed


def put_upload(
    connection: Connection,
    address: Address,
    *,
    fingerprint: Fingerprint,
    data: bytes | None,
    is_replacing: bool,
    now: float,
    is_stored: Callable[[bytes], bool] | None = None,
) -> Changed:
    """Make received bytes a file: at its name, or the first numbered one that is free or equal.

    Raises Refusal.
    """
    names = address.names
    if not is_replacing:
        content = content_rows.by_sha256(connection, fingerprint.sha256)
        for number in range(1, _MAX_NUMBER):
            names = free_names(address.names, number)
            _, _, place = operations.find_place(
                connection, replace(address, names=names), lock=True
            )
            node = place.node
            if node is None or (node.is_file and node.content_id is None):
                break
            if content is not None and node.content_id == content.id:
                break
        else:
            raise Refusal(Code.BAD_NAME, "There are too many files of this name.")
    return operations.put_content(
        connection,
        replace(address, names=names),
        Preconditions(),
        fingerprint=fingerprint,
        data=data,
        now=now,
        is_stored=is_stored,
    )


async def _limit_of(
    visit: MemberVisit, address: Address, is_replacing: bool
) -> Callable[[int], None]:
    """What ends an upload that grows too large. Raises Refusal where none can be."""
    old = await visit.cloud.workers.read(_old_size, address, is_replacing)
    account = await visit.current_account()
    free = quota_of_account(visit.cloud, account).free
    max_bytes = visit.cloud.settings.max_upload_bytes
    if is_full(visit.cloud.directory):
        raise disk_is_full()
    return Limit(max_bytes, free, old).check


def _old_size(connection: Connection, address: Address, is_replacing: bool) -> int:
    """The bytes that an upload would free. Raises Refusal."""
    _, _, place = operations.find_place(connection, address)
    if place.has_file_above:
        raise Refusal(Code.NOT_A_DIRECTORY, "A parent in the path is a file.")
    if not is_replacing or place.node is None:
        return 0
    if not place.node.is_file:
        raise Refusal(Code.IS_DIRECTORY, "A directory has no content.")
    return place.node.size or 0


def _sentence(visit: MemberVisit, name: str, error: Refusal | U1Error) -> str:
    refusal = error if isinstance(error, Refusal) else refusal_of(error)
    if refusal is None or refusal.code is Code.BAD_REQUEST:
        raise error  # ours, or the form itself cannot be read
    return f"{name}: {of_refusal(refusal, visit.language)}"


def _summary(visit: MemberVisit, stored: list[str], fault: str | None) -> Notice:
    if fault is not None:
        return Notice("{name}", fault, is_fault=True)
    if not stored:
        return Notice(N_("No file was chosen."), is_fault=True)
    if len(stored) == 1:
        return Notice(N_("{name} was uploaded."), stored[0])
    return Notice(N_("{name} files were uploaded."), str(len(stored)))

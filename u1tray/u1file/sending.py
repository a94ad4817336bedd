"""One file up: the steps of the contract around the bytes (REST contract, 17).

Prints nothing and asks for nothing on a terminal.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.blocking.uploads import Resumable
from u1tray.rest.nodes import FILE, Node, Place
from u1tray.rest.uploads import RESUMABLE_ABOVE_BYTES
from u1tray.u1file import remote
from u1tray.u1file.bulk.memory import Memory
from u1tray.u1file.racing import race
from u1tray.u1file.source import Source
from u1tray.u1file.words import NotThisWayError
from u1tray.vocabulary.errors import (
    BusyError,
    OfflineError,
    QuotaError,
    ServerError,
    SignedOutError,
    U1Error,
)
from u1tray.vocabulary.quota import Quota
from u1tray.vocabulary.units import format_bytes

# Above it, asking whether the cloud holds the content already costs less than sending it.
MAGIC_ABOVE_BYTES = 1024 * 1024
# A server drains no more of a body that it refuses (2.1): beyond, its answer may not be read.
DRAINED_BYTES = 16 * 1024 * 1024
# After these the same command may go on.
_PASSING = (OfflineError, BusyError, ServerError, SignedOutError)


def upload(
    cloud: Cloud,
    source: Source,
    path: str,
    name: str,
    *,
    force: bool,
    memory_of: Callable[[str], Memory] | None = None,
) -> Node:
    """The node at `path` (in a directory: at `name` below it) with the source as its content.

    `memory_of` a `resource_path` remembers a large upload for the next run.
    Raises ConflictError when it changed since this began, unless `force`.
    """
    files = cloud.files
    node, is_new = files.make(path, FILE)
    if not node.is_file:
        node, is_new = files.make(remote.join(node.resource_path, name), FILE)
    if not node.is_file:
        text = "This is a folder, not a file."
        raise NotThisWayError(text, code="is_directory")
    memory = None if memory_of is None else memory_of(node.resource_path)
    try:
        return send(cloud, source, node, force=force, memory=memory, replaced_bytes=node.size or 0)
    except U1Error as error:
        if is_new and not isinstance(error, _PASSING):
            take_back(cloud, node)
        raise
    except BaseException:  # a person who interrupts; a large one goes on next time
        if is_new and source.size <= RESUMABLE_ABOVE_BYTES:
            take_back(cloud, node)
        raise


def take_back(cloud: Cloud, made: Node) -> None:
    """Delete a file without content that was made for one that does not come; asks once.

    Whoever gives it content meanwhile keeps it; and the first error is the one to tell.
    """
    from u1tray.rest.contents import hash_of  # noqa: PLC0415 - after a failure only

    def give_up(_seconds: float) -> None:
        text = "This is asked once only."
        raise OfflineError(text)

    with contextlib.suppress(U1Error), cloud.another(sleep=give_up) as once:
        found = once.files.node(made.resource_path)
        if (found.key, found.generation, found.hash) != (made.key, made.generation, None):
            return
        # Only what has a content can be deleted on the condition that it has no other one (7).
        emptied = once.files.put_content(made, 0, lambda: iter(()), lambda: hash_of(b""))
        once.files.delete(made.resource_path, {"If-Match": f'"{emptied.hash}"'})


def send(
    cloud: Cloud,
    source: Source,
    place: Place,
    *,
    force: bool,
    memory: Memory | None = None,
    replaced_bytes: int = 0,
    is_repeated: bool = False,
) -> Node:
    """The file at a place with the source as its content; one that is not there yet is made.

    `is_repeated`: an attempt before this may have got through.
    Raises ConflictError when its content is not the one of `place` any more, unless `force`.
    """
    is_large = source.size > RESUMABLE_ABOVE_BYTES
    if source.size > MAGIC_ABOVE_BYTES and not is_large:
        filled = cloud.files.fill(place, *source.hashes(), force=force)
        if filled is not None:
            return filled
    if source.size > DRAINED_BYTES:
        _check_space(cloud.quota(), source.size - replaced_bytes)

    def transfer() -> Node:
        return cloud.files.put_content(
            place,
            source.size,
            source.parts,
            source.sent_hash,
            force=force,
            is_repeated=is_repeated,
            resumable=_resumable(source, memory),
        )

    return race(cloud, source, place, transfer, force=force) if is_large else transfer()


def _resumable(source: Source, memory: Memory | None) -> Resumable:
    if memory is None:
        return Resumable(source.parts_from)
    kept = memory

    def note(url: str) -> None:
        if url:
            kept.keep(url)
        else:
            kept.forget()

    return Resumable(source.parts_from, kept.find(), note)


def _check_space(quota: Quota, more: int) -> None:
    if more > quota.free:
        missing, free = format_bytes(more - quota.free), format_bytes(quota.free)
        text = (
            "There is not enough space left in the cloud. Delete something or get more space. "
            f"({missing} are missing; {free} are free.)"
        )
        raise QuotaError(text, code="quota_exceeded")

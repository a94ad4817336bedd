"""One file up, one file down: the steps of the contract around the bytes (REST contract, 17).

Prints nothing and asks for nothing on a terminal.
"""

from __future__ import annotations

from collections.abc import Callable

from u1tray.rest.blocking_uploads import Resumable
from u1tray.rest.file_storage import Files
from u1tray.rest.nodes import FILE, Node
from u1tray.u1file import remote
from u1tray.u1file.local import Sink, Source
from u1tray.vocabulary.errors import (
    ConflictError,
    ContractError,
    NotFoundError,
    QuotaError,
    RefusedError,
)
from u1tray.vocabulary.quota import Quota
from u1tray.vocabulary.units import format_bytes

# Above it, asking whether the cloud holds the content already costs less than sending it.
MAGIC_ABOVE_BYTES = 1024 * 1024
# A server drains no more of a body that it refuses (2.1): beyond, its answer may not be read.
DRAINED_BYTES = 16 * 1024 * 1024
_LOOKS = 3  # how often a file may change under a download before that is an error


def upload(
    files: Files, quota: Callable[[], Quota], source: Source, path: str, name: str, *, force: bool
) -> Node:
    """The node at `path` (in a directory: at `name` below it) with the source as its content.

    Raises ConflictError when it changed since this began, unless `force`.
    """
    node, _ = files.make(path, FILE)
    if not node.is_file:
        node, _ = files.make(remote.join(node.resource_path, name), FILE)
    if not node.is_file:
        text = "This is a folder, not a file."
        raise RefusedError(text, code="is_directory")
    if source.size > MAGIC_ABOVE_BYTES:
        sha1, magic = source.hashes()
        filled = files.fill(node, sha1, magic, force=force)
        if filled is not None:
            return filled
    if source.size > DRAINED_BYTES:
        _check_space(quota(), source.size - (node.size or 0))
    filled = files.put_content(
        node,
        source.size,
        source.parts,
        source.sent_hash,
        force=force,
        resumable=Resumable(source.parts_from),
    )
    source.check_unchanged()
    return filled


def find_file(files: Files, path: str) -> Node:
    """A file that has content. Raises NotFoundError, and RefusedError for a folder."""
    node = files.node(path)
    if not node.is_file:
        text = "This is a folder. Only files can be got."
        raise RefusedError(text, code="is_directory")
    if node.hash is None or node.size is None:
        text = "This file has no content yet."
        raise NotFoundError(text, code="no_content")
    return node


def download(files: Files, node: Node, sink: Sink, start: Callable[[int], None]) -> Node:
    """Fill the sink with a file's content; the node as it was then.

    Raises ConflictError for a file that changes all the time.
    """
    for _ in range(_LOOKS):
        try:
            files.get_content(node, _beginning(node, sink, start))
        except ConflictError:
            node = find_file(files, node.resource_path)
            continue
        if (sink.size, sink.hash) != (node.size, node.hash):
            text = "The content arrived damaged and was thrown away. Try again."
            raise ContractError(text)
        sink.changed_at = node.changed_at
        return node
    text = "It changes all the time. Try again later."
    raise ConflictError(text)


def _beginning(
    node: Node, sink: Sink, start: Callable[[int], None]
) -> Callable[[], Callable[[bytes], object]]:
    def begin() -> Callable[[bytes], object]:
        start(node.size or 0)
        return sink.restart()

    return begin


def _check_space(quota: Quota, more: int) -> None:
    if more > quota.free:
        missing, free = format_bytes(more - quota.free), format_bytes(quota.free)
        text = (
            "There is not enough space left in the cloud. Delete something or get more space. "
            f"({missing} are missing; {free} are free.)"
        )
        raise QuotaError(text, code="quota_exceeded")

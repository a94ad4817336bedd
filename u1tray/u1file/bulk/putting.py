"""Several files, or folders with what is in them, into the cloud."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.nodes import DIRECTORY, Node
from u1tray.u1file import local, remote
from u1tray.u1file.bulk import batches, local_tree
from u1tray.u1file.bulk.board import Board
from u1tray.u1file.bulk.crew import Crew
from u1tray.u1file.bulk.hashes import Hashes
from u1tray.u1file.bulk.options import How, own_name
from u1tray.u1file.bulk.outcomes import Outcome, Status
from u1tray.u1file.bulk.policy import Policy
from u1tray.u1file.bulk.remote_tree import Entry, RemoteTree
from u1tray.u1file.bulk.small_files import Job
from u1tray.u1file.bulk.up import Upward
from u1tray.u1file.common import open_cloud
from u1tray.u1file.words import about
from u1tray.vocabulary.errors import NotFoundError, RefusedError, U1Error


def put_all(sources: Sequence[str], target: str, how: How) -> int:
    """Store the sources at or in REMOTE; the exit code. Raises what concerns all of them."""
    path = remote.resource_path(target)
    with (
        Board(quiet=how.quiet, as_json=how.as_json) as board,
        contextlib.closing(Hashes()) as hashes,
        open_cloud(on_wait=board.wait) as cloud,
    ):
        kept = hashes if how.policy is Policy.UPDATE else None
        upward = Upward(board, how.policy, kept, how.force, how.is_dry)
        with about(remote.shown(path)):
            there = _node(cloud, path)
            is_into = len(sources) > 1 or target.endswith("/")
        inside = _Inside(
            files=is_into or (there is not None and not there.is_file),
            folders=is_into or (there is not None and there.parent_path is None),
        )
        if board.shows_progress:
            threading.Thread(target=count, args=(board, sources), daemon=True).start()
        jobs = _jobs(cloud, upward, _placed(sources, path, inside), how)
        Crew(cloud, board, how.jobs).carry(jobs)
        upward.remember()
        make_empty(cloud, upward)
        board.remark(board.summary.sentence())
        return board.summary.exit_code


def make_empty(cloud: Cloud, upward: Upward) -> None:
    """Make the folders that no file made on its way."""
    if upward.is_dry:
        for path in upward.empty:
            upward.board.tell(Outcome(Status.MADE, "", path, is_tried=False))
        return
    if upward.board.summary.is_cut_short:
        return
    for path, error in batches.make_folders(cloud, upward.empty):
        status = Status.MADE if error is None else Status.FAILED
        upward.board.tell(Outcome(status, "", path, error=error))


def count(board: Board, sources: Sequence[str]) -> None:
    """Tell the board how much there is, where that can be found out."""
    files = size = 0
    with contextlib.suppress(U1Error):
        for source in sources:
            if not os.path.isdir(source):
                files, size = files + 1, size + local_tree.local_file(source).size
                continue
            for chunk in local_tree.walk(source, lambda _path: False, lambda _path, _error: None):
                files += len(chunk.files)
                size += sum(one.size for one in chunk.files)
        board.total_bytes = size
        board.total_files = files


@dataclass(frozen=True)
class _Inside:
    """Whether sources keep their names in REMOTE; else they become REMOTE.

    For a folder this does not hang on what is there, except for a volume, which always is: the
    same command after an interruption means the same.
    """

    files: bool
    folders: bool


def _node(cloud: Cloud, path: str) -> Node | None:
    try:
        return cloud.files.node(path)
    except NotFoundError:
        return None


def _placed(sources: Sequence[str], path: str, inside: _Inside) -> Iterator[tuple[str, str]]:
    for source in sources:
        keeps = inside.folders if os.path.isdir(source) else inside.files
        name = own_name(source) if keeps else ""
        yield source, remote.join(path, name) if name else path


def _jobs(
    cloud: Cloud, upward: Upward, placed: Iterator[tuple[str, str]], how: How
) -> Iterator[Job]:
    """Single files first, which are looked up together; then folder by folder."""
    files: list[tuple[str, str]] = []
    folders: list[tuple[str, str]] = []
    for source, target in placed:
        (folders if os.path.isdir(source) else files).append((source, target))
    for (source, target), found in zip(
        files, batches.look_up(cloud, [target for _, target in files]), strict=True
    ):
        with _telling(upward.board, source, target):
            if isinstance(found, U1Error):
                raise found
            job = upward.one(source, target, None if found is None else _entry(found))
            if job is not None:
                yield job
    for source, target in folders:
        with _telling(upward.board, source, target):
            if not how.is_recursive:
                raise local.folder_error(source)
            yield from _folder(cloud, upward, source, target)


def _folder(cloud: Cloud, upward: Upward, source: str, target: str) -> Iterator[Job]:
    with contextlib.closing(RemoteTree(target)) as tree:
        if upward.is_dry:
            try:
                tree.list(cloud)
            except NotFoundError:
                tree.is_new = True
        else:
            made, tree.is_new = cloud.files.make(target, DIRECTORY)
            if made.is_file:
                text = "There is a file of this name in the cloud."
                raise RefusedError(text, code="not_a_directory")
            if not tree.is_new:
                tree.list(cloud)
        yield from upward.tree(source, tree)


def _entry(node: Node) -> Entry:
    return Entry("", node.name, node.is_file, node.size, node.hash, node.when_changed)


@contextlib.contextmanager
def _telling(board: Board, source: str, target: str) -> Iterator[None]:
    """One source that cannot be put does not stop the others."""
    try:
        with about(remote.shown(target)):
            yield
    except U1Error as error:
        board.tell(Outcome(Status.FAILED, source, target, error=error))

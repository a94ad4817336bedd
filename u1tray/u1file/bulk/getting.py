"""Several files of the cloud, or folders with what is in them, onto this computer."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence

from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.nodes import Node
from u1tray.u1file import placing, remote
from u1tray.u1file.bulk import patterns
from u1tray.u1file.bulk.board import Board
from u1tray.u1file.bulk.crew import Crew
from u1tray.u1file.bulk.down import Downward
from u1tray.u1file.bulk.hashes import Hashes
from u1tray.u1file.bulk.options import How
from u1tray.u1file.bulk.outcomes import Outcome, Status
from u1tray.u1file.bulk.policy import Policy
from u1tray.u1file.bulk.remote_tree import Entry, RemoteTree
from u1tray.u1file.bulk.small_files import Job
from u1tray.u1file.common import open_cloud
from u1tray.u1file.temporaries import temporary_files
from u1tray.u1file.words import NotThisWayError, about
from u1tray.vocabulary.errors import (
    ConflictError,
    NotFoundError,
    RefusedError,
    U1Error,
    UsageError,
)


def get_all(sources: Sequence[str], target: str, how: How) -> int:
    """Write the sources to or into LOCAL; the exit code. Raises what concerns all of them.

    LOCAL is made where it has to be a folder.
    """
    placing.new_mode()
    is_folder = os.path.isdir(target)
    if os.path.lexists(target) and not is_folder and (len(sources) > 1 or target.endswith("/")):
        raise _not_a_folder(target)
    with (
        Board(quiet=how.quiet, as_json=how.as_json) as board,
        contextlib.closing(Hashes()) as hashes,
        open_cloud(on_wait=board.wait) as cloud,
        temporary_files() as temporaries,
    ):
        kept = hashes if how.policy is Policy.UPDATE else None
        downward = Downward(board, how.policy, kept, temporaries, how.force, how.is_dry)
        found = _found(cloud, board, sources)
        is_into = len(sources) > 1 or os.path.basename(target) in ("", ".", "..")
        place = _Place(downward, target, is_folder or is_into, is_into)
        jobs = _jobs(cloud, downward, found, place, how)
        Crew(cloud, board, how.jobs).carry(jobs)
        downward.remember()
        finish(board, target)
        return board.summary.exit_code


def finish(board: Board, target: str) -> None:
    """Put what came on stable storage, and say how it went."""
    if board.summary.counts[Status.WRITTEN]:
        there = target if os.path.isdir(target) else os.path.dirname(os.path.abspath(target))
        placing.sync_all_of(there)
    board.remark(board.summary.sentence())


def _found(cloud: Cloud, board: Board, sources: Sequence[str]) -> Iterator[tuple[str, Node]]:
    """Each node that is meant, with the path that was asked for; what is not there is told."""
    for source in sources:
        path = remote.resource_path(source)
        try:
            with about(remote.shown(path)):
                count = 0
                for node in _named(cloud, path):
                    count += 1
                    yield path, node
                if not count:
                    text = "Nothing in the cloud fits this."
                    raise NotFoundError(text)
        except U1Error as error:
            board.tell(Outcome(Status.FAILED, "", path, error=error))


def _named(cloud: Cloud, path: str) -> Iterator[Node]:
    """The node of this very name, or those that it fits as a pattern."""
    try:
        yield cloud.files.node(path)
    except NotFoundError:
        if not patterns.is_pattern(path):
            raise
        yield from patterns.expand(cloud.files, path)


def _not_a_folder(target: str) -> UsageError:
    return UsageError(f"{remote.printable(target)} is no folder of this computer.")


class _Place:
    """Where sources go: `is_folder` into LOCAL, with `is_into` folders, too."""

    def __init__(self, downward: Downward, target: str, is_folder: bool, is_into: bool) -> None:
        self._downward = downward
        self._target = target
        self._is_folder = is_folder
        self._is_into = is_into

    def of(self, node: Node, path: str) -> str:
        """The place of what was found for a path, made a folder if need be. Raises UsageError."""
        is_named = path == node.resource_path  # and no pattern
        if not is_named and not self._is_folder:
            if os.path.lexists(self._target):
                raise _not_a_folder(self._target)
            self._is_folder = True
        # A folder becomes LOCAL even where that is one: the same command goes on with it.
        keeps_name = self._is_folder and (node.is_file or self._is_into or not is_named)
        if not keeps_name:
            return self._target
        self._downward.make(self._target, "")
        return os.path.join(self._target, node.name)


def _jobs(
    cloud: Cloud,
    downward: Downward,
    found: Iterator[tuple[str, Node]],
    target: _Place,
    how: How,
) -> Iterator[Job]:
    names: set[str] = set()
    for path, node in found:
        place = ""
        try:
            with about(remote.shown(node.resource_path)):
                _check(node, how)
                place = target.of(node, path)
                _check_single(place, names)
                if node.is_file:
                    entry = Entry("", node.name, True, node.size, node.hash, node.when_changed)
                    job = downward.one(entry, node.resource_path, place)
                    if job is not None:
                        yield job
                else:
                    with contextlib.closing(RemoteTree(node.resource_path)) as tree:
                        tree.list(cloud)
                        _count(downward.board, tree)
                        yield from downward.tree(tree, place)
        except U1Error as error:
            downward.board.tell(Outcome(Status.FAILED, place, node.resource_path, error=error))


def _check(node: Node, how: How) -> None:
    """Raises what speaks against getting this node."""
    if "/" in node.name or node.name in ("", ".", ".."):
        text = "The cloud gives it a name that cannot be."
        raise RefusedError(text, code="bad_name")
    if not node.is_file and not how.is_recursive:
        text = "This is a folder. To get it too, add --recursive."
        raise NotThisWayError(text, code="is_directory")


def _check_single(place: str, names: set[str]) -> None:
    """Raises ConflictError where another source has this place."""
    if place in names:
        text = f"Something else was written to {remote.printable(place)} already."
        raise ConflictError(text)
    names.add(place)


def _count(board: Board, tree: RemoteTree) -> None:
    files, size = tree.sums()
    board.total_bytes += size
    board.total_files = (board.total_files or 0) + files

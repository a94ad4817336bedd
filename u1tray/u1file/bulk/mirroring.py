"""One folder made like another: what differs is carried, what is not at the source is deleted."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.nodes import DIRECTORY
from u1tray.u1file import placing, remote
from u1tray.u1file.bulk import putting, removal
from u1tray.u1file.bulk.board import Board
from u1tray.u1file.bulk.crew import Crew
from u1tray.u1file.bulk.down import Downward
from u1tray.u1file.bulk.getting import finish
from u1tray.u1file.bulk.hashes import Hashes
from u1tray.u1file.bulk.options import How
from u1tray.u1file.bulk.remote_tree import RemoteTree
from u1tray.u1file.bulk.removal import Removal
from u1tray.u1file.bulk.up import Upward
from u1tray.u1file.common import open_cloud
from u1tray.u1file.temporaries import temporary_files
from u1tray.u1file.words import about, on_disk
from u1tray.vocabulary.errors import NotFoundError, RefusedError, UsageError


@dataclass(frozen=True)
class Mirror:
    """What a mirror leaves alone, and whether and how much it deletes."""

    is_excluded: Callable[[str], bool]
    deletes: bool = False
    limit: int | None = None


@dataclass
class _Desk:
    """What both directions need."""

    cloud: Cloud
    board: Board
    hashes: Hashes
    tree: RemoteTree
    local: str


def mirror_up(local: str, target: str, how: How, mirror: Mirror) -> int:
    """Make REMOTE like the folder LOCAL; the exit code."""
    _check_folder(local)
    with _opened(local, target, how) as desk:
        board, tree = desk.board, desk.tree
        with about(remote.shown(tree.root)):
            _list_or_make(desk.cloud, tree, is_dry=how.is_dry)
        removals: list[Removal] = []
        if mirror.deletes:
            removals, total = removal.of_cloud(tree, local, mirror.is_excluded)
            with on_disk(local):
                is_empty = not os.listdir(local)
            _check(board, how, mirror, removals, total, is_source_empty=is_empty)
        if board.shows_progress:
            threading.Thread(target=putting.count, args=(board, [local]), daemon=True).start()
        upward = Upward(board, how.policy, desk.hashes, how.force, how.is_dry, mirror.is_excluded)

        def delete(some: list[Removal]) -> None:
            removal.from_cloud(desk.cloud, board, tree.root, local, some, is_dry=how.is_dry)

        delete([one for one in removals if one.is_in_the_way])
        for one in removals:
            tree.forget(one.path)
        Crew(desk.cloud, board, how.jobs).carry(upward.tree(local, tree))
        upward.remember()
        putting.make_empty(desk.cloud, upward)
        if board.summary.worst is None:
            delete([one for one in removals if not one.is_in_the_way])
        board.remark(_sentence(board, removals))
        return board.summary.exit_code


def mirror_down(source: str, local: str, how: How, mirror: Mirror) -> int:
    """Make the folder LOCAL like REMOTE; the exit code."""
    placing.new_mode()
    with _opened(local, source, how) as desk, temporary_files() as temporaries:
        board, tree = desk.board, desk.tree
        with about(remote.shown(tree.root)):
            tree.list(desk.cloud)
        if os.path.lexists(local):
            _check_folder(local)
        removals: list[Removal] = []
        if mirror.deletes and os.path.isdir(local):
            removals, total = removal.of_disk(tree, local, mirror.is_excluded)
            is_empty = next(tree.entries(), None) is None
            _check(board, how, mirror, removals, total, is_source_empty=is_empty)
        board.total_files, board.total_bytes = tree.sums()
        downward = Downward(
            *(board, how.policy, desk.hashes, temporaries, how.force, how.is_dry),
            mirror.is_excluded,
            frozenset(os.path.join(local, one.path) for one in removals if how.is_dry),
        )

        def delete(some: list[Removal]) -> None:
            removal.from_disk(board, local, tree.root, some, is_dry=how.is_dry)

        delete([one for one in removals if one.is_in_the_way])
        Crew(desk.cloud, board, how.jobs).carry(downward.tree(tree, local))
        downward.remember()
        if board.summary.worst is None:
            delete([one for one in removals if not one.is_in_the_way])
        finish(board, local)
        return board.summary.exit_code


@contextlib.contextmanager
def _opened(local: str, target: str, how: How) -> Iterator[_Desk]:
    path = remote.resource_path(target)
    with (
        Board(quiet=how.quiet, as_json=how.as_json) as board,
        contextlib.closing(Hashes()) as hashes,
        open_cloud(on_wait=board.wait) as cloud,
        contextlib.closing(RemoteTree(path)) as tree,
    ):
        yield _Desk(cloud, board, hashes, tree, local)


def _list_or_make(cloud: Cloud, tree: RemoteTree, *, is_dry: bool) -> None:
    try:
        tree.list(cloud)
    except NotFoundError:
        tree.is_new = True
        if not is_dry:
            made, _ = cloud.files.make(tree.root, DIRECTORY)
            if made.is_file:
                text = "There is a file of this name in the cloud."
                raise RefusedError(text, code="not_a_directory") from None


def _check(
    board: Board,
    how: How,
    mirror: Mirror,
    removals: list[Removal],
    total: int,
    *,
    is_source_empty: bool,
) -> None:
    """Raises RefusedError for too many deletions; a dry run says so and goes on to show them."""
    try:
        removal.check(removals, total, mirror.limit, is_source_empty=is_source_empty)
    except RefusedError as error:
        if not how.is_dry:
            raise
        board.remark(f"Without --dry-run this is refused: {error.text}")


def _check_folder(local: str) -> None:
    if not os.path.isdir(local):
        text = f"{remote.printable(local)} is no folder of this computer."
        raise UsageError(text)


def _sentence(board: Board, removals: list[Removal]) -> str:
    text = board.summary.sentence()
    if removals and board.summary.worst is not None:
        return f"{text} Nothing more was deleted because of the failures."
    return text

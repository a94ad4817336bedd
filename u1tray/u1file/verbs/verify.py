"""`u1file verify`: reads everything in the cloud and says what is damaged."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import click

from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.nodes import seconds_of
from u1tray.rest.urls import CONTENT
from u1tray.u1file import remote, verification
from u1tray.u1file.bulk.abreast import in_order
from u1tray.u1file.bulk.board import Board
from u1tray.u1file.bulk.options import jobs_option
from u1tray.u1file.bulk.outcomes import Outcome, Status
from u1tray.u1file.bulk.remote_tree import RemoteTree
from u1tray.u1file.common import json_option, open_cloud, quiet_option, show
from u1tray.u1file.completion import remote_argument
from u1tray.u1file.receiving import Wanted
from u1tray.u1file.words import about
from u1tray.vocabulary.units import format_bytes

DAMAGED = 1  # the exit code


@click.command("verify")
@remote_argument("target", required=False)
@jobs_option
@quiet_option
@json_option
def verify(*, target: str | None, jobs: int, quiet: bool, as_json: bool) -> int:
    """Read every file in REMOTE, or in the whole cloud, and compare it with its hash.

    Exit code 0: all are right; 1: some are damaged, and they are listed.
    """
    damaged = 0
    with Board(quiet=quiet, as_json=False) as board, open_cloud(on_wait=board.wait) as cloud:

        def check(own: Cloud, wanted: Wanted) -> str | None:
            path = wanted.resource_path
            with board.tracking(path.rpartition("/")[2]) as track, about(remote.shown(path)):
                return verification.check(own.files, wanted, track)

        with about(target or ""):
            contents = _listed(cloud, board, target)
        with contextlib.closing(in_order(cloud, board, jobs, contents, check)) as checked:
            for wanted, wrong in checked:
                if wrong is not None:
                    damaged += bool(wrong)
                    _tell(board, wanted, wrong, as_json=as_json)
        count, total = board.summary.files, format_bytes(board.total_bytes)
        files = "1 file" if count == 1 else f"{count} files"
        board.remark(f"Read {files}, {total}; {damaged or 'none'} damaged.")
    return DAMAGED if damaged else 0


def _tell(board: Board, wanted: Wanted, wrong: str, *, as_json: bool) -> None:
    path = wanted.resource_path
    board.tell(Outcome(Status.DONE, "", path, wanted.size))
    if wrong or as_json:
        line = f"Damaged: {remote.shown(path)}: {wrong}"
        with board.aside():
            show(line, {"resource_path": path, "ok": not wrong, "why": wrong}, as_json)


def _listed(cloud: Cloud, board: Board, target: str | None) -> Iterator[Wanted]:
    """All contents; the board knows how much there is."""
    if target is not None:
        path = remote.resource_path(target)
        node = cloud.files.node(path)
        if node.is_file:
            board.total_files, board.total_bytes = 1, node.size or 0
            return iter([] if node.hash is None else [Wanted.of(node)])
        roots = [path]
    else:
        roots = [volume.node_path for volume in cloud.files.volumes()]
    trees = [_tree(cloud, root) for root in roots]
    sums = [tree.sums() for tree in trees]
    board.total_files, board.total_bytes = (sum(column) for column in zip(*sums, strict=True))
    return _contents(trees)


def _tree(cloud: Cloud, root: str) -> RemoteTree:
    tree = RemoteTree(root)
    tree.list(cloud)
    return tree


def _contents(trees: list[RemoteTree]) -> Iterator[Wanted]:
    for tree in trees:
        with contextlib.closing(tree):
            for entry in tree.entries():
                if entry.sha1 is None or entry.size is None:
                    continue
                path, changed = f"{tree.root}/{entry.path}", seconds_of(entry.when_changed)
                yield Wanted(path, CONTENT + path, entry.sha1, entry.size, changed)

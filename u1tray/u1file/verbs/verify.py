"""`u1file verify`: reads everything in the cloud and says what is damaged."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import click

from u1tray.rest.blocking import Cloud
from u1tray.u1file import remote, verification
from u1tray.u1file.bulk.remote_tree import RemoteTree
from u1tray.u1file.common import json_option, open_cloud, quiet_option, show
from u1tray.u1file.completion import remote_argument
from u1tray.u1file.progress import Progress
from u1tray.u1file.words import about
from u1tray.vocabulary.units import format_bytes

DAMAGED = 1  # the exit code


@click.command("verify")
@remote_argument("target", required=False)
@quiet_option
@json_option
def verify(target: str | None, quiet: bool, as_json: bool) -> int:
    """Read every file in REMOTE, or in the whole cloud, and compare it with its hash.

    Exit code 0: all are right; 1: some are damaged, and they are listed.
    """
    checked, damaged = 0, 0
    with (
        Progress(target or "cloud", quiet=quiet) as progress,
        open_cloud(on_wait=progress.wait) as cloud,
    ):
        with about(target or ""):
            paths, total = _listed(cloud, target)
        progress.start(total)
        for path in paths:
            with about(remote.shown(path)):
                wrong = verification.check(cloud.files, path, progress.advance)
            if wrong is None:
                continue
            checked, damaged = checked + 1, damaged + bool(wrong)
            line = f"Damaged: {remote.shown(path)}: {wrong}" if wrong else ""
            show(line, {"path": path, "ok": not wrong, "why": wrong}, as_json)
        files = "1 file" if checked == 1 else f"{checked} files"
        progress.remark(f"Read {files}, {format_bytes(total)}; {damaged or 'none'} damaged.")
    return DAMAGED if damaged else 0


def _listed(cloud: Cloud, target: str | None) -> tuple[Iterator[str], int]:
    """The paths of all files, and their bytes."""
    if target is not None:
        path = remote.resource_path(target)
        node = cloud.files.node(path)
        if node.is_file:
            return iter([path]), node.size or 0
        roots = [path]
    else:
        roots = [volume.node_path for volume in cloud.files.volumes()]
    trees = [_tree(cloud, root) for root in roots]
    return _paths(trees), sum(tree.sums()[1] for tree in trees)


def _tree(cloud: Cloud, root: str) -> RemoteTree:
    tree = RemoteTree(root)
    tree.list(cloud)
    return tree


def _paths(trees: list[RemoteTree]) -> Iterator[str]:
    for tree in trees:
        with contextlib.closing(tree):
            for entry in tree.entries():
                if entry.is_file:
                    yield f"{tree.root}/{entry.path}"

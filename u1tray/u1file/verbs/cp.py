"""`u1file cp`: a copy within the cloud, also from one volume to another."""

from __future__ import annotations

import contextlib

import click

from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.nodes import Node
from u1tray.u1file import remote
from u1tray.u1file.bulk.abreast import in_order
from u1tray.u1file.bulk.board import Board
from u1tray.u1file.bulk.options import jobs_option
from u1tray.u1file.bulk.outcomes import Outcome, Status
from u1tray.u1file.bulk.remote_tree import Entry, RemoteTree
from u1tray.u1file.common import json_option, open_cloud, quiet_option, show
from u1tray.u1file.completion import remote_argument
from u1tray.u1file.copies import Copier
from u1tray.u1file.listing import node_value
from u1tray.u1file.words import NotThisWayError, about
from u1tray.vocabulary.errors import NotFoundError, UsageError


@click.command("cp")
@remote_argument("source", metavar="SOURCE")
@remote_argument("target", metavar="TARGET")
@click.option("-r", "--recursive", is_flag=True, help="Also a folder with all below.")
@click.option("-f", "--force", is_flag=True, help="Replace files that are there already.")
@jobs_option
@quiet_option
@json_option
def cp(
    *,
    source: str,
    target: str,
    recursive: bool,
    force: bool,
    jobs: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """Copy SOURCE to TARGET, or into the folder TARGET, within the cloud.

    What is copied is read, so that the cloud lets us have it again, and does not go up anew.
    """
    old, new = remote.resource_path(source), remote.resource_path(target)
    with Board(quiet=quiet, as_json=False) as board, open_cloud(on_wait=board.wait) as cloud:
        with about(remote.shown(old)):
            node = cloud.files.node(old)
        with about(remote.shown(new)):
            new = _place(cloud, node, new, is_folder=target.endswith("/"))
            copier = Copier(force=force)
            if node.is_file:
                board.begin()
                board.total_files, board.total_bytes = 1, node.size or 0
                with board.tracking(node.name) as track:
                    made = copier.file(cloud, node, new, track)
            elif recursive:
                made = _copied(cloud, board, copier, node, new, jobs=jobs)
            else:
                text = "This is a folder. To copy it with all below, add --recursive."
                raise NotThisWayError(text)
        board.remark(f"Copied to {remote.shown(made.resource_path)}.")
    show("", node_value(made), as_json)


def _place(cloud: Cloud, node: Node, new: str, *, is_folder: bool) -> str:
    """Where it goes: what is a folder, or behind a final slash shall be one, is gone into."""
    try:
        is_folder = is_folder or not cloud.files.node(new).is_file
    except NotFoundError:
        return new
    return remote.join(new, node.name) if is_folder else new


def _copied(cloud: Cloud, board: Board, copier: Copier, node: Node, new: str, *, jobs: int) -> Node:
    if f"{new}/".startswith(f"{node.resource_path}/"):
        text = "A folder cannot be copied into itself."
        raise UsageError(text)

    def copy(own: Cloud, entry: Entry) -> None:
        path = f"{new}/{entry.path}"
        with board.tracking(entry.name) as track, about(remote.shown(path)):
            if entry.is_file:
                source = own.files.node(f"{node.resource_path}/{entry.path}")
                copier.file(own, source, path, track)
            else:
                copier.folder(own, path)

    with contextlib.closing(RemoteTree(node.resource_path)) as tree:
        tree.list(cloud)
        board.total_files, board.total_bytes = tree.sums()
        made = copier.folder(cloud, new)
        with contextlib.closing(in_order(cloud, board, jobs, tree.entries(), copy)) as copied:
            for entry, _ in copied:
                if entry.is_file:
                    board.tell(Outcome(Status.DONE, "", f"{new}/{entry.path}", entry.size or 0))
    return made

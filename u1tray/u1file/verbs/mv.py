"""`u1file mv`: another name or place in the same volume, without moving any bytes."""

from __future__ import annotations

import contextlib

import click

from u1tray.rest.blocking.files import Files
from u1tray.rest.nodes import Node
from u1tray.u1file import remote
from u1tray.u1file.common import json_option, open_cloud, show, silent_option
from u1tray.u1file.completion import remote_argument
from u1tray.u1file.listing import node_value
from u1tray.u1file.words import about
from u1tray.vocabulary.errors import ConflictError, NotFoundError, UsageError


@click.command("mv")
@remote_argument("source")
@remote_argument("target", metavar="NEW")
@click.option("-f", "--force", is_flag=True, help="Replace a file that is there already.")
@silent_option
@json_option
def mv(source: str, target: str, force: bool, as_json: bool) -> None:
    """Move or rename REMOTE to NEW, or into the folder NEW."""
    old, new = remote.resource_path(source), remote.resource_path(target)
    with open_cloud() as cloud:
        with about(remote.shown(old)):
            node = cloud.files.node(old)
        new = _place(cloud.files, node, new, is_folder=target.endswith("/"))
        with about(remote.shown(new)):
            moved = _moved(cloud.files, node, _inside(node, new), force=force)
    show("", node_value(moved), as_json)


def _moved(files: Files, node: Node, new_path: str, *, force: bool) -> Node:
    try:
        return files.move(node, new_path, force=force)
    except ConflictError:
        text = "There is something of this name already. To replace it, add --force."
        raise ConflictError(text) from None


def _place(files: Files, node: Node, new: str, *, is_folder: bool) -> str:
    """Where it goes: what is a folder already is gone into, except for the node itself.

    A file goes into what a final slash calls a folder; a folder becomes it.
    """
    is_folder = is_folder and node.is_file
    with contextlib.suppress(NotFoundError):
        there = files.node(new)
        is_folder = is_folder or not (there.is_file or there.key == node.key)
    return remote.join(new, node.name) if is_folder else new


def _inside(node: Node, new: str) -> str:
    """The path within the node's volume."""
    root = node.volume_path.removeprefix("/volumes")
    if not new.startswith(f"{root}/"):
        text = (
            f"Only within {remote.shown(root)} can this be moved. "
            "Copy it with u1file cp --recursive, and delete it."
        )
        raise UsageError(text)
    return new.removeprefix(root)

"""`u1file cp`: a copy within the cloud, also from one volume to another."""

from __future__ import annotations

import contextlib

import click

from u1tray.rest.blocking import Cloud
from u1tray.rest.nodes import Node
from u1tray.u1file import remote
from u1tray.u1file.bulk.remote_tree import RemoteTree
from u1tray.u1file.common import json_option, open_cloud, quiet_option, show
from u1tray.u1file.completion import remote_argument
from u1tray.u1file.copies import Copier
from u1tray.u1file.listing import node_value
from u1tray.u1file.progress import Progress
from u1tray.u1file.words import about
from u1tray.vocabulary.errors import NotFoundError, RefusedError, UsageError


@click.command("cp")
@remote_argument("source", metavar="SOURCE")
@remote_argument("target", metavar="TARGET")
@click.option("-r", "--recursive", is_flag=True, help="Also a folder with all below.")
@click.option("-f", "--force", is_flag=True, help="Replace files that are there already.")
@quiet_option
@json_option
def cp(
    source: str, target: str, *, recursive: bool, force: bool, quiet: bool, as_json: bool
) -> None:
    """Copy SOURCE to TARGET, or into the folder TARGET, within the cloud.

    What is copied is read, so that the cloud lets us have it again, and does not go up anew.
    """
    old, new = remote.resource_path(source), remote.resource_path(target)
    with Progress(source, quiet=quiet) as progress, open_cloud(on_wait=progress.wait) as cloud:
        with about(remote.shown(old)):
            node = cloud.files.node(old)
        with about(remote.shown(new)):
            new = _place(cloud, node, new)
            copier = Copier(cloud, progress.start, progress.advance, force=force)
            if node.is_file:
                made = copier.file(node, new)
            elif recursive:
                made = _copied(cloud, copier, node, new)
            else:
                text = "This is a folder. To copy it with all below, add --recursive."
                raise RefusedError(text)
        progress.remark(f"Copied to {remote.shown(made.resource_path)}.")
    show("", node_value(made), as_json)


def _place(cloud: Cloud, node: Node, new: str) -> str:
    """Where it goes: what is a folder already is gone into."""
    try:
        there = cloud.files.node(new)
    except NotFoundError:
        return new
    return new if there.is_file else remote.join(there.resource_path, node.name)


def _copied(cloud: Cloud, copier: Copier, node: Node, new: str) -> Node:
    if f"{new}/".startswith(f"{node.resource_path}/"):
        text = "A folder cannot be copied into itself."
        raise UsageError(text)
    with contextlib.closing(RemoteTree(node.resource_path)) as tree:
        tree.list(cloud)
        made = copier.folder(new)
        for entry in tree.entries():
            path = f"{new}/{entry.path}"
            with about(remote.shown(path)):
                if entry.is_file:
                    copier.file(cloud.files.node(f"{node.resource_path}/{entry.path}"), path)
                else:
                    copier.folder(path)
    return made

"""`u1file list`: what is in a folder of the cloud; without a folder the volumes."""

from __future__ import annotations

import click

from u1tray.rest.file_storage import Files
from u1tray.rest.nodes import Node
from u1tray.u1file import remote
from u1tray.u1file.common import json_option, open_cloud, show
from u1tray.u1file.listing import node_lines, node_value
from u1tray.u1file.verbs.volumes import long_option, show_volumes
from u1tray.u1file.words import about
from u1tray.vocabulary.errors import RefusedError


@click.command("list")
@click.argument("folder", metavar="[REMOTE]", required=False)
@long_option
@json_option
def listed(folder: str | None, long: bool, as_json: bool) -> None:
    """List what is in REMOTE, or the volumes.

    A long line holds: d for a folder or p for a published file, the size, the last change in UTC,
    and the name.
    """
    if folder is None:
        show_volumes(long=long, as_json=as_json)
        return
    path = remote.resource_path(folder)
    with open_cloud() as cloud, about(remote.shown(path)):
        found = _found(cloud.files, path)
    show("\n".join(node_lines(found, long=long)), [node_value(each) for each in found], as_json)


def _found(files: Files, path: str) -> tuple[Node, ...]:
    """The children of a folder, or the file itself."""
    try:
        return files.directory(path).children
    except RefusedError as error:
        if error.code != "no_children":
            raise
        return (files.node(path),)

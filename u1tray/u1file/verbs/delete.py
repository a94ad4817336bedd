"""`u1file delete`: a file or a folder of the cloud, for good."""

from __future__ import annotations

import click

from u1tray.rest.nodes import Node
from u1tray.u1file import remote
from u1tray.u1file.common import json_option, open_cloud, quiet_option, remark, show
from u1tray.u1file.words import about
from u1tray.vocabulary.errors import RefusedError


@click.command("delete")
@click.argument("target", metavar="REMOTE")
@click.option("-r", "--recursive", is_flag=True, help="Also a folder with things in it.")
@quiet_option
@json_option
def delete(target: str, recursive: bool, quiet: bool, as_json: bool) -> None:
    """Delete REMOTE in the cloud."""
    path = remote.resource_path(target)
    with open_cloud() as cloud, about(remote.shown(path)):
        if not recursive and _holds_things(cloud.files.node(path)):
            text = "There are things in this folder. To delete them too, add --recursive."
            raise RefusedError(text)
        cloud.files.delete(path)
    if not quiet:
        remark(f"Deleted {remote.shown(path)}.")
    show("", {"deleted": path}, as_json)


def _holds_things(node: Node) -> bool:
    """A volume's root is left to the cloud, which refuses."""
    return node.has_children and node.parent_path is not None

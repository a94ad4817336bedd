"""`u1file mkdir`: a folder in the cloud."""

from __future__ import annotations

import click

from u1tray.rest.nodes import DIRECTORY
from u1tray.terminal.boundary import remark
from u1tray.u1file import remote
from u1tray.u1file.common import json_option, open_cloud, quiet_option, show
from u1tray.u1file.completion import remote_argument
from u1tray.u1file.listing import node_value
from u1tray.u1file.words import about
from u1tray.vocabulary.errors import ConflictError


@click.command("mkdir")
@remote_argument("target")
@click.option("-p", "--parents", is_flag=True, help="Changes nothing: it is always done.")
@quiet_option
@json_option
def mkdir(target: str, *, parents: bool, quiet: bool, as_json: bool) -> None:
    """Make the folder REMOTE, with those it is in; it is no fault if it is there already."""
    path = remote.resource_path(target)
    with open_cloud() as cloud, about(remote.shown(path)):
        made, is_new = cloud.files.make(path, DIRECTORY)
        if made.is_file:
            text = "There is a file of this name already."
            raise ConflictError(text)
    if not (is_new or quiet):
        remark(f"{remote.shown(path)} was there already.")
    show("", node_value(made), as_json)

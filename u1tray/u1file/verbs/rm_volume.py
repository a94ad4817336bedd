"""`u1file rm-volume`: a volume and everything in it, for good."""

from __future__ import annotations

import click

from u1tray.terminal.boundary import remark
from u1tray.u1file import remote
from u1tray.u1file.bulk.outcomes import Outcome, Status
from u1tray.u1file.common import json_option, open_cloud, quiet_option, show
from u1tray.u1file.completion import remote_argument
from u1tray.u1file.words import NotThisWayError, about


@click.command("rm-volume")
@remote_argument("name", metavar="NAME")
@click.option("-r", "--recursive", is_flag=True, help="Also a volume with things in it.")
@quiet_option
@json_option
def rm_volume(name: str, recursive: bool, quiet: bool, as_json: bool) -> None:
    """Delete the volume NAME."""
    path = remote.volume_path(name)
    with open_cloud() as cloud, about(remote.shown(path)):
        root = cloud.files.node("/" + path)
        if root.parent_path is not None:
            text = "This is no volume. To delete a folder, use u1file rm --recursive."
            raise NotThisWayError(text)
        if not recursive and root.has_children:
            text = "There are things in this volume. To delete them too, add --recursive."
            raise NotThisWayError(text)
        cloud.files.delete_volume(path)
    if not quiet:
        remark(f"Deleted the volume {remote.shown(path)}.")
    show("", Outcome(Status.DELETED, "", "/" + path).value(), as_json)

"""`u1file create-volume`: a new volume, beside the others."""

from __future__ import annotations

import click

from u1tray.terminal.boundary import remark
from u1tray.u1file import remote
from u1tray.u1file.common import json_option, open_cloud, quiet_option, show
from u1tray.u1file.listing import volume_value
from u1tray.u1file.words import about


@click.command("create-volume")
@click.argument("name", metavar="NAME")
@quiet_option
@json_option
def create_volume(name: str, *, quiet: bool, as_json: bool) -> None:
    """Make the volume NAME, such as Docs; it is no fault if it is there already."""
    path = remote.volume_path(name)
    with open_cloud() as cloud, about(remote.shown(path)):
        made, is_new = cloud.files.create_volume(path)
    if not (is_new or quiet):
        remark(f"{remote.shown(path)} was there already.")
    show("", volume_value(made), as_json)

"""`u1file published`: the files that everybody can read, with their addresses."""

from __future__ import annotations

import click

from u1tray.u1file import remote
from u1tray.u1file.common import json_option, open_cloud, show_all, silent_option
from u1tray.u1file.listing import node_value


@click.command("published")
@silent_option
@json_option
def published(as_json: bool) -> None:
    """List the published files: address and name."""
    with open_cloud() as cloud:
        found = cloud.files.published()
    lines = [f"{each.public_url}  {remote.shown(each.resource_path)}" for each in found]
    show_all(lines, map(node_value, found), as_json)

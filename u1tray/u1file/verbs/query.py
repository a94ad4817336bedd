"""`u1file query`: everything the cloud says about a file, a folder or a volume's root."""

from __future__ import annotations

import click

from u1tray.u1file import remote
from u1tray.u1file.common import json_option, open_cloud, show, silent_option
from u1tray.u1file.completion import remote_argument
from u1tray.u1file.listing import field_lines, node_value
from u1tray.u1file.words import about


@click.command("query")
@remote_argument("target")
@silent_option
@json_option
def query(target: str, as_json: bool) -> None:
    """Show everything about REMOTE, one field a line."""
    path = remote.resource_path(target)
    with open_cloud() as cloud, about(remote.shown(path)):
        value = node_value(cloud.files.node(path))
    show(field_lines(value), value, as_json)

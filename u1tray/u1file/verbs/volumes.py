"""`u1file volumes`: the account's volumes."""

from __future__ import annotations

import click

from u1tray.u1file.common import json_option, open_cloud, show_all, silent_option
from u1tray.u1file.listing import volume_lines, volume_value

long_option = click.option("-l", "--long", is_flag=True, help="Show more about each.")


@click.command("volumes")
@long_option
@silent_option
@json_option
def volumes(long: bool, as_json: bool) -> None:
    """List the volumes."""
    show_volumes(long=long, as_json=as_json)


def show_volumes(*, long: bool, as_json: bool) -> None:
    """Print them, the root first."""
    with open_cloud() as cloud:
        found = cloud.files.volumes()
    show_all(volume_lines(found, long=long), map(volume_value, found), as_json)

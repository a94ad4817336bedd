"""`u1file quota`: how much is stored and how much may be."""

from __future__ import annotations

import click

from u1tray.u1file.common import json_option, open_cloud, show, silent_option
from u1tray.vocabulary.units import format_bytes


@click.command("quota")
@silent_option
@json_option
def quota(as_json: bool) -> None:
    """Show how much of your storage is used."""
    with open_cloud() as cloud:
        found = cloud.quota()
    text = (
        f"{format_bytes(found.used)} of {format_bytes(found.total)} used, "
        f"{found.percent} %, {format_bytes(found.free)} free"
    )
    show(text, {"total": found.total, "used": found.used, "free": found.free}, as_json)

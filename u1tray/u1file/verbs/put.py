"""`u1file put`: a file of this computer into the cloud, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import click

from u1tray.rest.nodes import Node
from u1tray.u1file import local, remote, transfers
from u1tray.u1file.common import force_option, json_option, open_cloud, quiet_option, show
from u1tray.u1file.listing import node_value
from u1tray.u1file.progress import Progress
from u1tray.u1file.words import about
from u1tray.vocabulary.units import format_bytes


@click.command("put")
@click.argument("source", metavar="LOCAL")
@click.argument("target", metavar="REMOTE")
@force_option
@quiet_option
@json_option
def put(source: str, target: str, force: bool, quiet: bool, as_json: bool) -> None:
    """Store the file LOCAL as REMOTE, such as Docs/letter.txt

    Folders on the way are made. In a folder, or behind a final slash, the file keeps its name.
    """
    name = os.path.basename(source)
    path = remote.resource_path(target)
    if target.endswith("/"):
        path = remote.join(path, name)
    with Progress(name, quiet=quiet) as progress:
        stored = _stored(Path(source), path, progress, force=force)
        size = format_bytes(stored.size or 0)
        progress.remark(f"Stored {remote.shown(stored.resource_path)}, {size}.")
    show("", node_value(stored), as_json)


def _stored(source: Path, path: str, progress: Progress, *, force: bool) -> Node:
    with (
        local.source(source, progress.start, progress.advance) as opened,
        open_cloud(on_wait=progress.wait) as cloud,
        about(remote.shown(path)),
    ):
        return transfers.upload(cloud.files, cloud.quota, opened, path, source.name, force=force)

"""`u1file put`: a file of this computer into the cloud, whole or not at all."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

import click

from u1tray.rest.nodes import Node
from u1tray.u1file import local, remote, transfers
from u1tray.u1file.common import PIPE, force_option, json_option, open_cloud, quiet_option, show
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
    """Store the file LOCAL (- for standard input) as REMOTE, such as Docs/letter.txt

    Folders on the way are made. In a folder, or behind a final slash, the file keeps its name.
    """
    name = "" if source == PIPE else os.path.basename(source)
    path = remote.resource_path(target)
    if target.endswith("/"):
        path = remote.join(path, name)
    with Progress(name or target, quiet=quiet) as progress:
        stored = _stored(source, path, name, progress, force=force)
        size = format_bytes(stored.size or 0)
        progress.remark(f"Stored {remote.shown(stored.resource_path)}, {size}.")
    show("", node_value(stored), as_json)


def _stored(source: str, path: str, name: str, progress: Progress, *, force: bool) -> Node:
    with (
        _opened(source, progress) as opened,
        open_cloud(on_wait=progress.wait) as cloud,
        about(remote.shown(path)),
    ):
        return transfers.upload(cloud.files, cloud.quota, opened, path, name, force=force)


def _opened(source: str, progress: Progress) -> AbstractContextManager[local.Source]:
    if source == PIPE:
        return local.piped(progress.start, progress.advance)
    return local.source(Path(source), progress.start, progress.advance)

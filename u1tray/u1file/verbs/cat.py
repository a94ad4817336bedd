"""`u1file cat`: the content of a file of the cloud on standard output, checked before."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from pathlib import Path

import click

from u1tray.rest.nodes import Node
from u1tray.u1file import local, receiving, remote
from u1tray.u1file.common import open_cloud, quiet_option
from u1tray.u1file.completion import remote_argument
from u1tray.u1file.progress import Progress
from u1tray.u1file.sink import Sink
from u1tray.u1file.words import about


@click.command("cat")
@remote_argument("source")
@quiet_option
def cat(source: str, *, quiet: bool) -> None:
    """Print the content of the file REMOTE."""
    print_content(source, quiet=quiet)


def print_content(source: str, *, quiet: bool) -> Node:
    """Print a file's content once all of it is here and right; its node."""
    path = remote.resource_path(source)
    with local.scratch() as file:
        with (
            Progress(source, quiet=quiet) as progress,
            open_cloud(on_wait=progress.wait) as cloud,
            about(remote.shown(path)),
        ):
            node = receiving.find_file(cloud.files, path)
            place = Path(tempfile.gettempdir())
            with contextlib.closing(Sink(place, file, progress)) as sink:
                receiving.download(cloud.files, node, sink)
        file.seek(0)
        shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    return node

"""`u1file cat`: the content of a file of the cloud on standard output, checked before."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from pathlib import Path

import click

from u1tray.u1file import remote, transfers
from u1tray.u1file.common import open_cloud
from u1tray.u1file.local import Sink
from u1tray.u1file.progress import Progress
from u1tray.u1file.words import about, on_disk


@click.command("cat")
@click.argument("source", metavar="REMOTE")
def cat(source: str) -> None:
    """Print the content of the file REMOTE."""
    path = remote.resource_path(source)
    place = Path(tempfile.gettempdir())
    with contextlib.ExitStack() as stack:
        with on_disk(place):
            file = stack.enter_context(tempfile.TemporaryFile(buffering=0))
        with (
            Progress(source, quiet=False) as progress,
            open_cloud(on_wait=progress.wait) as cloud,
            about(remote.shown(path)),
        ):
            node = transfers.find_file(cloud.files, path)
            sink = Sink(place, file, progress.advance)
            transfers.download(cloud.files, node, sink, progress.start)
        file.seek(0)
        shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()

"""`u1file get`: a file of the cloud onto this computer, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import click

from u1tray.rest.file_storage import Files
from u1tray.rest.nodes import Node
from u1tray.u1file import local, remote, transfers
from u1tray.u1file.common import PIPE, force_option, json_option, open_cloud, quiet_option, show
from u1tray.u1file.listing import node_value
from u1tray.u1file.progress import Progress
from u1tray.u1file.verbs.cat import print_content
from u1tray.u1file.words import about
from u1tray.vocabulary.errors import UsageError
from u1tray.vocabulary.units import format_bytes


@click.command("get")
@click.argument("source", metavar="REMOTE")
@click.argument("target", metavar="LOCAL")
@force_option
@quiet_option
@json_option
def get(source: str, target: str, force: bool, quiet: bool, as_json: bool) -> None:
    """Write the file REMOTE, such as Docs/letter.txt, to LOCAL (- for standard output).

    In a folder LOCAL it keeps its name. It is as old here as its last change in the cloud.
    """
    if target == PIPE:
        if as_json:
            text = "Standard output takes either the content or JSON."
            raise UsageError(text)
        print_content(source, quiet=quiet)
        return
    path = remote.resource_path(source)
    with (
        Progress(source, quiet=quiet) as progress,
        open_cloud(on_wait=progress.wait) as cloud,
        about(remote.shown(path)),
    ):
        got, place = _written(cloud.files, path, Path(target), progress, force=force)
        size = format_bytes(got.size or 0)
        progress.remark(f"Wrote {remote.printable(str(place))}, {size}.")
    show("", node_value(got), as_json)


def _written(
    files: Files, path: str, target: Path, progress: Progress, *, force: bool
) -> tuple[Node, Path]:
    node = transfers.find_file(files, path)
    place = target / node.name if target.is_dir() else target
    with local.replacement(place, progress.advance, force=force) as sink:
        return transfers.download(files, node, sink, progress.start), place

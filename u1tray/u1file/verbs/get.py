"""`u1file get`: files of the cloud onto this computer, each whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import click

from u1tray.rest.blocking.files import Files
from u1tray.rest.nodes import Node
from u1tray.u1file import receiving, remote
from u1tray.u1file.bulk.options import How, policy_of, transfer_options
from u1tray.u1file.bulk.outcomes import Outcome, Status
from u1tray.u1file.bulk.patterns import is_pattern
from u1tray.u1file.bulk.policy import Policy
from u1tray.u1file.common import PIPE, force_option, json_option, open_cloud, quiet_option, show
from u1tray.u1file.completion import from_there_to_here
from u1tray.u1file.fetching import fetch
from u1tray.u1file.listing import node_value
from u1tray.u1file.progress import Progress
from u1tray.u1file.receiving import Wanted
from u1tray.u1file.temporaries import Temporaries, temporary_files
from u1tray.u1file.verbs.cat import print_content
from u1tray.u1file.words import about, on_disk
from u1tray.vocabulary.errors import UsageError
from u1tray.vocabulary.units import format_bytes


@click.command("get")
@click.argument(
    "sources", metavar="REMOTE...", nargs=-1, required=True, shell_complete=from_there_to_here
)
@click.argument("target", metavar="LOCAL", type=click.Path(readable=False))
@transfer_options
@force_option
@quiet_option
@json_option
def get(
    *,
    sources: tuple[str, ...],
    target: str,
    recursive: bool,
    jobs: int,
    skip_existing: bool,
    update: bool,
    force: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Write the file REMOTE, such as Docs/letter.txt, to LOCAL (- for standard output).

    In a folder LOCAL, or behind a final slash, it keeps its name. It is as old here as its last
    change in the cloud. Several files, or with -r folders, go into the folder LOCAL, which is made
    if it is not there. A single folder becomes LOCAL, but keeps its name behind a final slash.

    REMOTE may be a pattern, such as 'Docs/*.txt' or 'Docs/**/*.jpg', in quotes, so that the
    shell leaves it alone: * and ? stand for characters of a name, [..] for one of those in it,
    ** for any number of folders. A name that is exactly this goes first; [*] is a star itself.

    What came of a file above 16 MiB before it was broken off stays beside the target in a hidden
    file that ends in .u1part, and the same command goes on with it.
    """
    policy = policy_of(skip_existing=skip_existing, update=update)
    is_plain = len(sources) == 1 and not recursive and policy is Policy.REPLACE
    if target == PIPE:
        if as_json or not is_plain:
            text = "Standard output takes the content of one file, without these options."
            raise UsageError(text)
        print_content(sources[0], quiet=quiet)
        return 0
    if is_plain and not is_pattern(sources[0]):
        _get_one(sources[0], target, force=force, quiet=quiet, as_json=as_json)
        return 0
    from u1tray.u1file.bulk.getting import get_all  # noqa: PLC0415 - one file needs none of it

    return get_all(sources, target, How(policy, jobs, recursive, force, quiet, as_json))


def _get_one(source: str, target: str, *, force: bool, quiet: bool, as_json: bool) -> None:
    path = remote.resource_path(source)
    with (
        Progress(source, quiet=quiet) as progress,
        open_cloud(on_wait=progress.wait) as cloud,
        temporary_files() as temporaries,
        about(remote.shown(path)),
    ):
        got, place = _written(cloud.files, path, target, progress, temporaries, force=force)
        size = format_bytes(got.size or 0)
        progress.remark(f"Wrote {remote.printable(str(place))}, {size}.")
    show("", Outcome(Status.WRITTEN, str(place), "").value() | node_value(got), as_json)


def _place(node: Node, target: str) -> Path:
    """Where a file goes; the folder that a final slash says is made."""
    is_there = os.path.isdir(target)
    if target.endswith("/") and not is_there:
        with on_disk(target):
            os.mkdir(target)
        is_there = True
    return Path(remote.join(target, node.name) if is_there else target)


def _written(
    files: Files,
    path: str,
    target: str,
    progress: Progress,
    temporaries: Temporaries,
    *,
    force: bool,
) -> tuple[Node, Path]:
    node = receiving.find_file(files, path)
    place = _place(node, target)
    written = fetch(files, Wanted.of(node), place, progress, force=force, temporaries=temporaries)
    if written.hash != node.hash:  # it changed meanwhile, and was got as it is now
        node = receiving.find_file(files, path)
    return node, place

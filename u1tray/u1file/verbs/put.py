"""`u1file put`: files of this computer into the cloud, each whole or not at all."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

import click

from u1tray.rest.nodes import Node
from u1tray.u1file import local, remote, sending
from u1tray.u1file.bulk.memory import Memory
from u1tray.u1file.bulk.options import How, policy_of, transfer_options
from u1tray.u1file.bulk.outcomes import Outcome, Status
from u1tray.u1file.bulk.policy import Policy
from u1tray.u1file.common import PIPE, force_option, json_option, open_cloud, quiet_option, show
from u1tray.u1file.completion import from_here_to_there, remote_argument
from u1tray.u1file.listing import node_value
from u1tray.u1file.progress import Progress
from u1tray.u1file.source import Source
from u1tray.u1file.words import about
from u1tray.vocabulary.errors import UsageError
from u1tray.vocabulary.units import format_bytes


@click.command("put")
@click.argument(
    "sources", metavar="LOCAL...", nargs=-1, required=True, shell_complete=from_here_to_there
)
@remote_argument("target")
@transfer_options
@force_option
@quiet_option
@json_option
def put(
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
    """Store the file LOCAL (- for standard input) as REMOTE, such as Docs/letter.txt

    Folders on the way are made. In a folder, or behind a final slash, a file keeps its name.
    Several files, or with -r folders, go into the folder REMOTE. A single folder becomes REMOTE,
    but keeps its name in a volume or behind a final slash. Links and special files stay here.

    A put of more than 16 MiB that was broken off goes on where it was when the same command is
    run again.
    """
    policy = policy_of(skip_existing=skip_existing, update=update)
    if len(sources) == 1 and not recursive and policy is Policy.REPLACE:
        _put_one(sources[0], target, force=force, quiet=quiet, as_json=as_json)
        return 0
    if PIPE in sources:
        text = "Standard input is put alone, and without these options."
        raise UsageError(text)
    from u1tray.u1file.bulk.putting import put_all  # noqa: PLC0415 - one file needs none of it

    return put_all(sources, target, How(policy, jobs, recursive, force, quiet, as_json))


def _put_one(source: str, target: str, *, force: bool, quiet: bool, as_json: bool) -> None:
    name = "" if source == PIPE else os.path.basename(source)
    path = remote.resource_path(target)
    if target.endswith("/"):
        path = remote.join(path, name)
    with Progress(name or target, quiet=quiet) as progress:
        stored = _stored(source, path, name, progress, force=force)
        size = format_bytes(stored.size or 0)
        progress.remark(f"Stored {remote.shown(stored.resource_path)}, {size}.")
    show("", Outcome(Status.STORED, source, "").value() | node_value(stored), as_json)


def _stored(source: str, path: str, name: str, progress: Progress, *, force: bool) -> Node:
    with (
        _opened(source, progress) as opened,
        open_cloud(on_wait=progress.wait) as cloud,
        about(remote.shown(path)),
    ):

        def memory_of(resource_path: str) -> Memory:
            place = os.path.abspath(source)
            which = cloud.settings.api_url, cloud.consumer_key, resource_path
            return Memory(*which, place, *opened.state)

        is_pipe = source == PIPE
        return sending.upload(
            *(cloud, opened, path, name),
            force=force,
            memory_of=None if is_pipe else memory_of,
        )


def _opened(source: str, progress: Progress) -> AbstractContextManager[Source]:
    if source == PIPE:
        return local.piped(progress)
    return local.source(Path(source), progress)

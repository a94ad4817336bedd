"""`u1file delete`: files and folders of the cloud, for good."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import click

from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.file_requests import DELETE_EMPTY
from u1tray.rest.nodes import Node
from u1tray.terminal.boundary import fail, remark
from u1tray.u1file import remote
from u1tray.u1file.bulk.outcomes import Outcome, Status
from u1tray.u1file.common import PROGRAM, json_option, open_cloud, quiet_option, show
from u1tray.u1file.completion import remote_argument
from u1tray.u1file.words import NotThisWayError, about
from u1tray.vocabulary.errors import (
    ConflictError,
    NotFoundError,
    RefusedError,
    meaning_of,
)

# What is wrong with one path; the others are still deleted.
_OF_ONE = (NotFoundError, RefusedError, ConflictError)


@click.command("delete")
@remote_argument("targets", metavar="REMOTE...", nargs=-1, required=True)
@click.option("-r", "--recursive", is_flag=True, help="Also a folder with things in it.")
@quiet_option
@json_option
def delete(targets: tuple[str, ...], *, recursive: bool, quiet: bool, as_json: bool) -> int:
    """Delete every REMOTE in the cloud. What cannot be deleted keeps none of the others."""
    paths = [remote.resource_path(target) for target in targets]
    code = 0
    with open_cloud() as cloud:
        for path in paths:
            try:
                _delete(cloud, path, recursive=recursive)
            except _OF_ONE as error:
                code = code or meaning_of(error).exit_code
                fail(PROGRAM, error.text)
                show("", Outcome(Status.FAILED, "", path, error=error).value(), as_json)
                continue
            if not quiet:
                remark(f"Deleted {remote.shown(path)}.")
            show("", Outcome(Status.DELETED, "", path).value(), as_json)
    return code


def _delete(cloud: Cloud, path: str, *, recursive: bool) -> None:
    with about(remote.shown(path)), _volumes_told():
        if recursive:
            cloud.files.delete(path)
        elif cloud.announces(DELETE_EMPTY):
            try:
                cloud.files.delete_empty(path)
            except ConflictError:
                if cloud.files.node(path).parent_path is None:
                    cloud.files.delete(path)  # a volume's root: the cloud says what is wrong
                raise _not_empty() from None
        else:
            if _holds_things(cloud.files.node(path)):
                raise _not_empty()
            cloud.files.delete(path)


@contextlib.contextmanager
def _volumes_told() -> Iterator[None]:
    """A volume has a verb of its own."""
    try:
        yield
    except RefusedError as error:
        if error.code == "volume_root":
            error.text += " Delete the whole volume with u1file rm-volume."
        raise


def _not_empty() -> NotThisWayError:
    text = "There are things in this folder. To delete them too, add --recursive."
    return NotThisWayError(text)


def _holds_things(node: Node) -> bool:
    """A volume's root is left to the cloud, which refuses."""
    return node.has_children and node.parent_path is not None

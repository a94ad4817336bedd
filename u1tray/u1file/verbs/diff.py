"""`u1file diff`: whether this computer and the cloud hold the same."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

import click

from u1tray.rest.blocking.cloud import Cloud
from u1tray.terminal.boundary import remark
from u1tray.u1file import comparison, remote
from u1tray.u1file.bulk.remote_tree import RemoteTree
from u1tray.u1file.common import json_option, open_cloud, show
from u1tray.u1file.comparison import Difference, Kind
from u1tray.u1file.completion import remote_argument
from u1tray.u1file.receiving import find_file
from u1tray.u1file.words import about, on_disk
from u1tray.vocabulary.errors import U1Error, UsageError, meaning_of

DIFFERENT = 1  # the exit code, as of diff(1)
_WORDS = {Kind.ONLY_HERE: "Only here", Kind.ONLY_THERE: "Only there", Kind.DIFFERS: "Differs"}


@click.command("diff")
@click.argument("local", metavar="LOCAL", type=click.Path(readable=False))
@remote_argument("target")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing: the exit code tells.")
@json_option
def diff(local: str, target: str, quiet: bool, as_json: bool) -> int:
    """Compare the file or folder LOCAL with REMOTE, by content.

    Exit code 0: the same; 1: different; another where something cannot be read.
    """
    path = remote.resource_path(target)
    unread: list[U1Error] = []
    with open_cloud() as cloud, about(remote.shown(path)):
        found = _found(cloud, local, path, unread, quiet=quiet)
    if not quiet:
        _show(found, local, path, as_json=as_json)
    if unread:
        return meaning_of(unread[0]).exit_code
    return DIFFERENT if found else 0


def _found(
    cloud: Cloud, local: str, path: str, unread: list[U1Error], *, quiet: bool
) -> list[Difference]:
    with on_disk(local):
        os.stat(local)
    if not os.path.isdir(local):
        return _of_file(cloud, local, path)

    def skipped(below: str, error: U1Error | None) -> None:
        if error is not None:
            unread.append(error)
        if not quiet:
            is_link = os.path.islink(os.path.join(local, below))
            what = "a link" if is_link else "no file and no folder"
            why = what if error is None else error.text
            remark(f"Not compared: {remote.printable(below)} ({why})")

    with contextlib.closing(RemoteTree(path)) as tree:
        try:
            tree.list(cloud)
        except U1Error as error:
            if error.code != "no_children":
                raise
            text = f"{remote.printable(local)} is a folder, {remote.shown(path)} is a file."
            raise UsageError(text) from None
        return sorted(comparison.folders(local, tree, skipped))


def _of_file(cloud: Cloud, local: str, path: str) -> list[Difference]:
    node = cloud.files.node(path)
    if not node.is_file:
        node = find_file(cloud.files, remote.join(path, os.path.basename(local)))
    is_same = comparison.files(local, node.size, node.hash)
    return [] if is_same else [Difference("", Kind.DIFFERS)]


def _show(found: Iterable[Difference], local: str, path: str, *, as_json: bool) -> None:
    for each in found:
        place = os.path.join(local, each.path) if each.path else local
        value = {
            "difference": each.kind.value,
            "local": place,
            "resource_path": f"{path}/{each.path}".rstrip("/"),
        }
        show(f"{_WORDS[each.kind]}: {remote.printable(each.path or local)}", value, as_json)

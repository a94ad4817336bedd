"""`u1file list`: what is in a folder of the cloud; without a folder the volumes."""

from __future__ import annotations

import click

from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.blocking.files import Files
from u1tray.rest.nodes import Node
from u1tray.u1file import remote
from u1tray.u1file.bulk import patterns
from u1tray.u1file.common import json_option, open_cloud, show_all, silent_option
from u1tray.u1file.completion import remote_argument
from u1tray.u1file.listing import node_lines, node_value
from u1tray.u1file.verbs.volumes import long_option, show_volumes
from u1tray.u1file.words import about
from u1tray.vocabulary.errors import NotFoundError, RefusedError


@click.command("list")
@remote_argument("folder", required=False)
@long_option
@click.option("-R", "--recursive", is_flag=True, help="Also what is in the folders, and so on.")
@silent_option
@json_option
def listed(folder: str | None, *, long: bool, recursive: bool, as_json: bool) -> None:
    """List what is in REMOTE, or the volumes.

    REMOTE may be a pattern in quotes, as for get; then what fits is listed, and not what is in it.

    A long line holds: d for a folder or p for a published file, the size, the last change in UTC,
    and the name.
    """
    if folder is None and not recursive:
        show_volumes(long=long, as_json=as_json)
        return
    with open_cloud() as cloud:
        if recursive:
            _show_all(cloud, folder, long=long, as_json=as_json)
            return
        path = remote.resource_path(folder or "")
        with about(remote.shown(path)):
            found, is_pattern = _found(cloud.files, path)
    lines = node_lines(found, long=long, is_whole=is_pattern)
    show_all(lines, map(node_value, found), as_json)


def _show_all(cloud: Cloud, folder: str | None, *, long: bool, as_json: bool) -> None:
    """Print everything below, a folder after the other; JSON is a node a line."""
    tops = _roots(cloud.files) if folder is None else [remote.resource_path(folder)]
    waiting, is_first = tops[::-1], True
    while waiting:
        path = waiting.pop()
        with about(remote.shown(path)):
            found, is_pattern = _found(cloud.files, path)
        waiting += [each.resource_path for each in found[::-1] if not each.is_file]
        head = "" if is_first else "\n"
        lines = [f"{head}{remote.shown(path)}:", *node_lines(found, long=long, is_whole=is_pattern)]
        show_all(lines, map(node_value, found), as_json)
        is_first = False


def _roots(files: Files) -> list[str]:
    return [volume.node_path for volume in files.volumes()]


def _found(files: Files, path: str) -> tuple[tuple[Node, ...], bool]:
    """The children of a folder, the file itself, or what a pattern fits; and whether it is one."""
    try:
        return files.directory(path).children, False
    except RefusedError as error:
        if error.code != "no_children":
            raise
        return (files.node(path),), False
    except NotFoundError:
        if not patterns.is_pattern(path):
            raise
        return patterns.fitting(files, path), True

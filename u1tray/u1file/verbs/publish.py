"""`u1file publish` and `unpublish`: a public address for a file, given and taken away."""

from __future__ import annotations

import click

from u1tray.rest.nodes import Node
from u1tray.u1file import remote
from u1tray.u1file.common import json_option, open_cloud, show, silent_option
from u1tray.u1file.completion import remote_argument
from u1tray.u1file.listing import node_value
from u1tray.u1file.words import about


@click.command("publish")
@remote_argument("target")
@silent_option
@json_option
def publish(target: str, as_json: bool) -> None:
    """Let everybody read the file REMOTE; print its public address."""
    node = _changed(target, public=True)
    show(node.public_url or "", node_value(node), as_json)


@click.command("unpublish")
@remote_argument("target")
@silent_option
@json_option
def unpublish(target: str, as_json: bool) -> None:
    """Destroy the public address of the file REMOTE."""
    show("", node_value(_changed(target, public=False)), as_json)


def _changed(target: str, *, public: bool) -> Node:
    path = remote.resource_path(target)
    with open_cloud() as cloud, about(remote.shown(path)):
        return cloud.files.publish(path, public=public)

"""Paths of the cloud for the shell to complete: quick or silent, and never a question.

Whatever goes wrong, the shell gets nothing and the person sees nothing.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from u1tray.u1file import keys, remote
from u1tray.u1file.choice import Choice, chosen

if TYPE_CHECKING:
    from u1tray.rest.nodes import Node

# Longer than this nobody waits for a Tab; on a slow computer somebody may want to.
LIMIT_SECONDS = 3.0
LIMIT_VARIABLE = "U1FILE_COMPLETION_SECONDS"
REMOTE_PATH = "remote"  # the type that the scripts in data/completions know


def remote_argument(
    name: str, *, metavar: str = "REMOTE", **options: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An argument that is a path of the cloud and is completed as one."""
    metavar = metavar if options.get("required", True) else f"[{metavar}]"
    return click.argument(name, metavar=metavar, shell_complete=remote_paths, **options)


def remote_paths(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """What the typed beginning of a path can become, folders with a slash."""
    with context.scope(cleanup=False):
        choice = chosen()
    found: list[str] = []
    # Not by a signal: libdbus would go on waiting.
    finder = threading.Thread(target=_find, args=(choice, incomplete, found), daemon=True)
    finder.start()
    finder.join(limit_seconds())
    return [CompletionItem(path, REMOTE_PATH) for path in found]


def from_here_to_there(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """LOCAL... REMOTE: a file here first, then a path of the cloud or another file."""
    file = CompletionItem(incomplete, "file")
    return [file] if _is_first(context) else [*remote_paths(context, parameter, incomplete), file]


def from_there_to_here(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """REMOTE... LOCAL: a path of the cloud first, then another or a file here."""
    found = remote_paths(context, parameter, incomplete)
    return found if _is_first(context) else [*found, CompletionItem(incomplete, "file")]


def limit_seconds() -> float:
    """How long a person waits: as the environment says, else LIMIT_SECONDS."""
    try:
        seconds = float(os.environ.get(LIMIT_VARIABLE, ""))
    except ValueError:
        return LIMIT_SECONDS
    return seconds if 0 < seconds < threading.TIMEOUT_MAX else LIMIT_SECONDS


def _is_first(context: click.Context) -> bool:
    """Whether nothing was typed yet. The parser gives a single word to the last argument."""
    return not (context.params.get("sources") or context.params.get("target"))


def _find(choice: Choice, incomplete: str, found: list[str]) -> None:
    """Put all paths into `found`, or none."""
    # The outer boundary of a completion: there is nobody to tell.
    with contextlib.suppress(Exception):
        found += _paths(choice, incomplete)


def _paths(choice: Choice, incomplete: str) -> list[str]:
    from u1tray.rest.blocking.cloud import Cloud  # noqa: PLC0415 - for a Tab in a path only

    settings, credentials = choice.settings(), keys.of(choice, may_ask=False).find()
    if settings is None or credentials is None:
        return []
    folder, slash, begun = incomplete.rpartition("/")
    with Cloud(
        settings,
        credentials,
        program="u1file completion",
        limit=1,
        read_timeout_seconds=limit_seconds(),
    ) as cloud:
        if not slash or folder == "~":
            names = [f"{volume.path.removeprefix('~/')}/" for volume in cloud.files.volumes()]
        else:
            children = cloud.files.directory(remote.resource_path(folder)).children
            names = [_name(child) for child in children]
    return [f"{folder}{slash}{name}" for name in names if name.startswith(begun)]


def _name(node: Node) -> str:
    return node.name if node.is_file else f"{node.name}/"

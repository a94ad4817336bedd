"""What the verbs share: the bus, output. Results go to stdout, remarks to stderr."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from typing import TextIO

import click

from u1tray.bus.blocking import open_session
from u1tray.bus.session import Bus
from u1tray.status.names import visible
from u1tray.terminal.documents import json_line
from u1tray.u1sync.snapshot import is_running
from u1tray.vocabulary.errors import NotFoundError

PROGRAM = "u1sync"

json_option = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")


@contextlib.contextmanager
def session() -> Iterator[Bus]:
    """The session bus. Raises OfflineError."""
    bus = open_session()
    try:
        yield bus
    finally:
        bus.close()


def check_running(bus: Bus) -> None:
    """Raise NotFoundError when there is no daemon: no verb but `start` starts one."""
    if not is_running(bus):
        text = f"File sync is not running. Start it: {PROGRAM} start"
        raise NotFoundError(text)


def harmless(path: str, stream: TextIO | None = None) -> str:
    """A path for a person; on a terminal without what would move its cursor.

    `stream` is where it is going to be written: by default the standard output.
    """
    return visible(path) if (stream or sys.stdout).isatty() else path


def show(text: str, value: Mapping[str, object], as_json: bool) -> None:
    """Print a verb's result: text for people, or the value as one line of JSON."""
    click.echo(json_line(value) if as_json else text)

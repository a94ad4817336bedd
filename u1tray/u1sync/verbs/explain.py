"""`u1sync explain`: why a path is or is not in sync."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import PurePath

import click

from u1tray.bus.sync import EXPLAIN
from u1tray.u1sync.common import check_running, harmless, json_option, session, show
from u1tray.u1sync.own import ask

IN_SYNC = "in sync"
OUTSIDE = "outside"
NOT_IN_SYNC = 1
_LABELS = (("here", "here"), ("cloud", "in the cloud"), ("agreed", "agreed last"))


@click.command("explain")
@click.argument("path", type=click.Path())
@json_option
def explain(path: str, as_json: bool) -> int:
    """Say in one screen why PATH is or is not in sync. Exit code 1: it is not."""
    with session() as bus:
        check_running(bus)
        found = ask(bus, EXPLAIN, _on_bus(os.path.abspath(path)))
        if found["state"] == OUTSIDE:  # as typed; there may be a link on the way
            above, name = os.path.split(os.path.abspath(path))
            found = ask(bus, EXPLAIN, _on_bus(os.path.join(os.path.realpath(above), name)))
    lines = [f"{found['path']}: {found['state']}", f"  {found['sentence']}"]
    if "conflict" in found:
        lines.append(f"  {found['conflict']}")
    if "error" in found:
        lines.append(f"  last answer:  {_answer(found)}")
    if "watch" in found:
        lines.append(f"  {found['watch']}")
    lines += [f"  {label + ':':<14}{found[key]}" for key, label in _LABELS if key in found]
    show("\n".join(map(harmless, lines)), found, as_json)
    return 0 if found["state"] == IN_SYNC else NOT_IN_SYNC


def _on_bus(path: str) -> str:
    """A path as the bus can carry it, which takes no bytes that are not UTF-8."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return PurePath(path).as_uri()
    return path


def _answer(found: Mapping[str, str]) -> str:
    """What was said last, with what an administrator wants to know of it."""
    marks = [found.get("code", ""), f"oops id {found['oops_id']}" if "oops_id" in found else ""]
    known = ", ".join(mark for mark in marks if mark)
    return found["error"] + (f" ({known})" if known else "")

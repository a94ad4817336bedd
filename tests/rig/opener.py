"""Stands for the desktop's opener: notes what a program wants to have opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.rig.processes import Processes, wait_until


@dataclass
class Opener:
    """`xdg-open` of a test: first in PATH, it only writes down its arguments."""

    record: Path

    def opened(self, seconds: float = 60.0) -> str:
        """The first thing opened, waited for; it is then forgotten."""

        def found() -> str:
            return self.record.read_text() if self.record.exists() else ""

        text = wait_until(found, seconds, "something to be opened")
        self.record.unlink()
        return str(text.splitlines()[0])


def install_opener(started: Processes, home: Path) -> Opener:
    """Put the opener into the PATH of everything started afterwards."""
    record = home / "opened"
    directory = home / "bin"
    directory.mkdir()
    script = directory / "xdg-open"
    script.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$1" > {record}.new && mv {record}.new {record}\n'
    )
    script.chmod(0o755)
    started.env["PATH"] = f"{directory}:{started.env['PATH']}"
    return Opener(record)

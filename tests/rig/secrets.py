"""Whether anything secret can be read where nothing secret may be: logs and command lines."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path


def command_lines(home: Path) -> set[str]:
    """The command lines of all processes that live in this home."""
    wanted = f"HOME={home}".encode()
    found: set[str] = set()
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if process.name.isdigit() and wanted in (process / "environ").read_bytes().split(b"\0"):
                found.add((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


@dataclass
class Watch:
    """Every command line that was seen while it watched."""

    seen: set[str] = field(default_factory=set)


@contextlib.contextmanager
def watching_command_lines(home: Path) -> Iterator[Watch]:
    """Look at the processes of a home again and again, as a spy on the machine would."""
    watch, over = Watch(), threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            watch.seen |= command_lines(home)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()


def leaks(secrets: Iterable[str], texts: dict[str, str]) -> list[str]:
    """Where a secret was found, by the name of the text; never the secret itself."""
    wanted = [secret for secret in secrets if secret]
    return [
        f"secret {number} in {name}"
        for name, text in texts.items()
        for number, secret in enumerate(wanted)
        if secret in text
    ]

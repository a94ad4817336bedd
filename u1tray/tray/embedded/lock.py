"""One `--embedded` at a time: a locked file that says who has it and which bus it works on."""

from __future__ import annotations

import fcntl
import os
import select
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from u1tray.disk import files
from u1tray.vocabulary import places

FILE_NAME = "embedded.lock"


@dataclass(frozen=True)
class Holder:
    """Who has the lock; 0 and `''` where that is not known yet."""

    process_id: int = 0
    bus_address: str = ""


def file_path() -> Path:
    """`$XDG_DATA_HOME/u1tray/embedded.lock`."""
    return places.data_directory() / FILE_NAME


class Lock:
    """The lock, held until `release` or until this process ends."""

    def __init__(self) -> None:
        files.make_directory(file_path().parent)
        descriptor = os.open(file_path(), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, files.OWNER_ONLY)
        self._file: TextIO = os.fdopen(descriptor, "r+", encoding="utf-8")

    def take(self, within_seconds: float = 0.0) -> bool:
        """Whether it is ours now. Looks ten times a second where it may wait."""
        deadline = time.monotonic() + within_seconds
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                select.select([], [], [], 0.1)
            else:
                self.tell("")
                return True

    def tell(self, bus_address: str) -> None:
        """Say who has it, to `holder` in another process."""
        self._file.seek(0)
        self._file.truncate()
        self._file.write(f"{os.getpid()}\n{bus_address}\n")
        self._file.flush()

    def holder(self) -> Holder:
        """Who said so last."""
        self._file.seek(0)
        lines = [*self._file.read().splitlines(), "", ""]
        return Holder(int(lines[0]) if lines[0].isdigit() else 0, lines[1])

    def release(self, *, remove: bool = False) -> None:
        """Let go, and with `remove` take the file away."""
        if remove:
            files.remove(file_path())
        self._file.close()

"""Which programs have a file open for writing, as far as this account may see. Linux's /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_PROCESSES = Path("/proc")
_FLAGS = "flags:"


def writers(path: Path) -> list[str]:
    """Names and process ids of programs, such as `soffice.bin (4711)`. Slow: in a thread."""
    wanted = os.fspath(path)
    own = str(os.getpid())
    numbers = sorted((one for one in os.listdir(_PROCESSES) if one.isdecimal()), key=int)
    return [
        f"{_name(number)} ({number})"
        for number in numbers
        if number != own and any(_writes(number, one) for one in _descriptors(number, wanted))
    ]


def _descriptors(number: str, wanted: str) -> Iterator[str]:
    """The descriptors of a process that are this file."""
    directory = _PROCESSES / number / "fd"
    try:
        for one in os.listdir(directory):
            if os.readlink(directory / one) == wanted:
                yield one
    except OSError:  # another account's, or gone meanwhile
        return


def _writes(number: str, descriptor: str) -> bool:
    try:
        lines = (_PROCESSES / number / "fdinfo" / descriptor).read_text().splitlines()
    except OSError:
        return False
    flags = next((line.removeprefix(_FLAGS) for line in lines if line.startswith(_FLAGS)), "0")
    return int(flags, 8) & os.O_ACCMODE != os.O_RDONLY


def _name(number: str) -> str:
    try:
        return (_PROCESSES / number / "comm").read_text(errors="replace").strip()
    except OSError:
        return "a program"

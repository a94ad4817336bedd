"""The three standard streams, also where a program was started without one or cannot write all.

A stream that was closed stays useless, but its number is taken: no file that is opened later gets
what was meant for a person, and writing to it is an error like that of a full disk.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper


def prepare() -> None:
    """Make all three usable; what a stream's encoding does not have is written as `\\u0301`."""
    # The wrong way round, so that reading and writing fail as with the closed stream.
    if sys.stdin is None:
        sys.stdin = os.fdopen(_in_place(0, os.O_WRONLY), encoding="utf-8", closefd=False)
    if sys.stdout is None:
        sys.stdout = os.fdopen(_in_place(1, os.O_RDONLY), "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:  # there is nobody to tell
        sys.stderr = os.fdopen(_in_place(2, os.O_WRONLY), "w", encoding="utf-8", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _in_place(number: int, flags: int) -> int:
    """A descriptor of nothing, that of the stream if it is still free."""
    opened = os.open(os.devnull, flags)
    try:
        os.fstat(number)
    except OSError:
        os.dup2(opened, number, inheritable=False)
        os.close(opened)
        return number
    return opened

"""Gives memory back that was freed.

glibc keeps what it may soon hand out again: after a first sync of very many files, tens of
megabytes that a daemon at rest does not need.
"""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Give the system all that is free, where the C library can (malloc_trim(3): glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)

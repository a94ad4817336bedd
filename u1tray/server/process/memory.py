"""Keeps the process small: large pieces of memory go back to the system when they are free.

glibc keeps what it got once: after the first log-in the 7 MiB that a password's check takes, and
a heap for each thread. Other C libraries give back anyway, and are left alone.
"""

from __future__ import annotations

import ctypes

_M_MMAP_THRESHOLD = -3  # from malloc.h
_M_ARENA_MAX = -8
_LARGE_BYTES = 512 * 1024
_HEAPS = 2


def keep_small() -> None:
    """Tell the C library. Best called before there are threads."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_M_ARENA_MAX, _HEAPS)

"""Keeps the process small: large pieces of memory go back to the system when they are free.

glibc keeps what it got once: after the first log-in the 7 MiB that a password's check takes, and
a heap for each thread. Other C libraries give back anyway, and are left alone.
"""

from __future__ import annotations

import ctypes
import gc

_M_MMAP_THRESHOLD = -3  # from malloc.h
_M_ARENA_MAX = -8
_LARGE_BYTES = 512 * 1024
_HEAPS = 2
# Objects more than were let go of. Python's 700 is a few requests' worth.
_COLLECT_AFTER = 5_000


def keep_small() -> None:
    """Tell the C library. Best called before there are threads."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_M_ARENA_MAX, _HEAPS)


def collect_rarely() -> None:
    """Tell Python's garbage collector. Best called once all is loaded, which stays for good.

    It takes a twentieth of a small request's time otherwise.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)

"""How many files and connections the process may have open at once.

Systems start programs with 1024, for the sake of those that use `select`, and let them have more.
"""

from __future__ import annotations

import contextlib
import resource

WANTED = 65536


def allow_many() -> None:
    """Take as many as may be had, WANTED at most; fewer than now never."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

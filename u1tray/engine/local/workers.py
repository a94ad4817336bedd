"""Threads for what blocks on the disk, so that the event loop never does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Result = TypeVar("_Result")

DISK_THREADS = 4
HASH_THREADS = 2


class Cancelled(Exception):  # noqa: N818 - no failure
    """Whoever wanted the result does not any more."""


class Workers:
    """A few threads for short work, and fewer for long reading."""

    def __init__(self) -> None:
        """Starts none before there is work."""
        self._disk = ThreadPoolExecutor(DISK_THREADS, thread_name_prefix="u1tray-disk")
        self._hash = ThreadPoolExecutor(HASH_THREADS, thread_name_prefix="u1tray-hash")

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """The result of short work. A task that is cancelled waits for its end first.

        So nothing is ever changed after those who asked for it have gone on.
        """
        job = self._disk.submit(work)
        future = asyncio.wrap_future(job)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            if not job.cancel():
                await asyncio.wait((future,))
                future.exception()  # seen: nobody else asks
            raise

    def leave(self, work: Callable[[], object]) -> None:
        """Do short work that nobody waits for, and that does not fail."""
        self._disk.submit(work)

    async def read(self, work: Callable[[threading.Event], _Result]) -> _Result:
        """The result of long reading, which looks at the event and ends early once it is set."""
        given_up = threading.Event()
        future = asyncio.get_running_loop().run_in_executor(self._hash, lambda: work(given_up))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            given_up.set()
            future.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise

    def close(self) -> None:
        """End the threads once their work is done."""
        self._disk.shutdown(wait=True, cancel_futures=True)
        self._hash.shutdown(wait=True, cancel_futures=True)

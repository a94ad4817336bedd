"""Reads the files of a folder: whole ones for their contents, their bytes for the cloud."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Sequence

from u1tray.engine.core.values import Content
from u1tray.engine.local.access import Root, expecting
from u1tray.engine.local.hashing import TICK_SECONDS, content_in, read_at
from u1tray.engine.local.lots import each_in_its_directory
from u1tray.engine.local.small_files import SmallFiles
from u1tray.engine.local.workers import Workers
from u1tray.engine.ports import Changed, DiskError, Names, Stat

SMALL_BYTES = 1 << 16  # smaller ones are read together


class Reader:
    """Reads the files of one folder; what is not as it was seen is never taken for it."""

    def __init__(self, root: Root, workers: Workers) -> None:
        self._root = root
        self._workers = workers
        self._small_files = SmallFiles(root, workers)

    async def contents(
        self, files: Sequence[tuple[Names, Stat]]
    ) -> Sequence[Content | Changed | DiskError]:
        """The contents of files, in order; in the place of one, why it cannot be told."""
        now = time.time()
        ages = [now - max(stat.mtime_ns, stat.ctime_ns) / 1e9 for _, stat in files]
        fresh = [age for age in ages if 0 <= age < TICK_SECONDS]
        if fresh:
            # A write within the same tick of the file system's clock would not show.
            await asyncio.sleep(TICK_SECONDS - min(fresh))
        return await self._workers.read(
            lambda given_up: list(
                each_in_its_directory(
                    self._root, files, functools.partial(content_in, given_up=given_up)
                )
            )
        )

    async def read(self, names: Names, stat: Stat, start: int) -> AsyncIterator[bytes]:
        """The bytes of a file from an offset. Raises Changed, DiskError."""
        if names and not start and 0 < stat.size <= SMALL_BYTES:
            yield await self._small_files.read(names, stat)
            return

        def piece(start: int) -> bytes:
            with expecting(names):
                return read_at(self._root, names, stat, start)

        def begin(start: int) -> asyncio.Task[bytes]:
            return asyncio.ensure_future(self._workers.run(lambda: piece(start)))

        reading = begin(start)
        try:
            while data := await reading:
                start += len(data)
                if start < stat.size:
                    reading = begin(start)  # while this one is on its way
                yield data
                if start >= stat.size:
                    return  # it was checked after its last byte was read
        finally:
            if reading.cancel():
                await asyncio.wait((reading,))
            reading.cancelled() or reading.exception()  # seen: nobody wants it

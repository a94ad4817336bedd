"""Reads small files whole: those asked for in one turn of the loop by one thread, one after the
other, where a thread for each would cost more than the reading."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from u1tray.engine.core.values import Names
from u1tray.engine.local.access import Root
from u1tray.engine.local.hashing import read_in
from u1tray.engine.local.lots import each_in_its_directory
from u1tray.engine.local.workers import Workers
from u1tray.engine.ports import Changed, DiskError, Stat

_Wanted = tuple[Names, Stat, "asyncio.Future[bytes | Changed | DiskError]"]


class SmallFiles:
    """The small files of one folder."""

    def __init__(self, root: Root, workers: Workers) -> None:
        self._root = root
        self._workers = workers
        self._wanted: list[_Wanted] = []
        self._reading: set[asyncio.Task[None]] = set()

    async def read(self, names: Names, stat: Stat) -> bytes:
        """All of a file that is as in `stat` before and after. Raises Changed, DiskError."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bytes | Changed | DiskError] = loop.create_future()
        self._wanted.append((names, stat, answer))
        if len(self._wanted) == 1:
            loop.call_soon(self._begin)
        found = await answer
        if isinstance(found, bytes):
            return found
        raise found

    def _begin(self) -> None:
        wanted, self._wanted = self._wanted, []
        task = asyncio.get_running_loop().create_task(self._read_all(wanted))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _read_all(self, wanted: Sequence[_Wanted]) -> None:
        files = [(names, stat) for names, stat, answer in wanted if not answer.done()]
        waiting = [answer for _, _, answer in wanted if not answer.done()]
        try:
            found = await self._workers.run(
                lambda: list(each_in_its_directory(self._root, files, read_in))
            )
        except BaseException as fault:
            for answer in waiting:
                if not answer.done():
                    answer.set_exception(fault)
            raise
        for answer, data in zip(waiting, found, strict=True):
            if not answer.done():
                answer.set_result(data)

"""Changes of the trees that come in one turn of the loop are written in one transaction.

Each is a change of its own in it: what fails fails alone, and leaves nothing behind. Nearly
always none does, so that they are told apart only where one did: a change may be called twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from u1tray.engine.store.trees import TreeStore
from u1tray.vocabulary.errors import U1Error

_Change = tuple[Callable[[], None], "asyncio.Future[U1Error | None]"]


class Grouping:
    """Writes changes of the trees of one volume, in the order they come."""

    def __init__(self, trees: TreeStore) -> None:
        self._trees = trees
        self._waiting: list[_Change] = []

    async def write(self, change: Callable[[], None]) -> None:
        """Call `change` in a transaction soon, unless cancelled before. Raises what it raises."""
        loop = asyncio.get_running_loop()
        written: asyncio.Future[U1Error | None] = loop.create_future()
        self._waiting.append((change, written))
        if len(self._waiting) == 1:
            loop.call_soon(self._write)
        error = await written
        if error is not None:
            raise error

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        wanted = [one for one in waiting if not one[1].done()]
        try:
            errors = self.write_all([change for change, _ in wanted])
        except U1Error as refused:  # by the disk, as a whole
            errors = [refused] * len(wanted)
        except BaseException as fault:  # of ours: whoever waits raises it
            for _, written in wanted:
                written.set_exception(fault)
            return
        for (_, written), error in zip(wanted, errors, strict=True):
            written.set_result(error)

    def write_all(self, changes: Sequence[Callable[[], None]]) -> list[U1Error | None]:
        """Call them in one transaction; what each raised. Raises DiskError for all of them."""
        if not changes:
            return []
        try:
            with self._trees.changing():
                for change in changes:
                    change()
                return [None] * len(changes)
        except U1Error:
            with self._trees.changing():
                return [self._error_of(change) for change in changes]

    def _error_of(self, change: Callable[[], None]) -> U1Error | None:
        try:
            with self._trees.changing():
                change()
        except U1Error as error:
            return error
        return None

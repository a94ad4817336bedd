"""Work on its way to one thread that does all that waits at once, in one transaction.

Saves most of a small request's time where transactions exclude each other anyway: one hop to the
thread and one commit serve all (8 connections: 1319 signed quota requests a second without it and
`auth.secrets`, 3262 with them).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from u1tray.server.changes import notes
from u1tray.server.storage.metadata.statement import command
from u1tray.vocabulary.errors import U1Error

MAX_SHARED = 64  # who comes later waits for the next transaction

Transaction = Callable[[], AbstractContextManager[Connection]]
# Runs one function alone in a transaction of its own.
Alone = Callable[[Transaction, Callable[[Connection], Any]], Any]


class Way(Protocol):
    """How functions of a connection get to a thread and back."""

    async def do(self, transaction: Transaction, work: Callable[[Connection], Any]) -> Any:
        """The result of the function, once its transaction is committed."""

    def close(self) -> None:
        """Let running work end."""


class Threads:
    """Several threads, and a transaction for each function."""

    def __init__(self, count: int, name: str, alone: Alone) -> None:
        self._threads = ThreadPoolExecutor(count, name)
        self._alone = alone

    async def do(self, transaction: Transaction, work: Callable[[Connection], Any]) -> Any:
        """The result of the function, once its transaction is committed."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._alone, transaction, work)

    def close(self) -> None:
        """Let running work end."""
        self._threads.shutdown()


@dataclass
class _Job:
    """One function, and where its outcome goes."""

    transaction: Transaction
    work: Callable[[Connection], Any]
    future: asyncio.Future[Any]
    value: Any = field(default=None, repr=False)
    error: BaseException | None = None

    def settle(self) -> None:
        """Tell whoever still waits."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.value)
        else:
            self.future.set_exception(self.error)


class Lane:
    """Lives in the event loop. `order` says which kind of transaction comes first.

    Only functions in a transaction of the kind `parted` may raise after they changed something.
    """

    def __init__(
        self,
        name: str,
        order: Sequence[Transaction],
        alone: Alone,
        *,
        parted: Transaction | None = None,
    ) -> None:
        self._order = order
        self._alone = alone
        self._parted = parted
        self._waiting: list[_Job] = []
        self._busy_in: asyncio.AbstractEventLoop | None = None
        # An executor takes locks for every call; all this needs is one thread and one way there.
        self._given: SimpleQueue[tuple[asyncio.AbstractEventLoop, Sequence[_Job]] | None]
        self._given = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def do(self, transaction: Transaction, work: Callable[[Connection], Any]) -> Any:
        """The result of the function, once its transaction is committed."""
        loop = asyncio.get_running_loop()
        job = _Job(transaction, work, loop.create_future())
        self._waiting.append(job)
        if self._busy_in is not loop:
            self._busy_in = loop
            loop.call_soon(self._start, loop)  # whatever else this turn of the loop brings goes too
        return await job.future

    def close(self) -> None:
        """Let running work end."""
        self._given.put(None)
        self._thread.join()

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        jobs, self._waiting = self._waiting[:MAX_SHARED], self._waiting[MAX_SHARED:]
        self._given.put((loop, jobs))

    def _work(self) -> None:
        """The thread."""
        while (given := self._given.get()) is not None:
            loop, jobs = given
            kinds = [[job for job in jobs if job.transaction == kind] for kind in self._order]
            *earlier, last = filter(None, kinds)
            for of_kind in earlier:
                self._run(of_kind)
                _tell(loop, _settle, of_kind)
            self._run(last)
            _tell(loop, self._go_on, loop, last)
            del given, jobs, kinds, earlier, last  # they hold what was sent and received

    def _go_on(self, loop: asyncio.AbstractEventLoop, done: Sequence[_Job]) -> None:
        _settle(done)
        if self._waiting:
            self._start(loop)
        else:
            self._busy_in = None

    def _run(self, jobs: Sequence[_Job]) -> None:
        """Give every job of one kind its outcome."""
        try:
            if len(jobs) > 1 and self._run_together(jobs):
                return
            for job in jobs:
                _run_alone(self._alone, job)
        except BaseException as error:  # raised where it is waited for
            for job in jobs:
                job.error = error

    def _run_together(self, jobs: Sequence[_Job]) -> bool:
        """Whether one transaction did for all; if not, nothing is changed.

        An error of the database may have undone the others' part too, so each is then run alone.
        """
        try:
            with jobs[0].transaction() as connection:
                for job in jobs:
                    part = _part if job.transaction == self._parted else contextlib.nullcontext
                    _run_part(part(connection), connection, job)
        except (DBAPIError, U1Error):
            return False
        return True


def _run_part(part: AbstractContextManager[Any], connection: Connection, job: _Job) -> None:
    try:
        with part:
            job.value = job.work(connection)
    except DBAPIError:
        raise
    except Exception as error:  # raised where it is waited for
        job.error = error


def _run_alone(alone: Alone, job: _Job) -> None:
    job.error = None
    try:
        job.value = alone(job.transaction, job.work)
    except BaseException as error:  # raised where it is waited for
        job.error = error


@contextlib.contextmanager
def _part(connection: Connection) -> Iterator[None]:
    """A part of a transaction, which an exception undoes alone."""
    command(connection, "SAVEPOINT part")
    try:
        with notes.part(connection):
            yield
    except BaseException:
        command(connection, "ROLLBACK TO SAVEPOINT part")
        command(connection, "RELEASE SAVEPOINT part")
        raise
    command(connection, "RELEASE SAVEPOINT part")


def _settle(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        job.settle()


def _tell(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *given: Any) -> None:
    with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
        loop.call_soon_threadsafe(function, *given)

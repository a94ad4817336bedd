"""Several threads that carry, each with a connection of its own; one failure stops no other.

An interruption stops all of them; what one leaves that does not end in time is its caller's.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Sequence

from u1tray.rest.blocking.cloud import Cloud
from u1tray.u1file.bulk import small_files
from u1tray.u1file.bulk.board import Board, StoppedError
from u1tray.u1file.bulk.outcomes import Outcome, Status
from u1tray.u1file.bulk.small_files import Job
from u1tray.u1file.words import about
from u1tray.vocabulary.errors import U1Error

END_LIMIT_SECONDS = 3.0
_AHEAD = 2  # batches that wait, for each thread


class Crew:
    """`hands` threads beside the one that finds the jobs."""

    def __init__(self, cloud: Cloud, board: Board, hands: int) -> None:
        self._cloud = cloud
        self._board = board
        self._hands = hands
        # Not one queue with a limit: Ctrl-C in the middle of its lock would leave that held.
        self._waiting: queue.SimpleQueue[list[Job] | None] = queue.SimpleQueue()
        self._room: queue.SimpleQueue[None] = queue.SimpleQueue()  # for one more each
        self._is_ending = threading.Event()
        self._crash: BaseException | None = None

    def carry(self, jobs: Iterable[Job]) -> None:
        """Carry them all; the board has what became of them."""
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(self._hands)]
        for thread in threads:
            thread.start()
        for _ in range(_AHEAD * self._hands):
            self._room.put(None)
        try:
            for some in small_files.packed(self._cloud, jobs):
                self._room.get()
                if self._is_ending.is_set():
                    break
                self._waiting.put(some)
            for _ in threads:
                self._waiting.put(None)
            for thread in threads:
                thread.join()
        except BaseException:
            self._board.stopped.set()
            self._is_ending.set()
            self._drain()
            for thread in threads:
                thread.join(END_LIMIT_SECONDS / self._hands)
            raise
        if self._crash is not None:
            raise self._crash

    def _drain(self) -> None:
        """Throw away what waits, and let everybody see the end."""
        while True:
            try:
                self._waiting.get_nowait()
            except queue.Empty:
                break
        for _ in range(self._hands):
            self._waiting.put(None)

    def _work(self) -> None:
        some = self._next()
        self._board.begin()
        # Only now: the cloud knows what is announced once there is something to carry.
        with self._cloud.another(sleep=self._board.pause, on_wait=self._board.wait) as cloud:
            try:
                while some is not None:
                    self._carry(cloud, some)
                    some = self._next()
            except StoppedError:
                return
            except BaseException as error:  # the thread's boundary
                self._crash = error
                self._is_ending.set()
                while self._next() is not None:
                    pass

    def _next(self) -> list[Job] | None:
        """What is to be carried next; None at the end."""
        some = self._waiting.get()
        self._room.put(None)
        return some

    def _carry(self, cloud: Cloud, jobs: Sequence[Job]) -> None:
        if len(jobs) > 1 and not self._is_ending.is_set():
            jobs = small_files.carry(cloud, jobs, self._board)
            self._note_end()
        for job in jobs:
            if not self._is_ending.is_set():
                self._one(cloud, job)

    def _one(self, cloud: Cloud, job: Job) -> None:
        try:
            with self._board.tracking(job.name) as track, about(job.remote.removeprefix("/")):
                outcome = job.run(cloud, track)
        except U1Error as error:
            self._board.check()  # what was taken away under it is no failure
            outcome = Outcome(Status.FAILED, job.local, job.remote, error=error)
        self._board.tell(outcome)
        self._note_end()

    def _note_end(self) -> None:
        if self._board.summary.is_cut_short:
            self._is_ending.set()

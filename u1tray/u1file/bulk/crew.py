"""Several threads that carry, each with a connection of its own; one failure stops no other.

An interruption stops all of them, and what they had begun is taken away.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from u1tray.rest.blocking import Cloud
from u1tray.u1file.bulk.board import Board, StoppedError, Track
from u1tray.u1file.bulk.outcomes import Outcome, Status
from u1tray.u1file.words import about
from u1tray.vocabulary.errors import U1Error

END_LIMIT_SECONDS = 3.0
_AHEAD = 4  # jobs that wait, for each thread


@dataclass(frozen=True)
class Job:
    """One file to carry. `name` is shown; `run` does it and says what became of it."""

    name: str
    local: str
    remote: str
    run: Callable[[Cloud, Track], Outcome]


class Crew:
    """`hands` threads beside the one that finds the jobs."""

    def __init__(
        self,
        cloud: Cloud,
        board: Board,
        hands: int,
        clean: Callable[[], object] = lambda: None,
    ) -> None:
        """`clean` takes away what a thread leaves that does not end in time."""
        self._clean = clean
        self._cloud = cloud
        self._board = board
        self._hands = hands
        self._waiting: queue.Queue[Job | None] = queue.Queue(_AHEAD * hands)
        self._is_ending = threading.Event()
        self._crash: BaseException | None = None

    def carry(self, jobs: Iterable[Job]) -> None:
        """Carry them all; the board has what became of them."""
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(self._hands)]
        for thread in threads:
            thread.start()
        try:
            for job in jobs:
                if self._is_ending.is_set():
                    break
                self._waiting.put(job)
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
            self._clean()
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
            self._waiting.put_nowait(None)

    def _work(self) -> None:
        cloud = self._cloud.another(sleep=self._board.pause, on_wait=self._board.wait)
        with cloud:
            try:
                while (job := self._waiting.get()) is not None:
                    if not self._is_ending.is_set():
                        self._one(cloud, job)
            except StoppedError:
                return
            except BaseException as error:  # the thread's boundary
                self._crash = error
                self._is_ending.set()
                while self._waiting.get() is not None:
                    pass

    def _one(self, cloud: Cloud, job: Job) -> None:
        track = self._board.track(job.name)
        try:
            with about(job.remote.removeprefix("/")):
                outcome = job.run(cloud, track)
        except U1Error as error:
            outcome = Outcome(Status.FAILED, job.local, job.remote, error=error)
        finally:
            self._board.lose(track)
        self._board.tell(outcome)
        if self._board.summary.is_cut_short:
            self._is_ending.set()

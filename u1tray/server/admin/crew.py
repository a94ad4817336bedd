"""Threads that work through any number of things in order, few at a time, until told to stop."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

THREADS = 4
_AHEAD = 4  # things begun for each thread, so that none waits


class StoppedError(Exception):
    """The work was given up, because another thread failed or Ctrl-C was pressed."""


class Crew:
    """A context of threads; left by an exception, running work ends at its next chunk."""

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, "crew")
        self._stopping = threading.Event()

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._stopping.set()
        self._pool.shutdown(cancel_futures=True)

    def map(self, work: Callable[[T], R], things: Iterable[T]) -> Iterator[R]:
        """The results in the order of the things, of which few are held at a time."""
        running: deque[Future[R]] = deque()
        for thing in things:
            running.append(self._pool.submit(work, thing))
            if len(running) >= self._threads * _AHEAD:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()

    def watched(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The chunks, until the crew is stopped. Raises StoppedError."""
        for chunk in chunks:
            if self._stopping.is_set():
                raise StoppedError
            yield chunk

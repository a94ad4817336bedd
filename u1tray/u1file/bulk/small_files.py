"""Small files that travel together: packed as they are found, carried in one request each (REST
contract, 16.8).

What a batch cannot settle for a file goes alone, as if there were no batches: only what really
fails, fails. Decides nothing about files; reads and writes none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.contents import Packing
from u1tray.u1file.bulk.board import Board
from u1tray.u1file.bulk.outcomes import Outcome, Status
from u1tray.u1file.bulk.track import Track
from u1tray.u1file.words import about
from u1tray.vocabulary.errors import SignedOutError, U1Error

# Above it, a request of its own costs little beside the bytes.
SMALL_BYTES = 256 * 1024
# Enough that a request of its own costs a file next to nothing; few enough to be told of.
FILES = 128
BYTES = 1024 * 1024


class Small(Protocol):
    """What makes a file one that may go in a batch."""

    @property
    def feature(self) -> str:
        """Of 16.1: which way it goes."""

    @property
    def size(self) -> int:
        """Bytes, as they were listed."""

    def prepare(self) -> Any:
        """What is asked for it, what became of it already as an Outcome, or None: alone."""

    def exchange(self, cloud: Cloud, asked: list[Any]) -> Sequence[object]:
        """The answers for all of a batch, in order; one may be an error."""

    def finish(self, answer: Any) -> Outcome | None:
        """What became of it by its answer; None: alone. Raises the families' errors."""

    def goes_alone_after(self, error: U1Error) -> bool:
        """Whether a request of its own may do what the batch did not."""


@dataclass(frozen=True)
class Job:
    """One file to carry. `name` is shown; `run` does it and says what became of it.

    One that is `small` may go in a batch instead.
    """

    name: str
    local: str
    remote: str
    run: Callable[[Cloud, Track], Outcome]
    small: Small | None = None


def packed(cloud: Cloud, jobs: Iterable[Job]) -> Iterator[list[Job]]:
    """The jobs one by one, but small ones together where the cloud takes that."""
    batch: list[Job] = []
    packing: Packing | None = None
    for job in jobs:
        small = job.small
        if small is None:
            yield [job]
            continue
        if packing is not None and packing.takes(job.remote, small.size):
            batch.append(job)
            continue
        offer = cloud.offered(small.feature)
        new = None if offer is None else Packing(offer, FILES, BYTES)
        if new is None or not new.takes(job.remote, small.size):
            yield [job]
            continue
        if batch:
            yield batch
        batch, packing = [job], new
    if batch:
        yield batch


def carry(cloud: Cloud, jobs: Sequence[Job], board: Board) -> list[Job]:
    """Carry a batch; the board has what became of each file but of those that must go alone."""
    batch = _Batch(board)
    for job in jobs:
        batch.prepare(job)
    batch.exchange(cloud)
    return batch.alone


class _Batch:
    """One on its way."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._asked: list[tuple[Job, Small, Any]] = []
        self.alone: list[Job] = []

    def prepare(self, job: Job) -> None:
        small = job.small
        assert small is not None
        asked = self._tried(job, small.prepare)
        if isinstance(asked, Outcome):
            self._board.tell(asked)
        elif asked is None:
            self.alone.append(job)
        else:
            self._asked.append((job, small, asked))

    def exchange(self, cloud: Cloud) -> None:
        if not self._asked:
            return
        self._board.check()
        try:
            some = self._asked[0][1]
            answers = some.exchange(cloud, [asked for _, _, asked in self._asked])
        except SignedOutError as error:  # so is each of them
            self._board.tell_all([_failed(job, error) for job, _, _ in self._asked])
        except U1Error:
            # It was asked as often as a single request (17). A bad line may carry them one by
            # one, and what the cloud cannot do with all it may do with each.
            self.alone += [job for job, _, _ in self._asked]
        else:
            done = list(self._outcomes(answers))
            self._board.moved(sum(one.size for one in done))
            self._board.tell_all(done)

    def _outcomes(self, answers: Sequence[object]) -> Iterator[Outcome]:
        for (job, small, _), answer in zip(self._asked, answers, strict=True):
            outcome: Outcome | None
            self._board.check()
            if not isinstance(answer, U1Error):
                outcome = self._tried(job, small.finish, answer)
            elif small.goes_alone_after(answer):
                outcome = None
            else:
                outcome = _failed(job, _said(job, answer))
            if outcome is None:
                self.alone.append(job)
            else:
                yield outcome

    def _tried(self, job: Job, step: Callable[..., Any], *values: object) -> Any:
        try:
            return step(*values)
        except U1Error as error:
            return _failed(job, _said(job, error))


def _failed(job: Job, error: U1Error) -> Outcome:
    return Outcome(Status.FAILED, job.local, job.remote, error=error)


def _said(job: Job, error: U1Error) -> U1Error:
    """The same with what it is about."""
    try:
        with about(job.remote.removeprefix("/")):
            raise error
    except U1Error as told:
        return told

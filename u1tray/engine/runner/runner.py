"""Runs the operations of a volume, some at a time, until its sides are the same.

Knows when to try again what failed; what failed and why is in `troubles`.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from u1tray.engine.core import operations as op
from u1tray.engine.core.values import Side, Subject
from u1tray.engine.ports import Changed, Clock, DiskError
from u1tray.engine.runner.answers import WentBack
from u1tray.engine.runner.backlog import Backlog, Order
from u1tray.engine.runner.executor import Executor
from u1tray.engine.runner.lanes import Lanes
from u1tray.vocabulary.errors import BusyError, OfflineError, QuotaError, ServerError, U1Error

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 120.0
BAFFLED_TIMES = 6
REFUSED_PAUSE_SECONDS = 600.0  # for what will hardly be better soon, such as a name too long
_PASSING = (Changed, DiskError, OfflineError, BusyError, ServerError)


@dataclass(frozen=True)
class Trouble:
    """Why a subject could not be brought in sync, and the operation that failed."""

    operation: op.Operation
    error: U1Error
    times: int


@dataclass(frozen=True)
class Watchers:
    """Who hears what the runner does. None may raise."""

    begun: Callable[[op.Operation], None] = lambda _operation: None
    done: Callable[[op.Operation], None] = lambda _operation: None
    failed: Callable[[op.Operation, U1Error], None] = lambda _operation, _error: None
    changed: Callable[[op.Operation], None] = lambda _operation: None
    """Something was not as expected: both sides have to be looked at again there."""
    baffled: Callable[[], None] = lambda: None
    """What was told of the cloud does not fit what is found there, again and again."""
    dropped: Callable[[op.Operation], None] = lambda _operation: None
    """What failed before is not to be done any more."""
    stopped: Callable[[op.Operation], None] = lambda _operation: None
    """It was ended, and is held until it may be carried out."""
    decided: Callable[[], None] = lambda: None
    """All that can be begun was; `Backlog.stuck` is up to date."""
    may_run: Callable[[op.Operation], bool] = lambda _operation: True
    """Whether an operation may be carried out now, or is held."""


class Runner:
    """One volume's operations on their way."""

    def __init__(
        self,
        backlog: Backlog,
        executor: Executor,
        clock: Clock,
        *,
        watchers: Watchers | None = None,
        chance: random.Random | None = None,
        lanes: Lanes | None = None,
    ) -> None:
        self.backlog = backlog
        self.troubles: dict[Subject, Trouble] = {}
        self.held: dict[Subject, op.Operation] = {}
        backlog.settled = self._settle
        self._executor = executor
        self._clock = clock
        self._watchers = watchers or Watchers()
        self._chance = chance or random.Random()  # noqa: S311 - spreads retries
        self._lanes = lanes or Lanes()
        self._tasks: dict[asyncio.Task[bool], Order] = {}
        self._pauses: dict[Subject, asyncio.Task[None]] = {}
        self._news = asyncio.Event()
        self._fault: BaseException | None = None
        self._stalled_at = -1
        self._stopped: set[Subject] = set()

    def wake(self) -> None:
        """Something was observed, or may be carried out now."""
        self._news.set()

    async def run(self) -> None:
        """Work until cancelled; operations on their way are ended then. Raises faults of ours."""
        try:
            while self._fault is None:
                self._news.clear()
                self.work()
                await self._news.wait()
            raise self._fault
        finally:
            await self.stop()

    def work(self) -> None:
        """Begin what can be begun."""
        self._begin_all()
        self._watchers.decided()

    def _begin_all(self) -> None:
        self.backlog.take_touched()
        while self._lanes.has_room(self.wake):
            order = self.backlog.next()
            if order is None and not self.backlog.is_quiet:
                # Others have their turn, such as those who read what was found out to be new.
                asyncio.get_running_loop().call_soon(self.wake)
                return
            if order is None:
                # Whatever waits for each other is looked at anew once nothing is on its way.
                if self._tasks or not self.backlog.waits or not self._unlock():
                    return
                continue
            self._begin(order)

    def reconsider(self) -> None:
        """Other operations may be carried out by now: end those that may not, begin the others."""
        for task, order in self._tasks.items():
            if not self._watchers.may_run(order.operation):
                self._stopped.add(order.subject)
                task.cancel()
        self.backlog.add(list(self.held))
        self.held.clear()
        self.wake()

    def try_again(self) -> None:
        """Try at once what failed, such as after the connection or room is back."""
        for subject in list(self._pauses):
            self._end_pause(subject)
        self.backlog.add(list(self.troubles))
        self.backlog.add(list(self.held))
        self.held.clear()
        self.wake()

    @property
    def is_idle(self) -> bool:
        """Nothing is on its way, and nothing can be begun."""
        return not self._tasks and self.backlog.is_quiet and not self.backlog.trees.touched

    @property
    def running(self) -> list[op.Operation]:
        """What is on its way, in the order it began."""
        return [order.operation for order in self._tasks.values()]

    async def stop(self) -> None:
        """End everything on its way; nothing half done is left."""
        tasks: list[asyncio.Task[Any]] = [*self._tasks, *self._pauses.values()]
        self._lanes.give_up(self.wake)
        self._pauses.clear()  # nothing would end them, and what rests is not looked at
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _unlock(self) -> bool:
        """Decide about every difference anew; whether anything could be begun."""
        if self.backlog.additions == self._stalled_at:
            return False  # nothing has happened since that was of no use
        before = self._waiting_for()
        self.backlog.look_again(self._resting())
        while not self.backlog.is_quiet:
            order = self.backlog.next()
            if order is not None and self._begin(order):
                return True
        if before:
            logger.debug("nothing of %d differences can be done now", before)
        self._stalled_at = self.backlog.additions
        return False

    def _waiting_for(self) -> int:
        return sum(1 for _ in self.backlog.trees.differences())

    def _begin(self, order: Order) -> bool:
        """Whether it is on its way or done now, not held."""
        if not self._watchers.may_run(order.operation):
            self.held[order.subject] = order.operation
            self.backlog.end(order, again=False)
            return False
        if is_deletion_there(order.operation) and order.subject in self._pauses:
            # It has failed, and what the cloud has told since is no reason to ask again so soon.
            self.backlog.end(order, again=False)
            return False
        if isinstance(order.operation, op.Note):
            self._note(order)
            return True
        self._end_pause(order.subject)
        trouble = self.troubles.get(order.subject)
        if trouble is not None and type(trouble.operation) is not type(order.operation):
            self._watchers.dropped(trouble.operation)
        self._watchers.begun(order.operation)
        task = asyncio.get_running_loop().create_task(self._carry_out(order))
        self._lanes.enter(order.operation)
        self._tasks[task] = order
        task.add_done_callback(self._over)
        return True

    def _note(self, order: Order) -> None:
        """What only changes agreements is done on the spot."""
        again = True
        try:
            self._executor.note(order.operation)
        except Changed:
            logger.debug("%s is not so any more", order.operation)
        except DiskError as error:
            again = False
            self._fail(order, error)
        self.backlog.end(order, again=again)

    async def _carry_out(self, order: Order) -> bool:
        """Whether its subject is decided about again at once. What has to happen even if it is
        cancelled before it begins is in `_over`."""
        try:
            await self._executor.carry_out(order.subject, order.operation, order.version)
        except Changed as error:
            logger.debug("%s: %s", order.operation, error.text)
            self._watchers.changed(order.operation)
            if self._fail(order, error) % BAFFLED_TIMES == 0 or isinstance(error, WentBack):
                self._watchers.baffled()
        except U1Error as error:
            self._watchers.failed(order.operation, error)
            self._fail(order, error)
        else:
            self.troubles.pop(order.subject, None)
            self._watchers.done(order.operation)
            return not is_deletion_there(order.operation)
        return False

    def _over(self, task: asyncio.Task[bool]) -> None:
        order = self._tasks.pop(task)
        was_stopped = order.subject in self._stopped
        self._stopped.discard(order.subject)
        self._lanes.leave(order.operation)
        again = False
        if task.cancelled():
            again = was_stopped and self._may_run_again(order)
        elif task.exception() is not None:
            self._fault = task.exception()
        else:
            again = task.result()
        self.backlog.end(order, again=again)
        self.wake()

    def _may_run_again(self, order: Order) -> bool:
        """Whether what was stopped may be carried out again by now; else it is held."""
        self._watchers.stopped(order.operation)
        if self._watchers.may_run(order.operation):
            return True
        self.held[order.subject] = order.operation
        return False

    def _fail(self, order: Order, error: U1Error) -> int:
        """Note why it failed, and when it is tried again; how often it has failed by now."""
        subject = order.subject
        last = self.troubles.get(subject)
        times = 1 if last is None else last.times + 1
        self.troubles[subject] = Trouble(order.operation, error, times)
        if not isinstance(error, QuotaError):  # those wait for room: `try_again`
            self._pause_for(subject, self._pause(error, times))
        return times

    def _pause(self, error: U1Error, times: int) -> float:
        if isinstance(error, BusyError) and error.retry_after is not None:
            return error.retry_after
        if isinstance(error, _PASSING):
            grown = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(times - 1, 10))
            return float(grown * self._chance.uniform(0.8, 1.2))
        return REFUSED_PAUSE_SECONDS

    def _pause_for(self, subject: Subject, seconds: float) -> None:
        self._end_pause(subject)
        rest = self._rest(subject, seconds)
        self._pauses[subject] = asyncio.get_running_loop().create_task(rest)

    def _resting(self) -> set[Subject]:
        """What failed, and waits for its time or for room."""
        full = (s for s, trouble in self.troubles.items() if isinstance(trouble.error, QuotaError))
        return {*self._pauses, *full}

    def _settle(self, subject: Subject) -> None:
        trouble = self.troubles.pop(subject, None)
        if trouble is not None:
            self._watchers.dropped(trouble.operation)
        self.held.pop(subject, None)
        self._end_pause(subject)

    def _end_pause(self, subject: Subject) -> None:
        pause = self._pauses.pop(subject, None)
        if pause is not None:
            pause.cancel()

    async def _rest(self, subject: Subject, seconds: float) -> None:
        await self._clock.sleep(seconds)
        del self._pauses[subject]
        self.backlog.add((subject,))
        self.wake()


def is_deletion_there(operation: op.Operation) -> bool:
    """Whether the cloud's news, not its answer, tell what an operation did."""
    return isinstance(operation, op.Delete) and operation.side is Side.REMOTE

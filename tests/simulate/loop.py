"""An event loop whose time is simulated: it passes at once when nothing else is to be done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class _NoSelector:
    """Waits for nothing but time."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list:
        if timeout is None:
            raise RuntimeError("the simulation waits for ever")
        self._loop.seconds += max(0.0, timeout)
        return []

    def close(self) -> None:
        pass


class SimulatedLoop(asyncio.BaseEventLoop):
    """Runs tasks in an order that depends on their sleeps alone."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self.on_step: Callable[[], None] | None = None
        """Called after every step of a task: between two of them anything may end."""
        self._selector = _NoSelector(self)
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self.seconds

    def call_soon(self, callback, *args, context=None) -> asyncio.Handle:
        # What the base class does, without its checks: most of a run is many small steps.
        if self.on_step is not None:
            callback, args = self._step, (callback, args)
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def _step(self, callback, args) -> None:
        callback(*args)
        if self.on_step is not None:
            self.on_step()

    def _process_events(self, event_list: list) -> None:
        pass

    def _write_to_self(self) -> None:
        pass


class SimulatedClock:
    """The engine's clock (ports.Clock) on such a loop."""

    def __init__(self, loop: SimulatedLoop, start: float = 1_800_000_000.0) -> None:
        self._loop = loop
        self._start = start

    def now(self) -> float:
        return self._start + self._loop.seconds

    def set_back(self, seconds: float) -> None:
        """Somebody sets what `now` tells."""
        self._start -= seconds

    def monotonic(self) -> float:
        return self._loop.seconds

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

"""One run again and again, with a machine killed after each step of its tasks in turn."""

from __future__ import annotations

from tests.simulate.hazards import NONE
from tests.simulate.run import Run


class CrashingRun(Run):
    """A run in which one device is killed after so many steps, and started again."""

    def __init__(self, seed: int, crash_after: int = 0) -> None:
        super().__init__(seed, NONE)
        self.crash_after = crash_after
        self.steps = 0
        self.loop.on_step = self._count

    def _count(self) -> None:
        self.steps += 1
        device = self.devices[self.steps % len(self.devices)] if self.devices else None
        if self.steps != self.crash_after or device is None or self.world.is_peace:
            return
        if device.task is not None and not device.task.done():
            device.kill()
            self.start(device)


def crash_everywhere(seed: int, stride: int = 1, first: int = 1) -> tuple[int, list[str]]:
    """How many runs of a seed were made, each with a crash after another step, and what failed."""
    whole = CrashingRun(seed)
    whole.run()
    failed = []
    moments = range(first, whole.steps, stride)
    for moment in moments:
        try:
            CrashingRun(seed, crash_after=moment).run()
        except Exception as error:
            failed.append(f"seed {seed}, after step {moment}: {type(error).__name__}: {error}")
    return len(moments), failed

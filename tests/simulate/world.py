"""What all parts of a run share: its time, its chance, its cloud, and what is told of it."""

from __future__ import annotations

import random

from tests.simulate.cloud import CloudVolume
from tests.simulate.hazards import Hazards
from tests.simulate.loop import SimulatedClock, SimulatedLoop


class FailedRunError(AssertionError):
    """An invariant does not hold."""


class World:
    """Decided by its seed; `hazards` are those of the seed unless given."""

    def __init__(self, seed: int, hazards: Hazards | None = None) -> None:
        self.chance = random.Random(seed)
        """Decides what people do."""
        self.fate = random.Random(f"fate {seed}")
        """Decides what hazards do, so that a new hazard leaves the rest of a run as it was."""
        self.hazards = Hazards.of(seed) if hazards is None else hazards
        self.loop = SimulatedLoop()
        self.clock = SimulatedClock(self.loop)
        self.cloud = CloudVolume()
        self.faults = 0.0
        """The chance of each request to fail."""
        self.is_peace = False
        self.trace: list[str] = []

    def now_ns(self) -> int:
        """The time that files get."""
        return int(self.clock.now() * 1e9)

    def note(self, line: str) -> None:
        """Add what happens now to the trace."""
        self.trace.append(f"{self.loop.seconds:9.3f} {line}")

"""What may happen in a run beside what people do and small faults: decided by its seed."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Hazards:
    """Chances from 0 to 1: of each request or file, or of each thing that people do."""

    late: float = 0.0
    """A request or its answer is on its way for long, so that others overtake it."""
    cuts: float = 0.0
    """The connection of a device is cut, and comes back later."""
    kills: float = 0.0
    """A crash leaves no time for anything; else the engine is asked to end."""
    roots: float = 0.0
    """The folder itself is another one, or none for a while."""
    recreations: float = 0.0
    """The volume is made anew in the cloud: a restoration that keeps nothing, not even its key."""
    reused: float = 0.0
    """A new file gets the inode number of a deleted one."""
    few: int | None = None
    """Deletions of more files than so many are held, and applied or restored some time later."""
    undoes: bool = False
    """In the end one device takes back what the others did meanwhile."""
    bursts: float = 0.0
    """Many files are written at once."""
    gathers: bool = False
    """Small files travel together, and few lanes are there."""
    ghosts: float = 0.0
    """A request whose caller is gone gets through all the same, some time later."""
    dwindles: float = 0.0
    """All files of a folder are deleted one after the other, with pauses."""
    sly: float = 0.0
    """A file is edited in place, and looks as before but for its `ctime_ns`."""

    @classmethod
    def of(cls, seed: int) -> Hazards:
        """Those of a seed."""
        chance = random.Random(f"hazards {seed}")

        def some(*values: float) -> float:
            return chance.choice((0.0, 0.0, *values))

        return cls(
            late=some(0.02, 0.1),
            cuts=some(0.05, 0.2),
            kills=some(0.5, 1.0),
            roots=some(0.03),
            recreations=some(0.3),
            reused=some(0.5, 1.0),
            few=chance.choice((None, None, 1, 3)),
            undoes=chance.random() < 0.25,
            bursts=some(0.1, 0.3),
            gathers=chance.random() < 0.5,
            ghosts=some(0.5, 1.0),
            dwindles=some(0.05),
            sly=some(0.5, 1.0),
        )


NONE = Hazards()


def happens(chance: random.Random, probability: float) -> bool:
    """Asks chance only where there is one, so that old seeds are the same runs."""
    return probability > 0 and chance.random() < probability

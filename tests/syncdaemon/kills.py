"""`python -m tests.syncdaemon.kills --minutes M [--seed N]`: kill -9 at random, and lose nothing.

Two daemons and a cloud, all real processes; a seeded worker changes files on both computers all
the time, and any of the three is killed at random moments and started again. In the end there is
peace: both folders and the cloud must be the same, every content that nobody deleted or replaced
must be there, no process may have ended by itself, and fsck must find nothing.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL
from threading import Event

from tests.rig.environment import scrubbed
from tests.rig.processes import Process, processes
from tests.syncdaemon.conftest import EMAIL
from tests.syncdaemon.reality.rig import Picture, Reality, reality
from tests.syncdaemon.reality.worker import Ledger, Worker
from tests.syncdaemon.surroundings import RunningCloud

LIFE_SECONDS = 8.0  # the mean between two kills
REST_SECONDS = 3.0  # the longest that something stays dead
PAUSE_SECONDS = 0.03  # the mean between two changes
PEACE_SECONDS = 600.0
SETTLE_SECONDS = 30.0  # between two looks at what is held


@dataclass
class Outcome:
    """What a run did and found; `faults` is empty where all is well."""

    ledger: Ledger
    kills: Counter[str] = field(default_factory=Counter)
    held: int = 0
    only_in_trash: int = 0
    files: int = 0
    peace_seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kills = ", ".join(f"{count} of {name}" for name, count in sorted(self.kills.items()))
        return (
            f"{sum(self.kills.values())} kills ({kills}); {self.ledger.changes} changes,"
            f" {self.ledger.bytes} bytes; {len(self.ledger.kept)} contents to be kept,"
            f" {self.only_in_trash} of them only in a trash; {self.files} files and directories"
            f" in the end; held {self.held} times; peace after {self.peace_seconds:.1f} s; "
            + ("all is well" if not self.faults else "\n".join(["FAULTS", *self.faults]))
        )


@dataclass
class _Victim:
    """One of the three processes, dead or alive. `launch` starts it without waiting."""

    name: str
    process: Process
    launch: Callable[[], Process]
    back_at: float | None = None


class Kills:
    """One run in a reality."""

    def __init__(self, real: Reality, chance: random.Random) -> None:
        self._real = real
        self._chance = chance
        self._never = Event()
        self.outcome = Outcome(Ledger())
        self._workers = [
            Worker(one.folder, one.home / "graveyard", chance, self.outcome.ledger)
            for one in real.both
        ]
        here, there, cloud = real.here, real.there, real.cloud
        assert here.process is not None
        assert there.process is not None
        assert cloud.process is not None
        self._victims = [
            _Victim("here", here.process, here.launch),
            _Victim("there", there.process, there.launch),
            _Victim("cloud", cloud.process, cloud.launch),
        ]

    def run(self, seconds: float) -> Outcome:
        """Trouble for some seconds, then peace and judgement."""
        end = time.monotonic() + seconds
        next_kill = time.monotonic() + self._chance.expovariate(1 / LIFE_SECONDS)
        while (now := time.monotonic()) < end:
            self._bring_back(now)
            if now >= next_kill:
                self._kill(now)
                next_kill = now + self._chance.expovariate(1 / LIFE_SECONDS)
            self._chance.choice(self._workers).work()
            self._never.wait(self._chance.expovariate(1 / PAUSE_SECONDS))
        self._bring_back(float("inf"))
        self._make_peace()
        return self.outcome

    def _kill(self, now: float) -> None:
        victim = self._chance.choice(self._victims)
        if victim.back_at is not None:
            return
        self._look_at(victim)
        victim.process.signal(SIGKILL)
        victim.process.wait()
        self.outcome.kills[victim.name] += 1
        victim.back_at = now + self._chance.uniform(0, REST_SECONDS)

    def _look_at(self, victim: _Victim) -> None:
        if victim.process.returncode is not None:
            self._fault(f"{victim.name} ended by itself: {victim.process.output[-3000:]}")
        if "Traceback" in victim.process.output:
            self._fault(f"{victim.name} failed: {victim.process.output[-3000:]}")

    def _bring_back(self, now: float) -> None:
        for victim in self._victims:
            if victim.back_at is not None and now >= victim.back_at:
                victim.process = victim.launch()
                victim.back_at = None

    def _fault(self, text: str) -> None:
        self.outcome.faults.append(text)

    def _make_peace(self) -> None:
        began = time.monotonic()
        try:
            for one in self._real.both:
                one.answers_soon()
                one.connect()
            tree = self._settle()
        except AssertionError as error:
            self._fault(str(error))
            return
        finally:
            for victim in self._victims:
                self._look_at(victim)
        self.outcome.peace_seconds = time.monotonic() - began
        self.outcome.files = len(tree)
        self._judge({*tree.values()})
        try:
            self._real.fsck()
        except AssertionError as error:
            self._fault(f"fsck: {error}")

    def _settle(self) -> Picture:
        """Until all is the same; what is held was meant, also what comes to be held meanwhile."""
        deadline = time.monotonic() + PEACE_SECONDS
        while True:
            for one in self._real.both:
                self.outcome.held += one.apply_held()
            try:
                return self._real.settle(seconds=SETTLE_SECONDS)
            except AssertionError:
                if time.monotonic() > deadline:
                    raise

    def _judge(self, there: set[str | None]) -> None:
        trash = {seen for one in self._real.both for seen in one.trashed().values()}
        for worker in self._workers:
            trash |= worker.buried()
            worker.forget()
        for content, at_once in self.outcome.ledger.kept.items():
            if content in there:
                continue
            if content in trash and not at_once:
                self.outcome.only_in_trash += 1
            else:
                where = "only in a trash" if content in trash else "nowhere"
                self._fault(f"lost: {content}, {where}")


def run(data: Path, seconds: float, seed: int) -> Outcome:
    """One run with a copy of a cloud's data."""
    with reality(data) as real:
        return Kills(real, random.Random(seed)).run(seconds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long there is trouble")
    parser.add_argument("--seed", type=int, default=0, help="what the work and the kills are")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        with processes(scrubbed(Path(home)), Path(home)) as started:
            RunningCloud(started, f"{home}/data").add_user(EMAIL)
        outcome = run(Path(home, "data"), chosen.minutes * 60, chosen.seed)
    print(f"seed {chosen.seed}: {outcome}")
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())

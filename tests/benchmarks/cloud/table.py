"""Measures with their goals, and the table they are printed in."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

OURS = "u1server"
_HEAD = ("work", "unit", "who", "median", "ours/it", "goal", "verdict")


@dataclass(frozen=True)
class Goal:
    """What our median must keep to, beside `other`'s, or alone (`other` is then OURS)."""

    other: str
    text: str
    keeps: Callable[[float, float], bool]


def at_most(factor: float, other: str) -> Goal:
    """Ours is at most `factor` times the other's."""
    return Goal(other, f"<= {factor:g} x", lambda ours, its: ours <= factor * its)


def at_least(factor: float, other: str) -> Goal:
    """Ours is at least `factor` times the other's."""
    return Goal(other, f">= {factor:g} x", lambda ours, its: ours >= factor * its)


def below(limit: float, who: str = OURS) -> Goal:
    """Ours is below a limit."""
    return Goal(who, f"< {limit:g}", lambda ours, _: ours < limit)


@dataclass
class Measure:
    """One kind of work: what each contender took for it, round by round."""

    work: str
    unit: str
    goals: tuple[Goal, ...] = ()
    values: dict[str, list[float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    ours: str = OURS

    def add(self, who: str, value: float) -> None:
        self.values.setdefault(who, []).append(value)

    def median(self, who: str) -> float:
        return statistics.median(self.values[who])

    @property
    def is_kept(self) -> bool:
        """Whether every goal is kept whose other was measured."""
        return all(self._keeps(goal) is not False for goal in self.goals)

    def _keeps(self, goal: Goal) -> bool | None:
        if self.ours not in self.values or goal.other not in self.values:
            return None
        return goal.keeps(self.median(self.ours), self.median(goal.other))

    def lines(self) -> list[tuple[str, ...]]:
        """A line for each contender, ours first."""
        found = []
        goals = {goal.other: goal for goal in self.goals}
        for who in sorted(self.values, key=lambda who: who != self.ours):
            goal = goals.pop(who, None)
            is_there = self.ours in self.values and self.median(who)
            ratio = f"{self.median(self.ours) / self.median(who):.2f}" if is_there else "-"
            found.append(
                (
                    self.work,
                    self.unit,
                    who,
                    f"{self.median(who):.6g}",
                    "" if who == self.ours else ratio,
                    "" if goal is None else goal.text,
                    "" if goal is None else _VERDICTS[self._keeps(goal)],
                )
            )
        found += [
            (self.work, self.unit, goal.other, "-", "-", goal.text, _VERDICTS[None])
            for goal in goals.values()
        ]
        return found


_VERDICTS = {True: "kept", False: "MISSED", None: "not measured"}


def table(measures: list[Measure]) -> str:
    """All lines, notes, then every single value."""
    lines = [_HEAD, *(line for measure in measures for line in measure.lines())]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    shown, last = [], ""
    for line in lines:
        work, unit, *rest = line
        named = (work, unit, *rest) if work != last else ("", "", *rest)
        last = work
        columns = zip(named, widths, strict=True)
        shown.append("  ".join(text.ljust(width) for text, width in columns).rstrip())
    shown.insert(1, "-" * (sum(widths) + 2 * len(widths)))
    for measure in measures:
        shown += [f"note: {measure.work}: {note}" for note in measure.notes]
    shown.append("")
    for measure in measures:
        for who, values in measure.values.items():
            shown.append(f"{measure.work}, {who}: " + " ".join(f"{value:.4g}" for value in values))
    return "\n".join(shown)

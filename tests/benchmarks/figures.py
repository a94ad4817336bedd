"""Figures of a process from /proc, and a table to print them in."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


def pss_kib(pid: int) -> float:
    """Proportional set size of one process in KiB (proc(5), smaps_rollup)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    assert found
    return float(found.group(1))


def voluntary_switches(pid: int) -> int:
    """Voluntary context switches of all threads of a process so far: how often it woke up."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        found = re.search(r"^voluntary_ctxt_switches:\s+(\d+)", (task / "status").read_text(), re.M)
        assert found
        total += int(found.group(1))
    return total


@dataclass
class Figure:
    """One row: what is measured on both trays, and what ours must keep to."""

    name: str
    unit: str
    goal: str
    keeps: Callable[[float, float | None], bool]
    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def medians(self) -> tuple[float, float | None]:
        """Of ours, and of the bare tray where it can be measured."""
        bare = statistics.median(self.bare) if self.bare else None
        return statistics.median(self.ours), bare

    @property
    def kept(self) -> bool:
        return self.keeps(*self.medians)


def table(figures: list[Figure]) -> str:
    """All rows: medians, ratio, goal and verdict, then every single value."""
    head = f"{'figure':40} {'u1tray':>10} {'bare':>10} {'ratio':>6}  {'goal':22} verdict"
    lines = [head, "-" * len(head)]
    for figure in figures:
        ours, bare = figure.medians
        ratio = f"{ours / bare:6.2f}" if bare else "     -"
        beside = f"{bare:10.1f}" if bare is not None else "         -"
        verdict = "kept" if figure.kept else "MISSED"
        name = f"{figure.name} [{figure.unit}]"
        lines.append(f"{name:40} {ours:10.1f} {beside} {ratio}  {figure.goal:22} {verdict}")
    lines.append("")
    for figure in figures:
        for who, values in (("u1tray", figure.ours), ("bare", figure.bare)):
            if values:
                shown = " ".join(f"{value:.1f}" for value in values)
                lines.append(f"{figure.name}, {who}: {shown}")
    return "\n".join(lines)

"""Measures the indicator beside the smallest PyQt5 tray, in one run, alternating.

    python -m tests.benchmarks.indicator [--quick] [--rounds N] [--idle SECONDS]

Prints a table of medians with the goals; exit code 1 when one is missed. Not a test: figures
need a quiet machine.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.figures import Figure, pss_kib, table, voluntary_switches
from tests.rig.bus import start_bus
from tests.rig.daemon import Daemon, state_dict
from tests.rig.display import start_display
from tests.rig.environment import scrubbed
from tests.rig.processes import Process, Processes, processes
from tests.rig.watcher import Item, Watcher

BARE = (sys.executable, str(Path(__file__).parent / "bare_tray.py"))
OURS = ("u1tray",)
STORM = 20_000
_SETTLING_SECONDS = 0.5  # D-Bus contract, 8.2
_CALM_SECONDS = 12.0  # after the start: first questions, their repetitions, lazy loading
_AFTER_STORM_SECONDS = 3.0
_ASK_EVERY_SECONDS = 0.02
_UP_TO_DATE = "File sync is up to date"


def figures() -> dict[str, Figure]:
    """The rows of the table, by name."""

    def within(factor: float):
        return lambda ours, bare: bare is not None and ours <= factor * bare

    def below(limit: float):
        return lambda ours, _bare: ours < limit

    rows = {
        "icon": ("time to the icon", "ms", "<= 1.5 x bare", within(1.5)),
        "drawn": ("time until the panel has its pixmaps", "ms", "-", lambda _ours, _bare: True),
        "pss": ("PSS", "MiB", "<= 1.3 x bare", within(1.3)),
        "idle": ("voluntary switches while idle", "n", "<= 1 in 30 s", below(1.5)),
        "at once": ("menu right, shown at once", "ms", "< 100 ms", below(100)),
        "settled": ("menu right, after settling", "ms", "< 100 ms", below(100)),
        "signals": (f"signals to the panel in {STORM}", "n", "< 200", below(200)),
        "answer": ("slowest menu answer in a storm", "ms", "< 500 ms", below(500)),
        "right": ("menu right after a storm", "ms", "< 5000 ms", below(5000)),
    }
    return {key: Figure(*row) for key, row in rows.items()}


@dataclass
class Session:
    """One tray in a home, a bus and a display of its own."""

    started: Processes
    watcher: Watcher
    address: str


@asynccontextmanager
async def session() -> AsyncIterator[Session]:
    """A session with a watcher and without a tray."""
    home = Path(tempfile.mkdtemp(prefix="u1-"))
    logs = home / "logs"
    logs.mkdir()
    try:
        with processes(scrubbed(home), logs) as started:
            bus = start_bus(started, home)
            start_display(started)
            watcher = Watcher(bus.address)
            await watcher.arrive()
            yield Session(started, watcher, bus.address)
            await watcher.leave()
    finally:
        shutil.rmtree(home, ignore_errors=True)


async def start_tray(
    at: Session, command: tuple[str, ...]
) -> tuple[Process, Item, tuple[float, float]]:
    """The tray, its icon, and the milliseconds to registration and to the answer with pixmaps."""
    begin = time.monotonic()
    process = at.started.start(*command)
    item = await at.watcher.item(30)
    await item.icon_sizes()
    drawn = time.monotonic()
    return process, item, (1000 * (item.registered_at - begin), 1000 * (drawn - begin))


async def measure_start_and_idle(rows: dict[str, Figure], idle_seconds: float) -> None:
    """Time to the icon one after the other; then memory and wake-ups side by side."""
    async with session() as first, session() as second:
        daemon = Daemon(first.address)
        await daemon.appear(state_dict("QUEUE_MANAGER"))
        bare, bare_item, bare_ms = await start_tray(second, BARE)
        ours, ours_item, ours_ms = await start_tray(first, OURS)
        for number, key in enumerate(("icon", "drawn")):
            rows[key].bare.append(bare_ms[number])
            rows[key].ours.append(ours_ms[number])
        await ours_item.until_label(_UP_TO_DATE)
        for item in (bare_item, ours_item):
            await item.open_menu()
            await item.close_menu()
        await asyncio.sleep(_CALM_SECONDS)
        rows["pss"].bare.append(pss_kib(bare.pid) / 1024)
        rows["pss"].ours.append(pss_kib(ours.pid) / 1024)
        before = voluntary_switches(bare.pid), voluntary_switches(ours.pid)
        await asyncio.sleep(idle_seconds)
        rows["idle"].bare.append(voluntary_switches(bare.pid) - before[0])
        rows["idle"].ours.append(voluntary_switches(ours.pid) - before[1])
        await daemon.die()


async def measure_latency(rows: dict[str, Figure]) -> None:
    """From StatusChanged on the bus to the new sentence in the menu the panel reads."""
    async with session() as at:
        daemon = Daemon(at.address)
        await daemon.appear(state_dict("QUEUE_MANAGER"))
        _process, item, _ms = await start_tray(at, OURS)
        await item.until_label(_UP_TO_DATE)
        failed = await _change(daemon, item, "AUTH_FAILED", "The server did not accept")
        rows["at once"].ours.append(1000 * failed)
        settled = await _change(daemon, item, "QUEUE_MANAGER", _UP_TO_DATE)
        rows["settled"].ours.append(1000 * (settled - _SETTLING_SECONDS))
        await daemon.die()


async def _change(daemon: Daemon, item: Item, state: str, label: str) -> float:
    begin = time.monotonic()
    daemon.change(state)
    await item.until_label(label)
    return time.monotonic() - begin


async def measure_storm(rows: dict[str, Figure]) -> None:
    """A flood of state changes: what the panel has to bear, and whether the menu answers."""
    for command, key in ((BARE, "bare"), (OURS, "ours")):
        async with session() as at:
            storm = at.started.module("tests.rig.storm", str(STORM))
            await asyncio.to_thread(storm.wait_for_line, "ready")
            _process, item, _ms = await start_tray(at, command)
            if key == "ours":
                await item.until_label(_UP_TO_DATE)
            before = item.count()
            storm.signal(signal.SIGUSR1)
            slowest = await _ask_throughout(item, storm)
            if key == "ours":
                ended = time.monotonic()
                await item.until_label(_UP_TO_DATE, 30)
                rows["right"].ours.append(1000 * (time.monotonic() - ended))
            getattr(rows["answer"], key).append(1000 * slowest)
            getattr(rows["signals"], key).append(item.count() - before)


async def _ask_throughout(item: Item, storm: Process) -> float:
    """Read the menu all through the storm and a little longer; the slowest answer in seconds."""
    slowest = 0.0
    end = None
    while end is None or time.monotonic() < end:
        begin = time.monotonic()
        await item.menu()
        slowest = max(slowest, time.monotonic() - begin)
        if end is None and "sent" in storm.output:
            end = time.monotonic() + _AFTER_STORM_SECONDS
        await asyncio.sleep(_ASK_EVERY_SECONDS)
    return slowest


async def run(rounds: int, idle_seconds: float) -> bool:
    """All rounds, then the table; whether every goal is kept."""
    rows = figures()
    for number in range(1, rounds + 1):
        print(f"round {number} of {rounds}", file=sys.stderr, flush=True)
        await measure_start_and_idle(rows, idle_seconds)
        await measure_latency(rows)
        await measure_storm(rows)
    print(table(list(rows.values())))
    return all(figure.kept for figure in rows.values())


def main() -> int:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.indicator")
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured")
    parser.add_argument("--idle", type=float, default=30.0, help="seconds of watching it idle")
    parser.add_argument("--quick", action="store_true", help="two rounds, 10 s idle")
    options = parser.parse_args()
    rounds, idle = (2, 10.0) if options.quick else (options.rounds, options.idle)
    return 0 if asyncio.run(run(rounds, idle)) else 1


if __name__ == "__main__":
    sys.exit(main())

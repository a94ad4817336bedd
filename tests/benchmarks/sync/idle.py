"""A minute in which nothing happens."""

from __future__ import annotations

from tests.benchmarks.cloud.bench import Bench
from tests.benchmarks.cloud.table import Measure, below
from tests.benchmarks.figures import voluntary_switches
from tests.benchmarks.sync.device import Device, couple
from tests.benchmarks.sync.measures import OURS, measure, pause
from tests.rig.processes import Process

_SECONDS = 60.0
_SETTLED_SECONDS = 10.0
# The cloud says every 25 s that it is there (REST contract, 16.2); each may wake two threads.
_MOST_SWITCHES = 10


def idle(bench: Bench) -> list[Measure]:
    """How often the daemon wakes up, and what is said on its bus."""
    switches = measure("idle minute: wake-ups", "", below(_MOST_SWITCHES, OURS))
    messages = measure("idle minute: D-Bus messages", "", below(1, OURS))
    with couple(bench, files=bench.sizes.children) as pair:
        pair.one.start()
        pair.one.wait(" QUEUE_MANAGER, IDLE, ")
        monitor = _monitor(pair.one)
        pause(_SETTLED_SECONDS)
        for _ in bench.rounds(switches, messages):
            woken, said = voluntary_switches(pair.one.pid), len(monitor.output.splitlines())
            pause(_SECONDS)
            switches.add(OURS, voluntary_switches(pair.one.pid) - woken)
            messages.add(OURS, len(monitor.output.splitlines()) - said)
    return [switches, messages]


def _monitor(device: Device) -> Process:
    """Prints a line for each message on a bus."""
    command = ("dbus-monitor", "--address", device.bus.address, "--profile")
    return device.started.start(*command)

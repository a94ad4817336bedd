"""Random work of three devices over two processes; `python -m tests.server.faults.machine` does
more of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rig.processes import Processes
from tests.server import databases
from tests.server.faults.machine import explore, start_two

pytestmark = pytest.mark.end2end

EXAMPLES = 4
STEPS = 15


@pytest.mark.timeout(300)
@databases.both
def test_random_work_of_three_devices_does_what_the_model_does(
    started: Processes, home: Path, database_url: str | None
) -> None:
    """After each step, who only applies deltas knows what the model knows (5 to 11, 16, 20)."""
    explore(start_two(started, home / "cloud", database_url), EXAMPLES, STEPS, derandomize=True)

"""kill -9 under concurrent writes; `python -m tests.server.faults.kill` does it for long."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rig.processes import Processes
from tests.server import databases
from tests.server.faults.inspection import Store
from tests.server.faults.kill import rounds

pytestmark = pytest.mark.end2end

ROUNDS = {"sqlite": 3, "postgresql": 1}


@pytest.mark.timeout(300)  # servers are started again and again, which slow machines take long for
@databases.both
def test_killed_server_loses_nothing_it_acknowledged(
    started: Processes, home: Path, dialect: str, database_url: str | None
) -> None:
    """All ways to change something: old or new, `used` exact, only leftovers for gc (2.1, 11)."""
    tally = rounds(started, Store(home / "cloud", database_url), ROUNDS[dialect])
    assert tally.rounds == ROUNDS[dialect]
    assert sum(tally.done.values()) >= ROUNDS[dialect]

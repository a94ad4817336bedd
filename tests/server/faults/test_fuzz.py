"""Random requests to every route; `python -m tests.server.faults.fuzz` sends more of them."""

from __future__ import annotations

import pytest

from tests.server.faults.fuzz import fuzzed
from tests.server.rig import Running

pytestmark = pytest.mark.end2end
TAKES_SECONDS = 20

REQUESTS = 1000


async def test_random_requests_are_answered_and_never_fail_inside(running: Running) -> None:
    """No 5xx, no traceback in the log, no hang; the cloud goes on serving (12)."""
    statuses = await fuzzed(running, REQUESTS, seed=20261122)
    assert statuses.total() == REQUESTS
    assert {"200", "201", "303", "400", "401", "403", "404", "405"} <= set(statuses)

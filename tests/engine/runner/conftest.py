"""What the runner's tests begin with."""

from __future__ import annotations

import pytest

from u1tray.engine.store.trees import TreeStore


@pytest.fixture
def trees():
    """Trees of a volume with nothing in it."""
    made = TreeStore.open(":memory:")
    with made.changing():
        made.plant("root")
    yield made
    made.close()

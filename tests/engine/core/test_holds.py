"""When deletions are held."""

from __future__ import annotations

import pytest

from u1tray.engine.core.holds import Limits

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("lost", "total", "is_held"),
    [
        (0, 0, False),
        (20, 20, False),  # a small folder emptied by hand
        (21, 30, True),
        (21, 100, False),
        (500, 100_000, False),
        (501, 100_000, True),
        (60, 100, True),
    ],
)
def test_deletion_is_held_by_number_or_share(lost, total, is_held) -> None:
    """A person's own clean-up is not; a vanished folder is."""
    assert Limits().holds(lost, total) is is_held

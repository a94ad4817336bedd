"""The limits of --delete."""

from __future__ import annotations

import pytest

from u1tray.u1file.bulk.removal import FEW, Removal, check
from u1tray.vocabulary.errors import RefusedError

pytestmark = pytest.mark.core


def some(count):
    return [Removal(str(number), True) for number in range(count)]


@pytest.mark.parametrize(
    ("count", "total", "limit"), [(FEW, FEW, None), (50, 100, None), (60, 60, 60), (0, 0, 0)]
)
def test_deletions_within_the_limit_pass(count, total, limit):
    """A few always, half of all, or as many as were allowed."""
    check(some(count), total, limit)


def test_empty_source_deletes_nothing_unless_it_is_allowed():
    """A disk that is not mounted looks like that."""
    check([], 0, None, is_source_empty=True)
    check(some(3), 3, 3, is_source_empty=True)
    with pytest.raises(RefusedError) as refused:
        check(some(1), 1, None, is_source_empty=True)
    assert "--max-delete 1" in refused.value.text


@pytest.mark.parametrize(
    ("count", "total", "limit", "says"),
    [
        (51, 100, None, "more than half"),
        (FEW + 1, FEW + 1, None, f"--max-delete {FEW + 1}"),
        (2, 100, 1, "--max-delete 1"),
        (1, 100, 0, "Nothing was changed"),
    ],
)
def test_deletions_above_the_limit_are_refused(count, total, limit, says):
    """The sentence says how much it would be and how to allow it."""
    with pytest.raises(RefusedError) as refused:
        check(some(count), total, limit)
    assert says in refused.value.text

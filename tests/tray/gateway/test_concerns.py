"""What our own daemon tells beside the contract, read from the wire: good, odd and bad answers."""

from __future__ import annotations

import pytest

from u1tray.status.values import Concerns, HeldDeletion, Lost, Sparing, Trouble
from u1tray.tray.gateway.concerns import (
    MOST,
    summary,
    with_conflicts,
    with_held,
    with_troubles,
)

pytestmark = pytest.mark.core


def test_counts_are_read() -> None:
    """docs/sync-interface.md: decimal text."""
    told = {
        "held": "12",
        "held_lost_in": "cloud",
        "conflicts": "1",
        "waiting_for_room": "5",
        "troubles": "2",
        "spared": "4",
        "sparing": "power",
        "of_tomorrow": "7",
    }
    assert summary(told) == Concerns(12, Lost.CLOUD, 1, 5, 2, 4, Sparing.POWER)


@pytest.mark.parametrize("text", ["", "None", "many", "-3", "1e9", "0x7"])
def test_what_is_no_count_is_none(text) -> None:
    """T15: a missing or odd value is no reason to say something."""
    assert summary({"held": text}) == Concerns(lost_in=Lost.BOTH, sparing=Sparing.BOTH)


def test_absurd_count_still_fits_the_screen() -> None:
    """A number of 4,000 digits is nobody's files."""
    assert summary({"held": "9" * 4000}).held == MOST


@pytest.mark.parametrize("rubbish", [None, 7, "text", ["a"]])
def test_another_type_is_an_error_here(rubbish) -> None:
    """The caller logs one line and takes it as no answer."""
    with pytest.raises((AttributeError, TypeError, ValueError)):
        summary(rubbish)


def test_list_of_held_deletions_is_the_newer_truth() -> None:
    """Between the count and the list something may have moved."""
    told = [
        {"path": "/u", "lost_in": "folder", "files": "10", "of": "40", "shown": "7"},
        {"path": "/w", "lost_in": "cloud", "files": "3", "of": "3", "shown": "7"},
    ]
    found = with_held(Concerns(held=12, lost_in=Lost.FOLDER), told)
    assert (found.held, found.lost_in) == (13, Lost.BOTH)
    assert found.held_deletions == (
        HeldDeletion("/u", Lost.FOLDER, 10, 40),
        HeldDeletion("/w", Lost.CLOUD, 3, 3),
    )
    assert found.shown == "7"
    assert with_held(found, []).held == 0
    assert with_held(found, []).shown == ""


def test_conflicts_have_an_order_of_their_own() -> None:
    """An equal set of copies is an equal value, so that nothing is drawn anew."""
    one = with_conflicts(Concerns(conflicts=1), ["/b", b"/a\xff"])
    assert one == with_conflicts(Concerns(), [b"/a\xff", "/b"])
    assert (one.conflicts, one.copies) == (2, ("/a\udcff", "/b"))


def test_what_passes_by_itself_is_no_trouble() -> None:
    """What waits for room comes first; `kind` may be missing in an older daemon."""
    told = [
        {"path": "/b", "error": "no", "kind": "lasting"},
        {"path": "/c", "error": "offline", "kind": "passing"},
        {"path": "/z", "error": "full", "kind": "room"},
        {"path": "/a", "error": "?"},
    ]
    assert with_troubles(Concerns(), told).details == (
        Trouble("/z", "full", waits_for_room=True),
        Trouble("/a", "?"),
        Trouble("/b", "no"),
    )

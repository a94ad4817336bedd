"""What cannot be synced is known while it is there, and told once."""

from __future__ import annotations

import logging

import pytest

from u1tray.engine.ports import DiskError, Oddity
from u1tray.engine.runner.oddities import MOST_TOLD, Oddities

pytestmark = pytest.mark.core


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, "u1tray.engine.runner.oddities")
    return caplog


def test_link_is_told_once_however_often_it_is_seen(log) -> None:
    """Never followed, and no flood; what a rule ignores is not worth a line."""
    oddities = Oddities()
    for _ in range(3):
        oddities.learn(("d",), {"link": Oddity.SYMLINK, "a.o": Oddity.IGNORED})
    assert log.messages == ["not synced: d/link (a symbolic link)"]
    assert list(oddities.unreadable()) == []


def test_log_is_not_flooded(log) -> None:
    """A folder may have any number of links."""
    links = {str(number): Oddity.SYMLINK for number in range(3 * MOST_TOLD)}
    Oddities().learn((), links)
    assert len(log.messages) == MOST_TOLD + 1


def test_unreadable_things_are_known_until_they_are_not_seen_any_more() -> None:
    """A look at single names says nothing about the others in their directory."""
    oddities = Oddities()
    both = {"a": Oddity.UNREADABLE, "b": Oddity.UNREADABLE}
    oddities.learn(("d",), both)
    assert list(oddities.unreadable()) == [(("d", "a"), ""), (("d", "b"), "")]
    oddities.learn(("d",), {}, ["a"])
    assert list(oddities.unreadable()) == [(("d", "b"), "")]
    oddities.learn(("d",), {})
    assert list(oddities.unreadable()) == []


def test_directory_that_the_disk_refuses_is_known_with_its_reason() -> None:
    """Until it can be looked at again."""
    oddities = Oddities()
    oddities.refuse(("d",), DiskError("The disk failed.", ("d",)))
    assert list(oddities.unreadable()) == [(("d",), "The disk failed.")]
    oddities.learn(("d",), {})
    assert list(oddities.unreadable()) == []
    oddities.refuse(("d",), DiskError("The disk failed.", ("d",)))
    oddities.keep(lambda names: names != ("d",))
    assert list(oddities.unreadable()) == []

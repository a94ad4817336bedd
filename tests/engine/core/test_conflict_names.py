"""Names of conflict copies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.engine.core.conflict_names import conflict_name

pytestmark = pytest.mark.core

NOW = 1795335000.0  # 2026-11-22 08:10:00 UTC
MARK = "(conflict kiwi 2026-11-22 08.10)"


def named(name: str, taken=(), **more) -> str:
    return conflict_name(name, "kiwi", NOW, set(taken).__contains__, **more)


@pytest.mark.parametrize(
    ("name", "copy"),
    [
        ("notes.txt", f"notes {MARK}.txt"),
        ("notes", f"notes {MARK}"),
        (".bashrc", f".bashrc {MARK}"),
        (".config.json", f".config {MARK}.json"),
        ("a.tar.gz", f"a {MARK}.tar.gz"),
        ("Mr. Smith goes", f"Mr. Smith goes {MARK}"),
        ("end.", f"end. {MARK}"),
    ],
)
def test_extension_stays_the_end(name, copy) -> None:
    """So that a click still opens the right program."""
    assert named(name) == copy


def test_directory_has_no_extension() -> None:
    """`My.Project` is one word."""
    assert named("My.Project", is_file=False) == f"My.Project {MARK}"


def test_taken_name_gets_a_number() -> None:
    """Two conflicts within a minute are two copies."""
    first = named("a.txt")
    assert named("a.txt", [first]) == "a (conflict kiwi 2026-11-22 08.10 2).txt"


def test_device_that_no_name_can_hold_is_cleaned() -> None:
    """A host name is somebody else's text."""
    assert "/" not in conflict_name("a", "b/c\n", NOW, lambda _name: False)
    assert "unknown device" in conflict_name("a", "//", NOW, lambda _name: False)


@given(st.text(min_size=1).filter(lambda name: "/" not in name and "\0" not in name))
def test_every_name_fits_and_is_another(name) -> None:
    """At most 255 bytes, however long the name was."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return
    copy = named(name)
    assert copy != name
    assert len(copy.encode()) <= max(255, len(MARK))

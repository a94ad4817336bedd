"""The face on a terminal: a line for each change, and none for what only ticks."""

from __future__ import annotations

import io
from dataclasses import replace
from gettext import NullTranslations

import pytest

from u1tray.status.commands import Notice, Notify
from u1tray.status.values import (
    Concerns,
    Direction,
    HeldDeletion,
    Indicator,
    Lost,
    Sentence,
    Storage,
    Transfer,
    View,
)
from u1tray.tray import clock
from u1tray.tray.console import Console
from u1tray.tray.settings import SWITCHES, Settings
from u1tray.vocabulary.quota import Quota

pytestmark = pytest.mark.core

IDLE = View(Indicator.UP_TO_DATE, Sentence.UP_TO_DATE)
SYNCING = View(
    Indicator.SYNCING,
    Sentence.SYNCING_FILE,
    name="a.txt",
    percent=10,
    transfers=(Transfer(Direction.UPLOAD, "/home/a.txt", 10, 100),),
)


@pytest.fixture
def out():
    return io.StringIO()


@pytest.fixture
def console(out):
    return Console(out, NullTranslations(), lambda: None)


def test_sentence_is_written_once(console, out) -> None:
    """An equal view says nothing."""
    console.show(IDLE)
    console.show(IDLE)
    assert out.getvalue().count("File sync is up to date\n") == 1


def test_percentage_alone_is_no_line(console, out) -> None:
    """A progress bar would be a line every half second."""
    console.show(SYNCING)
    before = out.getvalue()
    console.show(replace(SYNCING, percent=60))
    assert out.getvalue() == before
    assert "  Uploading a.txt\n" in before


def test_quota_is_a_line_when_it_changes(console, out) -> None:
    """The quota line of the menu, indented."""
    known = Storage(Quota(5_000_000_000, 1_200_000_000), clock.now(), None)
    console.show(replace(IDLE, storage=known))
    assert "  1.2 GB of 5.0 GB used, 24 %\n" in out.getvalue()
    assert out.getvalue().count("File sync is up to date") == 1


def test_notice_is_a_line(console, out) -> None:
    """What a bubble would say."""
    console.notify(Notify(Notice.STORAGE_FULL))
    assert out.getvalue().startswith("! ")
    assert out.getvalue().count("\n") == 1


def test_raising_writes_the_status_again(console, out) -> None:
    """`u1tray --show` beside it."""
    console.show(IDLE)
    console.raise_status_window()
    assert out.getvalue().count("File sync is up to date\n") == 2


def test_reader_that_went_away_ends_the_program() -> None:
    """`u1tray --no-gui | head -1` is no failure."""

    class Gone(io.StringIO):
        def write(self, _text):
            raise BrokenPipeError

    gone = []
    Console(Gone(), NullTranslations(), lambda: gone.append(True)).show(IDLE)
    assert gone


def test_concerns_are_lines_when_they_change(console, out) -> None:
    """The lines of the menu, with what is gone where; each once, and again when it is new."""
    held = Concerns(held=12, held_deletions=(HeldDeletion("/u/One", Lost.FOLDER, 12, 40),))
    console.show(replace(IDLE, concerns=held))
    console.show(replace(IDLE, concerns=replace(held, troubles=2)))
    console.show(IDLE)
    console.show(replace(IDLE, concerns=Concerns(troubles=2)))
    lines = [line for line in out.getvalue().splitlines() if line.startswith("  ")]
    assert [line for line in lines if "torage" not in line] == [
        "  12 deletions are held",
        "  12 of 40 files in One are gone from this computer",
        "  2 files cannot be synced",
        "  2 files cannot be synced",
    ]


def test_concerns_are_part_of_the_whole_status(console, out) -> None:
    """Who asks (`u1tray --show`) reads everything again."""
    console.show(replace(IDLE, concerns=Concerns(conflicts=1)))
    console.raise_status_window()
    assert out.getvalue().count("  1 conflict\n") == 2


@pytest.mark.parametrize("notice", [notice for notice in Notice if SWITCHES[notice]])
def test_switched_off_notice_is_not_written(out, notice) -> None:
    """A switch for each, and off is off, on a terminal too."""
    settings = Settings()
    console = Console(out, NullTranslations(), lambda: None, lambda: settings)
    settings = replace(settings, **{SWITCHES[notice]: False})
    console.notify(Notify(notice, "a.txt", 1))
    assert out.getvalue() == ""
    settings = Settings()
    console.notify(Notify(notice, "a.txt", 1))
    assert out.getvalue().startswith("! ")

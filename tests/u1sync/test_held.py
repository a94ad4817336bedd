"""u1sync held: what is shown, and what a yes is about, beside a daemon that a test drives."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from tests.rig.terminal import Terminal

pytestmark = pytest.mark.bus

KEPT = "they are kept in the cloud."
LOST = {"path": "/u", "lost_in": "folder", "files": "60", "of": "100", "shown": "7"}
MORE = {**LOST, "files": "4940", "of": "5000", "deleted": "3", "shown": "8"}


@pytest.fixture
async def ours(driven):
    driven.replies |= {"held": [[LOST]], "apply_held": [[]], "restore_held": []}
    await driven.appear()
    return driven


async def test_list_ends_with_the_words_for_both_answers(u1sync, ours):
    """The number stands for what was shown."""
    answer = await u1sync("held")
    assert answer.code == 0
    assert answer.out.splitlines() == [
        f"60 of 100 files are gone from /u; {KEPT}",
        "Are they meant? u1sync held apply 7",
        "If not: u1sync held restore",
    ]


async def test_number_is_what_the_daemon_is_told(u1sync, ours):
    """A yes to what was seen, and not to what is held by now."""
    answer = await u1sync("held", "apply", "7")
    assert (answer.code, answer.out) == (0, "Nothing is held any more.\n")
    assert await ours.asked("apply_held") == ["7"]
    assert ours.times_asked("held") == 0


async def test_what_stays_held_is_told(u1sync, ours):
    """In clear words, with the way to go on."""
    ours.replies["apply_held"] = [[MORE]]
    answer = await u1sync("held", "apply", "7")
    assert answer.out.splitlines() == [
        "More was deleted meanwhile than you have seen. It is still held:",
        f"4940 of 5000 files are gone from /u; {KEPT} 3 more are gone from the cloud already.",
        "Are they meant? u1sync held apply 8",
        "If not: u1sync held restore",
    ]
    assert (await u1sync("held", "apply", "7", "--json")).value == {"held": [MORE]}


async def test_yes_without_having_seen_is_refused_to_a_script(u1sync, ours):
    """It has no terminal to be asked at; --yes says that all is meant."""
    answer = await u1sync("held", "apply")
    assert answer.code == 2
    assert "u1sync held apply NUMBER" in answer.err
    assert ours.times_asked("apply_held") == 0
    assert (await u1sync("held", "apply", "--yes")).code == 0
    assert await ours.asked("apply_held") == ["7"]


@pytest.mark.parametrize("words", [("restore", "7"), ("apply", "7", "--yes"), ("apply", "x")])
async def test_number_beside_what_takes_none_is_refused(u1sync, ours, words):
    """Nothing is done by halves."""
    assert (await u1sync("held", *words)).code == 2
    assert ours.times_asked("restore_held") + ours.times_asked("apply_held") == 0


async def test_question_shows_no_odd_names_where_only_the_result_goes_to_a_file(
    ours, started, home
):
    """What moves a cursor is kept from the terminal that the question is on."""
    ours.replies["held"] = [[{**LOST, "path": "/u\x1b[2J"}]]
    line = f"exec u1sync held apply > '{home}/result'"

    def ask():
        with contextlib.closing(Terminal(started, "sh", "-c", line)) as terminal:
            terminal.expect("too?")
            terminal.type("n\n")
            return terminal.wait(), terminal.screen

    code, screen = await asyncio.to_thread(ask)
    assert code == 130
    assert "gone from /u\ufffd[2J;" in screen
    assert "\x1b" not in screen
    assert (home / "result").read_text() == ""
    assert ours.times_asked("apply_held") == 0

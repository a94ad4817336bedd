"""Every problem has its sentence, and every sentence of the window is translated."""

from __future__ import annotations

import gettext
import string
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from u1tray.credentials.dialog.messages import Problem
from u1tray.credentials.window import texts
from u1tray.credentials.window.strength import SENTENCES, Strength, bits, strength
from u1tray.vocabulary.credentials import CredentialsErrorType

pytestmark = pytest.mark.core

ROOT = Path(__file__).parents[3]
TRANSLATIONS = ROOT / "resources/locale"
ENGLISH = gettext.NullTranslations()

Message = str | tuple[str, ...]


def extracted() -> list[Message]:
    keywords = {**DEFAULT_KEYWORDS, "N_": None}
    found = extract_from_dir(str(ROOT / "u1tray/credentials/window"), keywords=keywords)
    messages = (message for _file, _line, message, _comments, _context in found)
    return sorted({m if isinstance(m, str) else tuple(m) for m in messages}, key=str)


def catalog(path: Path) -> dict[Message, Message]:
    with path.open("rb") as file:
        return {m.id: m.string for m in read_po(file) if m.id and not m.fuzzy}


def places(text: str) -> set[str | None]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


def mnemonics(text: str) -> int:
    return text.count("&")


@pytest.mark.parametrize("kind", [*CredentialsErrorType, *Problem])
def test_every_problem_is_said_in_a_whole_sentence(kind):
    """9.3: a member without an entry would be a KeyError for a person."""
    said = texts.sentence(kind.value, "Because.", "OOPS-1", ENGLISH)
    assert said.endswith("The report is OOPS-1.")
    assert "{" not in said
    assert texts.place_of(kind.value) in texts.Place


def test_unknown_problem_is_said_with_the_services_own_text():
    """9.3: last resort."""
    assert texts.sentence("brand new", "Why.", "", ENGLISH) == "The log-in failed: Why."


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "Try again in 1 second."),
        (59, "Try again in 59 seconds."),
        (65, "Try again in 1:05 minutes."),
    ],
)
def test_time_left_is_said_in_seconds_and_minutes(seconds, text):
    """A countdown a person can read."""
    assert texts.waiting(seconds, ENGLISH) == text


@pytest.mark.parametrize(
    ("passphrase", "expected"),
    [
        ("", Strength.NONE),
        ("1234567", Strength.TOO_SHORT),
        ("aaaaaaaaaaaaaaaa", Strength.WEAK),
        ("password", Strength.WEAK),
        ("correct horse", Strength.FAIR),
        ("correct horse battery staple", Strength.GOOD),
    ],
)
def test_passphrase_is_weighed(passphrase, expected):
    """Length counts, repetition does not."""
    assert strength(passphrase) is expected
    assert SENTENCES[expected]


@given(st.text(max_size=30), st.text(min_size=1, max_size=5))
def test_longer_passphrase_is_never_weaker(start, end):
    """Total, whatever signs it is made of."""
    assert bits(start + end) >= bits(start)


@pytest.mark.parametrize("message", extracted(), ids=str)
def test_message_is_translated_with_the_same_places_and_key(message):
    """Complete: places are filled, and every mnemonic has one in Spanish."""
    assert message in catalog(TRANSLATIONS / "u1tray.pot")
    translated = catalog(TRANSLATIONS / "es/LC_MESSAGES/u1tray.po")[message]
    originals = (message,) if isinstance(message, str) else message
    results = (translated,) if isinstance(translated, str) else translated
    assert len(results) == len(originals)
    for original, result in zip(originals, results, strict=True):
        assert result.strip()
        assert places(result) == places(original)
        assert mnemonics(result) == mnemonics(original)
        assert result.endswith(".") == original.endswith(".")

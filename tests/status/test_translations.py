"""The template and the Spanish translation hold every text of this room."""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from u1tray.status import concern_texts, texts
from u1tray.status.commands import Notice, Notify
from u1tray.status.values import (
    Action,
    Concerns,
    Direction,
    HeldDeletion,
    Indicator,
    Lost,
    Sentence,
    Sparing,
    Storage,
    StorageProblem,
    Transfer,
    Trouble,
    View,
)
from u1tray.vocabulary.credentials import CredentialsErrorType
from u1tray.vocabulary.quota import Quota

pytestmark = pytest.mark.core

ROOT = Path(__file__).parents[2]
TRANSLATIONS = ROOT / "resources/locale"
ROOMS = ("status",)

Message = str | tuple[str, ...]


def extracted() -> Iterator[Message]:
    keywords = {**DEFAULT_KEYWORDS, "N_": None}
    for room in ROOMS:
        found = extract_from_dir(str(ROOT / "u1tray" / room), keywords=keywords)
        yield from (message for _file, _line, message, _comments, _context in found)


MESSAGES = sorted({m if isinstance(m, str) else tuple(m) for m in extracted()}, key=str)


def catalog(path: Path) -> dict[Message, Message]:
    with path.open("rb") as file:
        return {m.id: m.string for m in read_po(file) if m.id and not m.fuzzy}


def placeholders(text: str) -> set[str | None]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


@pytest.fixture(scope="module")
def spanish() -> dict[Message, Message]:
    return catalog(TRANSLATIONS / "es/LC_MESSAGES/u1tray.po")


def test_messages_are_extracted():
    """The comparison below can fail."""
    assert "File sync is up to date" in MESSAGES
    assert ("Syncing {count} file", "Syncing {count} files") in MESSAGES


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_message_is_in_the_template(message):
    """Extracting again would change nothing for this message."""
    assert message in catalog(TRANSLATIONS / "u1tray.pot")


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_message_is_translated_with_the_same_places(message, spanish):
    """Complete, and every place of the original is filled."""
    translated = spanish[message]
    originals = (message,) if isinstance(message, str) else message
    results = (translated,) if isinstance(translated, str) else translated
    assert len(results) == len(originals)
    for original, result in zip(originals, results, strict=True):
        assert result.strip()
        assert placeholders(result) == placeholders(original)
        assert result.endswith(".") == original.endswith(".")


class Recorder:
    """English, remembering what it was asked for."""

    def __init__(self) -> None:
        self.asked: set[Message] = set()

    def gettext(self, message: str, /) -> str:
        self.asked.add(message)
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int, /) -> str:
        self.asked.add((msgid1, msgid2))
        return msgid1 if n == 1 else msgid2


def ask_for_states(recorder: Recorder) -> None:
    for sentence in Sentence:
        for percent in (None, 1):
            texts.sentence(View(Indicator.ERROR, sentence, percent=percent), recorder)
    for indicator in Indicator:
        texts.indicator(indicator, recorder)
    for action in Action:
        texts.action(action, recorder)
    for direction in Direction:
        texts.transfer(Transfer(direction, "/a"), recorder)
        texts.began(Transfer(direction, "/a"), recorder)


def ask_for_news(recorder: Recorder) -> None:
    for notice in Notice:
        texts.notice(Notify(notice), recorder)
        texts.notice(Notify(notice, "name"), recorder)
    for errtype in CredentialsErrorType:
        texts.notice(Notify(Notice.LOGIN_FAILED, errtype.value), recorder)
    for problem in StorageProblem:
        texts.storage(Storage(problem=problem, oops_id="1"), 0.0, recorder)
    for quota in (Quota(0, 0), Quota(0, 1), Quota(1, 2), Quota(2, 1)):
        for age in (0.0, 1000.0, 10_000.0, 1e6):
            texts.storage(Storage(quota, 0.0, StorageProblem.OFFLINE), age, recorder)


def ask_for_concerns(recorder: Recorder) -> None:
    for lost in Lost:
        concerns = Concerns(2, lost, 2, 2, 2)
        for ask in (
            concern_texts.held,
            concern_texts.question,
            concern_texts.conflicts,
            concern_texts.waiting_for_room,
            concern_texts.troubles,
        ):
            ask(concerns, recorder)
        for action in (Action.APPLY_HELD, Action.RESTORE_HELD):
            concern_texts.decision(action, lost, recorder)
        concern_texts.held_deletion(HeldDeletion("/a", lost, 2, 3), recorder)
        for count in (1, 2):
            for notice in (Notice.HELD_DELETIONS, Notice.CONFLICT):
                texts.notice(Notify(notice, "name", count, lost), recorder)
            more = Notify(Notice.HELD_DELETIONS, "", count, lost, is_more=True)
            texts.notice(more, recorder)
    for sparing in Sparing:
        concern_texts.spared(Concerns(spared=2, sparing=sparing), recorder)
    concern_texts.copy("/a", recorder)
    for room in (True, False):
        concern_texts.detail(Trouble("/a", "no", room), recorder)


def test_every_text_that_is_asked_for_was_extracted():
    """A message that no extractor sees can never be translated; one nobody asks for is dead."""
    recorder = Recorder()
    ask_for_states(recorder)
    ask_for_news(recorder)
    ask_for_concerns(recorder)
    assert recorder.asked == set(MESSAGES)

"""The template and the Spanish translation hold every text of the pages."""

from __future__ import annotations

import functools
import re
import string
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

import u1tray.server.web
from tests.server.web.visitor import Visitor, text_of

ROOT = Path(__file__).parents[3]
WEB = Path(u1tray.server.web.__file__).parent
TRANSLATIONS = ROOT / "resources/locale"

Message = str | tuple[str, ...]


def extracted() -> set[Message]:
    keywords = {**DEFAULT_KEYWORDS, "N_": None, "n_": (1, 2)}
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    options = {"**/templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
    found = extract_from_dir(str(WEB), methods, options, keywords)
    messages = (message for _file, _line, message, _comments, _context in found)
    return {m if isinstance(m, str) else tuple(m) for m in messages}


MESSAGES = sorted(extracted(), key=str)


@functools.cache
def catalog(path: Path) -> dict[Message, Message]:
    with path.open("rb") as file:
        return {m.id: m.string for m in read_po(file) if m.id and not m.fuzzy}


def places(text: str) -> set[str | None]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


@pytest.mark.core
def test_messages_are_extracted() -> None:
    """The comparison below can fail."""
    assert "This folder is empty." in MESSAGES
    assert "{name} is back." in MESSAGES
    assert ("{count} match", "{count} matches") in MESSAGES


@pytest.mark.core
def test_every_message_is_in_the_template() -> None:
    """Extracting again would change nothing for the pages."""
    template = catalog(TRANSLATIONS / "u1tray.pot")
    assert [message for message in MESSAGES if message not in template] == []


@pytest.mark.core
@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_message_is_translated_with_the_same_places(message: Message) -> None:
    """Complete, and every place of the original is filled."""
    translated = catalog(TRANSLATIONS / "es/LC_MESSAGES/u1tray.po")[message]
    originals = (message,) if isinstance(message, str) else message
    results = (translated,) if isinstance(translated, str) else translated
    assert len(results) == len(originals)
    for original, result in zip(originals, results, strict=True):
        assert result.strip()
        assert places(result) == places(original)
        assert result.endswith(".") == original.endswith(".")


@pytest.mark.core
def test_templates_hold_no_text_of_their_own() -> None:
    """What is not handed to `_` would stay English."""
    for template in sorted((WEB / "templates").glob("*.html")):
        marked = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", template.read_text(), flags=re.DOTALL)
        text = re.sub(r"<[^>]*>", " ", marked)
        words = re.findall(r"[A-Za-z]{2,}", re.sub(r"&\w+;", " ", text))
        assert words == [], template.name


@pytest.mark.end2end
async def test_page_is_spanish_for_who_asks(visitor: Visitor) -> None:
    """Headings, buttons, and what happened."""
    visitor.headers = {"Accept-Language": "es-AR,es;q=0.9,en;q=0.8"}
    assert "Subir archivos" in text_of(await visitor.get("/files/~/Ubuntu%20One"))
    said = await visitor.do("/files/~/Ubuntu%20One", action="new-folder", name="Cartas")
    assert "Se creó la carpeta Cartas." in said

"""The catalog that fits the person's environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from u1tray.status import texts
from u1tray.status.language import languages, translator
from u1tray.status.values import Action

pytestmark = pytest.mark.core

SPANISH = Path(__file__).parents[2] / "resources/locale/es/LC_MESSAGES/u1tray.po"


@pytest.fixture
def installed(home, monkeypatch) -> Path:
    """Spanish, installed under the person's own data directory."""
    catalog = home / ".local/share/locale/es/LC_MESSAGES/u1tray.mo"
    catalog.parent.mkdir(parents=True)
    with SPANISH.open("rb") as source, catalog.open("wb") as compiled:
        write_mo(compiled, read_po(source))
    monkeypatch.setenv("LC_ALL", "es_MX.UTF-8")
    return catalog


def connect(catalog: Path) -> str:
    """The label, with nothing installed but this catalog."""
    return texts.action(Action.CONNECT, translator([catalog.parents[2]]))


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, []),
        ({"LANG": "es_ES.UTF-8"}, ["es_ES.UTF-8"]),
        ({"LANG": "es", "LC_MESSAGES": "de"}, ["de"]),
        ({"LANG": "es", "LC_ALL": "C.UTF-8"}, []),
        ({"LANGUAGE": "fr:es", "LANG": "de"}, ["fr", "es"]),
        ({"LANGUAGE": "en_GB:es"}, []),
        ({"LANGUAGE": "", "LANG": "POSIX"}, []),
    ],
)
def test_languages_are_read_as_gettext_does_up_to_english(environment, wanted):
    """A person who prefers English to Spanish reads English."""
    assert languages(environment) == wanted


def test_spanish_is_found_where_it_is_installed(installed):
    """A dialect finds its language."""
    assert texts.action(Action.CONNECT, translator()) == "Conectar"
    assert connect(installed) == "Conectar"


def test_without_a_catalog_it_is_english(installed):
    """The texts themselves."""
    installed.unlink()
    assert connect(installed) == "Connect"


def test_english_needs_no_catalog(installed, monkeypatch):
    """Nothing is read for it."""
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert connect(installed) == "Connect"


@pytest.mark.parametrize("rubbish", [b"", b"\x00" * 64, b"\xde\x12\x04\x95" + b"\xff" * 60])
def test_a_broken_catalog_is_one_log_line_and_english(installed, rubbish, caplog):
    """Bad input on the disk is no traceback."""
    installed.write_bytes(rubbish)
    assert connect(installed) == "Connect"
    assert len(caplog.records) == 1

"""The language of a page: the best of the installed translations that the browser asks for."""

from __future__ import annotations

import functools
import gettext
import re
from dataclasses import dataclass

from u1tray.vocabulary.places import PROGRAM, share_directories

ENGLISH = "en"
TRANSLATIONS = ("es",)
_MAX_HEADER = 500


@dataclass(frozen=True)
class Language:
    """One language with its texts."""

    code: str
    texts: gettext.NullTranslations

    def text(self, message: str, **places: object) -> str:
        """The translation of an English text, its `{places}` filled."""
        translated = self.texts.gettext(message)
        return translated.format(**places) if places else translated

    def plural(self, one: str, many: str, count: int) -> str:
        """The translation for a number, which fills `{count}`."""
        return self.texts.ngettext(one, many, count).format(count=count)


def language_of(accepted: str) -> Language:
    """The language for an Accept-Language header (RFC 9110, 12.5.4)."""
    wanted = []
    for part in accepted[:_MAX_HEADER].split(","):
        tag, _, quality = part.strip().partition(";")
        match = re.fullmatch(r"\s*q=([01](?:\.[0-9]{0,3})?)\s*", quality) if quality else None
        wanted.append((-float(match[1]) if match else -1.0, tag.split("-")[0].lower()))
    for weight, code in sorted(wanted, key=lambda one: one[0]):
        if weight < 0 and (code == ENGLISH or code in TRANSLATIONS):
            return _language(code)
    return _language(ENGLISH)


@functools.cache
def _language(code: str) -> Language:
    if code != ENGLISH:
        for directory in share_directories():
            found = gettext.translation(PROGRAM, str(directory / "locale"), [code], fallback=True)
            if isinstance(found, gettext.GNUTranslations):
                return Language(code, found)
    return Language(ENGLISH, gettext.NullTranslations())


def N_(message: str) -> str:  # noqa: N802 - the name that extractors of messages know
    """The text itself, which a page translates later."""
    return message

"""The language of the person: the installed catalog that fits the environment, else English."""

from __future__ import annotations

import gettext
import logging
import os
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from u1tray.status.texts import Translator
from u1tray.vocabulary.places import PROGRAM, share_directories

_log = logging.getLogger(__name__)

_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # gettext's order
_ENGLISH = ("en", "C", "POSIX")


def languages(environment: Mapping[str, str] = os.environ) -> list[str]:
    """The wanted languages, best first, up to English: that is what the texts are written in."""
    chosen = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    wanted: list[str] = []
    for name in chosen.split(":"):
        if name.replace(".", "_").split("_")[0] in _ENGLISH:
            break
        if name:
            wanted.append(name)
    return wanted


def translator(directories: Sequence[Path] | None = None) -> Translator:
    """The first catalog found for the person's languages. A broken one is logged and passed by.

    `directories` hold a folder for each language; None: wherever the package may be.
    """
    wanted = languages()
    if not wanted:
        return gettext.NullTranslations()
    for directory in _directories() if directories is None else directories:
        try:
            return gettext.translation(PROGRAM, str(directory), wanted)
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError, ValueError, struct.error) as error:
            _log.warning("a translation in %s cannot be read: %s", directory, error)
    return gettext.NullTranslations()


def _directories() -> list[Path]:
    return [directory / "locale" for directory in share_directories()]

"""Results and errors for programs: a line of JSON each, on the standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from u1tray.vocabulary.errors import U1Error, meaning_of

_OPTION = "--json"
_END_OF_OPTIONS = "--"


def are_wanted(words: Sequence[str]) -> bool:
    """Whether a command line asks for JSON, be it understood or not."""
    for word in words:
        if word == _END_OF_OPTIONS:
            return False
        if word == _OPTION:
            return True
    return False


def error_value(error: U1Error) -> dict[str, object]:
    """An error; `code` is the contract's (REST contract, 12) or empty."""
    value: dict[str, object] = {"error": error.text, "code": error.code}
    if error.oops_id:
        value["oops_id"] = error.oops_id
    return {**value, "exit_code": meaning_of(error).exit_code}


def json_line(value: object) -> str:
    """JSON as people read it, but for what cannot be written so, such as a name of no encoding."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return json.dumps(value)
    return text

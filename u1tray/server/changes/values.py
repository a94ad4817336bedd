"""Changes as plain values, and as lines between processes. No secret is ever in one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from enum import Enum


class Kind(str, Enum):
    """What happened."""

    GENERATION = "generation"
    CREATED = "created"
    DELETED = "deleted"
    REVOKED = "revoked"  # a token
    DISABLED = "disabled"  # the account
    UNKNOWN = "unknown"  # something of the account: look what


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an account. The fields of a volume, or the token's id, where it is theirs."""

    kind: Kind
    account_id: int
    volume_id: int = 0
    path: str = ""
    generation: int = 0
    token_id: str = ""


def to_line(change: Change, longest: int) -> bytes:
    """A line with its end, of at most `longest` bytes: a longer one only says whom it is about."""
    line = _line(change)
    return line if len(line) <= longest else _line(Change(Kind.UNKNOWN, change.account_id))


def from_lines(text: bytes) -> Iterator[Change]:
    """The changes in whole lines; what is none is left out."""
    for line in text.splitlines():
        change = _read(line)
        if change is not None:
            yield change


def _line(change: Change) -> bytes:
    return json.dumps(astuple(change), separators=(",", ":")).encode() + b"\n"


def _read(line: bytes) -> Change | None:
    try:
        kind, *rest = json.loads(line)
        change = Change(Kind(kind), *rest)
    except (ValueError, TypeError):
        return None
    numbers = (change.account_id, change.volume_id, change.generation)
    texts = (change.path, change.token_id)
    is_sound = all(type(number) is int for number in numbers) and all(
        isinstance(text, str) for text in texts
    )
    return change if is_sound else None

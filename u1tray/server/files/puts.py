"""The table of node PUT: what a body means for what stands at the path (REST contract, 6).

Pure: says what to do or why not; doing it is the tree's affair.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from u1tray.server.files.paths import parse_inside
from u1tray.server.files.values import Kind, Names
from u1tray.server.messages.refusals import Code, Refusal

_HASH = re.compile(r"sha1:([0-9A-Fa-f]{40})")
_MAGIC = re.compile(r"magic_hash:([0-9A-Fa-f]{40})")


@dataclass(frozen=True)
class Hashes:
    """What a magic upload claims to know of a content (8)."""

    sha1: bytes
    magic: bytes = field(repr=False)


@dataclass(frozen=True)
class Creation:
    """A node to be made; a file without `hashes` has no content yet."""

    kind: Kind
    hashes: Hashes | None = None


@dataclass(frozen=True)
class Edits:
    """What an existing node is to become; None leaves as it is."""

    hashes: Hashes | None = None
    move_to: Names | None = None
    is_public: bool | None = None


@dataclass(frozen=True)
class _Wish:
    """A body, where nothing stands at the path."""

    kind: str | None
    hashes: int  # how many of the two are given
    has_file_above: bool


# The first row that applies decides: a refusal, or (None) that the node is made.
_ROWS: tuple[tuple[Callable[[_Wish], bool], Code | None, str], ...] = (
    (lambda wish: wish.kind is None, Code.NOT_FOUND, "There is no such node."),
    (
        lambda wish: wish.kind not in ("file", "directory"),
        Code.BAD_KIND,
        "A node is a file or a directory.",
    ),
    (
        lambda wish: wish.has_file_above,
        Code.NOT_A_DIRECTORY,
        "A parent in the path is a file.",
    ),
    (lambda wish: wish.kind == "directory", None, ""),
    (
        lambda wish: wish.hashes == 1,
        Code.BAD_HASH,
        "A magic upload needs both hashes.",
    ),
)


def creation_of(body: Mapping[str, Any], *, has_file_above: bool) -> Creation:
    """What to make where nothing stands; a body's `path` and `is_public` are ignored then.

    Raises Refusal.
    """
    kind = _string(body, "kind")
    wish = _Wish(
        kind=None if kind is None else kind.lower(),
        hashes=sum(name in body for name in ("hash", "magic_hash")),
        has_file_above=has_file_above,
    )
    for applies, code, text in _ROWS:
        if applies(wish):
            if code is not None:
                raise Refusal(code, text)
            break
    made = Kind(wish.kind)
    return Creation(made, _hashes(body) if made is Kind.FILE else None)


def edits_of(kind: Kind, names: Names, body: Mapping[str, Any]) -> Edits:
    """What to do with the node at `names`; its kind never changes. Raises Refusal."""
    _string(body, "kind")
    hashes = _hashes(body)
    move_to = _target(names, body)
    is_public = body.get("is_public")
    if is_public is not None and not isinstance(is_public, bool):
        raise Refusal(Code.BAD_VALUE, "is_public is true or false.")
    return Edits(hashes, move_to, is_public)


def check_edits(kind: Kind, names: Names, edits: Edits) -> None:
    """Refuse what the rules forbid, whatever else is stored."""
    if edits.hashes is not None and kind is Kind.DIRECTORY:
        raise Refusal(Code.IS_DIRECTORY, "A directory has no content.")
    if edits.move_to is not None:
        check_move(names, edits.move_to)
    if edits.is_public is not None and kind is Kind.DIRECTORY:
        raise Refusal(Code.DIRECTORY_NOT_PUBLISHABLE, "Only files can be published.")


def check_move(source: Names, target: Names) -> None:
    """Refuse moves that would break the tree. The two differ."""
    if not source:
        raise Refusal(Code.BAD_MOVE, "The root of a volume cannot be moved.")
    if target[: len(source)] == source:
        raise Refusal(Code.BAD_MOVE, "A directory cannot be moved into itself.")
    if source[: len(target)] == target:
        raise Refusal(Code.BAD_MOVE, "A node cannot replace a directory that it lies in.")


def _target(names: Names, body: Mapping[str, Any]) -> Names | None:
    path = _string(body, "path")
    if not path:
        return None
    target = parse_inside(path)
    return None if target == names else target


def _hashes(body: Mapping[str, Any]) -> Hashes | None:
    """Both hashes, or None: a lone one says nothing."""
    if "hash" not in body or "magic_hash" not in body:
        return None
    sha1 = _HASH.fullmatch(_string(body, "hash") or "")
    magic = _MAGIC.fullmatch(_string(body, "magic_hash") or "")
    if sha1 is None or magic is None:
        raise Refusal(Code.BAD_HASH, "A hash is sha1: or magic_hash: and 40 hexadecimal digits.")
    return Hashes(bytes.fromhex(sha1[1]), bytes.fromhex(magic[1]))


def _string(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise Refusal(Code.BAD_VALUE, f"{name} is a string.")
    return value

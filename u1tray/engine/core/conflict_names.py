"""Names of the copies that conflicts leave: they say which device, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

MAX_NAME_BYTES = 255


def conflict_name(
    name: str, device: str, now: float, is_taken: Callable[[str], bool], *, is_file: bool = True
) -> str:
    """A free name for the local version of a file or directory.

    `notes (conflict kiwi 2026-11-22 08.30).txt`, of UTC; `now` in Unix seconds. At most 255
    bytes: the name's own part is cut, never its extension.
    """
    moment = datetime.fromtimestamp(now, timezone.utc).strftime("%Y-%m-%d %H.%M")
    stem, extension = _parted(name) if is_file else (name, "")
    number = 1
    while True:
        again = "" if number == 1 else f" {number}"
        mark = f" (conflict {_printable(device)} {moment}{again})"
        room = MAX_NAME_BYTES - len(_bytes(mark + extension))
        candidate = _cut(stem, room) + mark + extension
        if not is_taken(candidate):
            return candidate
        number += 1


def _parted(name: str) -> tuple[str, str]:
    """A name before its extension, and that; `.bashrc` has none, `a.tar.gz` has two."""
    stem, dot, extension = name.lstrip(".").rpartition(".")
    if not dot or not stem or not 0 < len(extension) <= 8 or " " in extension:
        return name, ""
    if stem.endswith(".tar"):
        extension = f"tar.{extension}"
    return name[: -len(extension) - 1], f".{extension}"


def _printable(device: str) -> str:
    """A device's name without what a file's name cannot hold."""
    kept = "".join(letter for letter in device if letter.isprintable() and letter != "/")
    return _cut(kept.strip(), 40) or "unknown device"


def _cut(text: str, limit: int) -> str:
    """As much of a text as `limit` bytes hold, in whole characters."""
    while len(_bytes(text)) > limit:
        text = text[:-1]
    return text


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")

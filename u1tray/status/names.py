"""Foreign text made fit for one line on a screen: file names, messages of services.

Changes what is shown, never what is opened.
"""

from __future__ import annotations

import unicodedata

LONGEST_NAME = 40
LONGEST_LINE = 200

_ELLIPSIS = "…"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control, undecodable bytes, line separators
# Those that turn the direction of writing can make `exe.gnp` look like `png.exe`.
_TURNING = frozenset("\u200e\u200f\u061c") | frozenset(
    chr(code)
    for start, end in ((0x202A, 0x202E), (0x2066, 0x2069))
    for code in range(start, end + 1)
)


def visible(text: str) -> str:
    """The text with every character replaced that would not show, break the line or turn it."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _REPLACEMENT if c in _TURNING or unicodedata.category(c) in _UNSEEN else c for c in text
    )


def last_part(path: str) -> str:
    """The name that a path ends with; a path that has none is its own."""
    return path.rstrip("/").rpartition("/")[2] or path


def shortened(name: str, longest: int = LONGEST_NAME) -> str:
    """A file name of at most `longest` characters, cut in the middle so that its ending shows."""
    if len(name) <= longest:
        return visible(name)
    tail = (longest - 1) // 2
    head = longest - 1 - tail
    return visible(name[:head]) + _ELLIPSIS + visible(name[-tail:])


def one_line(message: str, longest: int = LONGEST_LINE) -> str:
    """A foreign message on one line of at most `longest` characters."""
    line = visible(" ".join(message.split()))
    return line if len(line) <= longest else line[: longest - 1] + _ELLIPSIS


def escaped(text: str) -> str:
    """The text for where markup is read.

    Not html.escape: the module html loads a table of 2,000 entities into an idle indicator.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

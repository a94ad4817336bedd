"""Changing one option in the text of an INI file and nothing else: comments and order stay."""

from __future__ import annotations

import re

_SECTION = re.compile(r"^\[(?P<name>[^\]]+)\]")


def set_option(content: str, section: str, name: str, value: str) -> str:
    """The content with `name = value` in the section; both are made where they are missing.

    A value of several lines is written with its continuation lines indented.
    """
    written = f"{name} = " + value.strip().replace("\n", "\n    ")
    lines = content.splitlines()
    start, end = _section(lines, section)
    if start is None:
        blank = [""] if lines and lines[-1].strip() else []
        return "\n".join([*lines, *blank, f"[{section}]", written]) + "\n"
    option = re.compile(rf"^{re.escape(name)}\s*[=:]", re.IGNORECASE)
    found = [index for index in range(start + 1, end) if option.match(lines[index])]
    if not found:
        at = end
        while at > start + 1 and not lines[at - 1].strip():
            at -= 1
        return "\n".join([*lines[:at], written, *lines[at:]]) + "\n"
    # Of an option that stands there twice the last one counts.
    first = found[-1]
    after = first + 1
    while after < end and lines[after][:1].isspace() and lines[after].strip():
        after += 1
    return "\n".join([*lines[:first], written, *lines[after:]]) + "\n"


def _section(lines: list[str], section: str) -> tuple[int | None, int]:
    """The section's header line and the line after its last; of several the last counts."""
    headers = [
        (index, match.group("name"))
        for index, line in enumerate(lines)
        if (match := _SECTION.match(line))
    ]
    for position in reversed(range(len(headers))):
        index, name = headers[position]
        if name == section:
            following = headers[position + 1][0] if position + 1 < len(headers) else len(lines)
            return index, following
    return None, len(lines)

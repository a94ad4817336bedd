"""Text that Qt shows as it is: a file's name like `<b>` would be taken for markup."""

from __future__ import annotations


def plain(text: str) -> str:
    """The same text for a widget that guesses what it is given, such as a tooltip."""
    if "<" not in text:
        return text
    from u1tray.status.names import escaped  # noqa: PLC0415 - hardly any name has one

    return f'<p style="white-space: pre">{escaped(text)}</p>'

"""The arguments of login and register, as far as they concern the window (D-Bus contract, 9.2).

Unknown keys are ignored, and so are `ping_url` and `ui_executable`: a caller decides neither what
is called nor what is run.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from u1tray.credentials.dialog.messages import Open, Page

LARGEST_WINDOW = 2**32 - 1
LONGEST_HELP_CHARACTERS = 500


def opening(
    given: Mapping[str, str], page: Page, *, cloud_url: str, url_is_fixed: bool, device: str
) -> Open:
    """What the window is told first."""
    return Open(
        page.value,
        cloud_url,
        url_is_fixed,
        device,
        parent=window_id(given.get("window_id", "")),
        help_text=_printable(given.get("help_text", "")),
        tc_url=_web_page(given.get("tc_url", "")),
        policy_url=_web_page(given.get("policy_url", "")),
    )


def window_id(text: str) -> int:
    """The parent window; 0 for none, and for what can be no X window."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(LARGEST_WINDOW))):
        return 0
    number = int(digits)
    return number if number <= LARGEST_WINDOW else 0


def _web_page(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable()
    return url.strip() if is_web else ""


def _printable(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line[:LONGEST_HELP_CHARACTERS]

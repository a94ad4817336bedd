"""Opening web pages in the person's browser; never waits for it."""

from __future__ import annotations

from PyQt5.QtCore import QProcess, QStandardPaths, QUrl
from PyQt5.QtGui import QDesktopServices

XDG_OPEN = "xdg-open"


def open_page(url: str) -> bool:
    """Open a page of http or https; whether a browser was asked."""
    parsed = QUrl(url, QUrl.ParsingMode.StrictMode)
    if not parsed.isValid() or parsed.scheme() not in ("http", "https") or not parsed.host():
        return False
    program = QStandardPaths.findExecutable(XDG_OPEN)
    if not program:
        return QDesktopServices.openUrl(parsed)
    # A URL of ours begins with its scheme, so it is never an option.
    started, _pid = QProcess.startDetached(program, [bytes(parsed.toEncoded()).decode("ascii")], "")
    return bool(started)

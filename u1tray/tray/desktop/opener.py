"""Opening files, folders and web pages with the desktop's own programs; never waits for them."""

from __future__ import annotations

import logging
import os

from PyQt5.QtCore import QProcess, QStandardPaths, QUrl
from PyQt5.QtGui import QDesktopServices

_log = logging.getLogger(__name__)

XDG_OPEN = "xdg-open"
_WEB = ("http", "https")


def open_path(path: str) -> bool:
    """Open a local file or folder; False (and a line in the log) where that cannot be.

    Only absolute paths of what exists: a name from the bus must not become a URL or an option.
    """
    if not path.startswith("/") or not os.path.exists(path):
        _log.warning("not opened, there is no such file or folder: %s", path)
        return False
    return _open(QUrl.fromLocalFile(path))


def open_url(url: str) -> bool:
    """Open a page in the person's browser; http, https and files of this computer only."""
    parsed = QUrl(url, QUrl.ParsingMode.StrictMode)
    if parsed.isLocalFile():
        return open_path(parsed.toLocalFile())
    if not parsed.isValid() or parsed.scheme() not in _WEB or not parsed.host():
        _log.warning("not opened, this is no web page: %s", url)
        return False
    return _open(parsed)


def _open(url: QUrl) -> bool:
    text = bytes(url.toEncoded()).decode("ascii")
    program = QStandardPaths.findExecutable(XDG_OPEN)
    if not program:
        return QDesktopServices.openUrl(url)
    started, _pid = QProcess.startDetached(program, [text], "")
    if not started:
        _log.warning("%s could not be started", program)
    return bool(started)

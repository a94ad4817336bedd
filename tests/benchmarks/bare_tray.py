"""The smallest tray PyQt5 can make: an icon and a static menu. What ours is measured against."""

from __future__ import annotations

import signal
import sys

from PyQt5.QtGui import QColor, QIcon, QPixmap
from PyQt5.QtWidgets import QApplication, QMenu, QSystemTrayIcon

COLOUR = "#dd4814"


def main() -> int:
    """Show the icon until SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    application = QApplication(sys.argv)
    application.setQuitOnLastWindowClosed(False)
    pixmap = QPixmap(22, 22)
    pixmap.fill(QColor(COLOUR))
    menu = QMenu()
    menu.addAction("A bare tray").setEnabled(False)
    menu.addSeparator()
    menu.addAction("Say hello", lambda: print("hello", flush=True))
    menu.addAction("Quit", application.quit)
    icon = QSystemTrayIcon(QIcon(pixmap))
    icon.setToolTip("A bare tray")
    icon.setContextMenu(menu)
    icon.show()
    return int(application.exec_())


if __name__ == "__main__":
    sys.exit(main())

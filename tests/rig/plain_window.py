"""A program with one empty window, whose X id it prints: `python -m tests.rig.plain_window`."""

from __future__ import annotations

import sys

from PyQt5.QtWidgets import QApplication, QWidget


def main() -> int:
    qt = QApplication(["plain"])
    window = QWidget()
    window.setWindowTitle("Plain")
    window.show()
    print("window", int(window.winId()), flush=True)
    return qt.exec()


if __name__ == "__main__":
    sys.exit(main())

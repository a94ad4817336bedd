"""`python -m u1tray.credentials.window`: for the service only, which speaks with it by a pipe."""

from __future__ import annotations

import sys


def main() -> int:
    """The exit status; one line instead of a traceback where PyQt5 is missing."""
    try:
        from u1tray.credentials.window import program  # noqa: PLC0415 - may fail
    except ModuleNotFoundError as error:
        text = f"u1tray-credentials: the log-in window needs {error.name}: install python3-pyqt5"
        print(text, file=sys.stderr)  # noqa: T201
        return 1
    return program.run()


if __name__ == "__main__":
    sys.exit(main())

"""`u1file`: the cloud from a terminal. What comes before all that has to be loaded."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from u1tray.terminal.start import start
from u1tray.u1file import early


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; its exit code."""
    start()
    early.begin(sys.argv[1:] if arguments is None else [*arguments])
    from u1tray.u1file.cli import run  # noqa: PLC0415 - that takes its time

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())

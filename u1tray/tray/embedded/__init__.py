"""`u1tray --embedded`: a cloud of one's own on this computer, set up and taken down in one command.

Whatever it makes is listed in a manifest, and only what is listed is ever removed.
"""

from __future__ import annotations

import argparse


def main(options: argparse.Namespace) -> int:
    """Run the command; the exit status. `options`: `yes` and `reset`. Raises a U1Error."""
    from u1tray.tray.embedded import command  # noqa: PLC0415 - an indicator never needs it

    return command.run(yes=options.yes, is_reset=options.reset)

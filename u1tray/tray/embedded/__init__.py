"""`u1tray --embedded`: a cloud of one's own on this computer, set up and taken down in one command.

Whatever it makes is listed in a manifest, and only what is listed is ever removed.
"""

from __future__ import annotations

from u1tray.tray.options import Options


def main(options: Options) -> int:
    """Run the command (`yes`, `reset`, `no_gui` count); the exit status. Raises a U1Error."""
    from u1tray.tray.embedded import command  # noqa: PLC0415 - an indicator never needs it

    return command.run(yes=options.yes, is_reset=options.reset, no_gui=options.no_gui)

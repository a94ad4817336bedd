"""The command line's grammar. Loaded only when there is a command line to read."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from u1tray import __version__
from u1tray.tray.options import Options


def parse(words: Sequence[str]) -> Options:
    """The options; ends the program with status 0 for --help, 2 for what cannot be understood."""
    parser = _parser()
    options = Options(**vars(parser.parse_args(words)))
    if (options.reset or options.yes) and not options.embedded:
        parser.error("--reset and --yes belong to --embedded")
    if options.no_gui and (options.show or options.quit or options.diagnose):
        parser.error("--no-gui starts an indicator: it goes alone or with --embedded")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="u1tray",
        description="Shows in the panel whether your files are safe in the cloud, and how much "
        "room is left. A second start shows the status window of the first.",
        epilog="Without any option: start the indicator.",
    )
    parser.add_argument("--version", action="version", version=f"u1tray {__version__}")
    one_of = parser.add_mutually_exclusive_group()
    one_of.add_argument("--show", action="store_true", help="show the status window")
    one_of.add_argument("--quit", action="store_true", help="end the running indicator")
    one_of.add_argument(
        "--diagnose", action="store_true", help="say why there is no icon, or that all is well"
    )
    one_of.add_argument(
        "--embedded",
        action="store_true",
        help="start a private cloud of your own and all that belongs to it, and the indicator",
    )
    parser.add_argument(
        "--no-gui",
        action="store_true",
        help="write the status to the terminal instead of an icon, also with --embedded",
    )
    parser.add_argument(
        "--reset", action="store_true", help="with --embedded: remove everything it has made"
    )
    parser.add_argument(
        "--yes", action="store_true", help="with --embedded: agree to everything it would ask"
    )
    parser.add_argument(
        "--debug", action="store_true", help="write to standard error what happens; no secrets"
    )
    return parser

"""The command line of `u1tray-syncdaemon` and its exit codes (D-Bus contract, 10.1)."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from u1tray import __version__
from u1tray.service.address import started_by_bus
from u1tray.service.lifecycle import run
from u1tray.syncdaemon import options
from u1tray.syncdaemon.configuration import Configuration
from u1tray.syncdaemon.locations import is_missing, make_root_directory, root_directory
from u1tray.syncdaemon.logs import start_logging
from u1tray.syncdaemon.program import EXIT_DONE, serve
from u1tray.syncdaemon.sync.stores import forget_folder, store_file
from u1tray.syncdaemon.volumes import ROOT_PATH
from u1tray.vocabulary.errors import U1Error, UsageError, meaning_of

PROGRAM = "u1tray-syncdaemon"
ALLOW_ROOT_VARIABLE = "U1TRAY_ALLOW_ROOT"

EXIT_USAGE = 2
EXIT_NO_PERMISSION = 77
# The bus answers a caller at once when what it started ends with an error, and makes it wait
# for the time-out when it ends with 0.
EXIT_STARTED_BY_BUS = 78

# Objects more than were let go of. Python's 700 is a few small files' worth.
_COLLECT_AFTER = 10_000


class _Parser(argparse.ArgumentParser):
    """Ends with the code for bad options, which depends on who started the program."""

    def error(self, message: str) -> NoReturn:
        self.exit(_refusal(EXIT_USAGE), f"{PROGRAM}: {message} (see {PROGRAM} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the daemon; the exit code."""
    chosen = _parser().parse_args(arguments)
    if os.geteuid() == 0 and not _root_is_allowed(chosen):
        _say("it does not run as root unless told to: --allow-root (or U1TRAY_ALLOW_ROOT=1)")
        return EXIT_NO_PERMISSION
    try:
        configuration = Configuration.load()
        root_dir = root_directory(configuration.get(options.ROOT_DIR))
        if not configuration.get(options.FILES_SYNC_ENABLED):
            _say("file sync is turned off (files_sync_enabled)")
            return _refusal(EXIT_DONE)
    except UsageError as error:
        _say(error.text)
        return _refusal(EXIT_USAGE)
    start_logging(debug=chosen.debug or configuration.get(options.DEBUG))
    return _start(configuration, root_dir)


def _start(configuration: Configuration, root_dir: Path) -> int:
    """Make the folder if it is missing, and run."""
    try:
        if is_missing(root_dir):
            forget_folder(store_file(ROOT_PATH))  # first, or the next start would not know
        make_root_directory(root_dir)
    except U1Error as error:
        _say(error.text)
        return _refusal(meaning_of(error).exit_code)
    _collect_rarely()
    try:
        return run(serve(configuration, root_dir))
    except U1Error as error:
        _say(error.text)
        return meaning_of(error).exit_code
    except KeyboardInterrupt:
        return EXIT_DONE


def _collect_rarely() -> None:
    """Tell Python's garbage collector: what is loaded stays, and a file is worth many objects.

    It takes a twentieth of a small file's time otherwise.
    """
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Keep a folder of this computer and the cloud the same. "
        "Usually started by the session bus; see u1sync(1) for a person's way to it.",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    parser.add_argument("--debug", action="store_true", help="log everything (never secrets)")
    parser.add_argument(
        "--allow-root",
        action="store_true",
        help=f"run as root; the same as {ALLOW_ROOT_VARIABLE}=1 in the environment",
    )
    return parser


def _root_is_allowed(chosen: argparse.Namespace) -> bool:
    return bool(chosen.allow_root) or os.environ.get(ALLOW_ROOT_VARIABLE) == "1"


def _refusal(by_hand: int) -> int:
    return EXIT_STARTED_BY_BUS if started_by_bus() else by_hand


def _say(text: str) -> None:
    print(f"{PROGRAM}: {text}", file=sys.stderr)  # noqa: T201 - a command line program


if __name__ == "__main__":
    sys.exit(main())

"""The command line of the indicator: what was asked for, and who does it.

Loads nothing before it is known to be needed.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Callable, Sequence

from u1tray import __version__
from u1tray.vocabulary.errors import NotFoundError, U1Error, meaning_of

_PACKAGES = {
    "PyQt5": "python3-pyqt5 and python3-pyqt5.qtsvg (Debian, Ubuntu), python3-qt5 (Fedora, "
    "openSUSE) or python-pyqt5 (Arch)",
    "dbus": "python3-dbus (Debian, Ubuntu, Fedora), python3-dbus-python (openSUSE) or "
    "python-dbus (Arch)",
    "_dbus_bindings": "python3-dbus (Debian, Ubuntu, Fedora), python3-dbus-python (openSUSE) or "
    "python-dbus (Arch)",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; its exit status (`vocabulary.errors`; 130 when interrupted)."""
    options = _parser().parse_args(arguments)
    _check(options)
    _log_to_stderr(options.debug)
    try:
        return _task(options)(options)
    except U1Error as error:
        _say(f"u1tray: {error.text}")
        return meaning_of(error).exit_code
    except ModuleNotFoundError as error:
        missing = _missing(error)
        _say(f"u1tray: {missing.text}")
        return meaning_of(missing).exit_code
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


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
        "--no-gui", action="store_true", help="write the status to the terminal, without a display"
    )
    one_of.add_argument(
        "--embedded",
        action="store_true",
        help="start a private cloud of your own and all that belongs to it, and the indicator",
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


def _check(options: argparse.Namespace) -> None:
    if (options.reset or options.yes) and not options.embedded:
        _parser().error("--reset and --yes belong to --embedded")


def _task(options: argparse.Namespace) -> Callable[[argparse.Namespace], int]:
    tasks = {
        "quit": _quit,
        "diagnose": _diagnose,
        "no_gui": _terminal,
        "embedded": _embedded,
    }
    return next((task for name, task in tasks.items() if getattr(options, name)), _panel)


def _panel(options: argparse.Namespace) -> int:
    from u1tray.tray import panel  # noqa: PLC0415

    return panel.run(show_window=options.show)


def _terminal(_options: argparse.Namespace) -> int:
    from u1tray.tray import terminal  # noqa: PLC0415

    return terminal.run()


def _quit(_options: argparse.Namespace) -> int:
    from u1tray.tray import instance  # noqa: PLC0415

    if not instance.quit_first():
        _say("u1tray: no indicator is running")
    return 0


def _diagnose(_options: argparse.Namespace) -> int:
    from u1tray.tray import diagnose  # noqa: PLC0415

    return diagnose.run(sys.stdout)


def _embedded(options: argparse.Namespace) -> int:
    from u1tray.tray import embedded  # noqa: PLC0415

    return embedded.main(options)


def _log_to_stderr(debug: bool) -> None:
    logging.basicConfig(
        level=logging.DEBUG if debug else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s"
        if debug
        else "u1tray: %(message)s",
        stream=sys.stderr,
    )


def _missing(error: ModuleNotFoundError) -> NotFoundError:
    module = (error.name or "").partition(".")[0]
    packages = _PACKAGES.get(module)
    if packages is None:
        raise error
    return NotFoundError(f"the Python module {error.name} is missing: install {packages}")


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 - the command line's own voice


if __name__ == "__main__":
    sys.exit(main())

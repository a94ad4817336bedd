"""The command line of the indicator: what was asked for, and who does it.

Loads nothing before it is known to be needed.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence

from u1tray.tray import lean  # noqa: F401 - first, for its effect
from u1tray.tray.options import Options
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
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # a terminal that lacks a character gets its number
            reconfigure(errors="backslashreplace")
    words = sys.argv[1:] if arguments is None else arguments
    # The desktop starts us without a word: then the parser is not even loaded.
    options = _parsed(words) if words else Options()
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


def _parsed(words: Sequence[str]) -> Options:
    from u1tray.tray.commandline import parse  # noqa: PLC0415

    return parse(words)


def _task(options: Options) -> Callable[[Options], int]:
    tasks = {
        "quit": _quit,
        "diagnose": _diagnose,
        "embedded": _embedded,
        "no_gui": _terminal,
    }
    return next((task for name, task in tasks.items() if getattr(options, name)), _panel)


def _panel(options: Options) -> int:
    from u1tray.tray import panel  # noqa: PLC0415

    return panel.run(show_window=options.show)


def _terminal(_options: Options) -> int:
    from u1tray.tray import terminal  # noqa: PLC0415

    return terminal.run()


def _quit(_options: Options) -> int:
    from u1tray.tray.session import instance  # noqa: PLC0415

    if not instance.quit_first():
        _say("u1tray: no indicator is running")
    return 0


def _diagnose(_options: Options) -> int:
    from u1tray.tray import diagnose  # noqa: PLC0415

    return diagnose.run(sys.stdout)


def _embedded(options: Options) -> int:
    from u1tray.tray import embedded  # noqa: PLC0415

    return embedded.main(options)


def _log_to_stderr(debug: bool) -> None:
    import logging  # noqa: PLC0415 - after lean

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

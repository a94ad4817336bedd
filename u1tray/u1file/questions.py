"""What a log-in has to know, from standard input or from the person at the terminal.

Secrets come this way and never from the command line.
"""

from __future__ import annotations

import sys

import click

from u1tray.terminal.boundary import question
from u1tray.vocabulary.errors import UsageError

LONGEST_LINE = 4096


def asked(what: str, *, hidden: bool = False) -> str:
    """The person's answer. Raises UsageError where there is no terminal."""
    if not sys.stdin.isatty():
        text = f"{what} is missing, and there is no terminal to ask on. See u1file login --help"
        raise UsageError(text)
    if hidden:
        return str(click.prompt(what, hide_input=True, err=True))
    with question():
        return str(click.prompt(what, err=True))


def line_of_stdin() -> str:
    """The next line of standard input, `''` at its end."""
    return sys.stdin.readline(LONGEST_LINE).rstrip("\r\n")


class Password:
    """The password: a line of standard input with `--password-stdin`, else asked for."""

    def __init__(self, *, from_stdin: bool) -> None:
        self._from_stdin = from_stdin

    def __call__(self) -> str:
        """Raises UsageError where there is none."""
        if not self._from_stdin:
            return asked("Password", hidden=True)
        line = line_of_stdin()
        if not line:
            text = "There is no password on standard input."
            raise UsageError(text)
        return line


class Code:
    """Two-factor codes: lines of standard input, or asked for as long as they are wrong."""

    ATTEMPTS = 3  # at a terminal; the cloud itself counts too

    def __init__(self, *, from_stdin: bool) -> None:
        self._left = 1 if from_stdin or not sys.stdin.isatty() else self.ATTEMPTS
        self._from_stdin = from_stdin or not sys.stdin.isatty()

    def __call__(self) -> str:
        """The next code, `''` when there is none any more."""
        if not self._left:
            return ""
        self._left -= 1
        return line_of_stdin().strip() if self._from_stdin else asked("Two-factor code").strip()

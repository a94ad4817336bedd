"""The table of 8.3 of the D-Bus contract, written out a second time: sentence to indicator.

An oracle of the tests' own: it must not be derived from what it judges.
"""

from __future__ import annotations

_INDICATORS = (
    ("The session bus cannot be reached", "stopped"),
    ("File sync is turned off", "stopped"),
    ("No file sync service is installed", "stopped"),
    ("File sync is not running", "stopped"),
    ("The file sync service does not answer", "error"),
    ("File sync is starting", "starting"),
    ("File sync is shutting down", "stopped"),
    ("The server did not accept your account", "needs-login"),
    ("The server did not accept your log-in", "needs-login"),
    ("This folder belongs to another account", "error"),
    ("File sync and the server do not understand each other", "error"),
    ("File sync has met an error", "error"),
    ("Looking at your files", "starting"),
    ("Your storage is full", "over-quota"),
    ("Syncing", "syncing"),
    ("File sync is up to date", "up-to-date"),
    ("Asking the server for changes", "connecting"),
    ("Connecting to the server", "connecting"),
    ("The server cannot be reached", "connecting"),
    ("File sync is paused", "paused"),
    ("Waiting for the keyring", "waiting-for-keyring"),
    ("Log in to start syncing", "needs-login"),
    ("File sync is disconnected", "disconnected"),
    ("There is no network connection", "offline"),
)


def indicator_of(text: str) -> str | None:
    """The indicator a line of text belongs to; None for a line that is no sentence of state."""
    return next((shown for sentence, shown in _INDICATORS if text.startswith(sentence)), None)


def indicators_in(output: str) -> list[str]:
    """The indicators a program printed, in order, equal ones in a row once."""
    shown: list[str] = []
    for line in output.splitlines():
        indicator = indicator_of(line)
        if indicator is not None and shown[-1:] != [indicator]:
            shown.append(indicator)
    return shown

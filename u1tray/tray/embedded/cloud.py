"""The private cloud itself: its server as our child, and the one account in it."""

from __future__ import annotations

import getpass
import logging
from pathlib import Path
from urllib.parse import urlsplit

from u1tray.tray.desktop.programs import SERVER, program
from u1tray.tray.embedded.children import Child, Children, run
from u1tray.vocabulary import places
from u1tray.vocabulary.errors import MEANINGS, ConflictError, ServerError, U1Error

_log = logging.getLogger(__name__)

READY_SECONDS = 30.0
DOMAIN = "u1.localhost"  # never anybody's mail address (RFC 6761, 6.3)

_READY = "listening on "


def directory() -> Path:
    """`$XDG_DATA_HOME/u1tray/cloud`."""
    return places.data_directory() / "cloud"


def email() -> str:
    """The account's address: the person's log-in name, at a host that does not exist."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a user without an entry, as in some containers
        name = "me"
    return f"{''.join(name.split()) or 'me'}@{DOMAIN}"


def start(children: Children, port: int) -> tuple[Child, int]:
    """The running server and its port: the remembered one if it is free. Raises a U1Error."""
    if port:
        try:
            return _start(children, port)
        except ServerError as error:
            _log.info("port %d cannot be used again: %s", port, error.text)
    return _start(children, 0)


def start_again(children: Children, port: int) -> Child:
    """The running server, at the port that everybody knows by now. Raises a U1Error."""
    return _start(children, port)[0]


def make_account(address: str, password: str) -> None:
    """Make the account; one that is there already is taken as it is. Raises a U1Error."""
    words = [str(program(SERVER)), "user", "add", address, "--data", str(directory())]
    done = run([*words, "--password-stdin"], stdin=password + "\n")
    if done.returncode in (0, MEANINGS[ConflictError].exit_code):
        return
    told = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
    text = f"The account in the private cloud could not be made: {told}"
    raise U1Error(text)


def _start(children: Children, port: int) -> tuple[Child, int]:
    words = [str(program(SERVER)), "serve", "--data", str(directory())]
    words += ["--listen", f"127.0.0.1:{port}", "--admin-listen", "127.0.0.1:0"]
    child = children.start(words, log_name="embedded-cloud.log")
    try:
        url = child.wait_for_line(_READY, READY_SECONDS)
    except U1Error:
        child.end()  # it may only be slow
        raise
    return child, urlsplit(url).port or port

"""What the service and its window say to each other: plain values, and each as one line of JSON.

They travel through a private pipe only, for some hold a password; the repr of those shows none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import Enum
from typing import Any

from u1tray.vocabulary.errors import ContractError

LONGEST_LINE_BYTES = 64 * 1024


class Page(str, Enum):
    """What the window asks for."""

    LOG_IN = "log-in"
    CODE = "code"
    REGISTER = "register"
    NEW_PASSPHRASE = "new-passphrase"  # noqa: S105 - the name of a page
    OPEN_VAULT = "open-vault"


class Problem(str, Enum):
    """Complaints only the window has, beside the errtypes of 9.3."""

    BAD_ADDRESS = "BadAddress"
    NO_ADDRESS = "NoAddress"
    NOT_A_CLOUD = "NotACloud"
    NOT_TRUSTED = "NotTrusted"
    NOT_SAVED = "NotSaved"
    WRONG_PASSPHRASE = "WrongPassphrase"  # noqa: S105 - the name of a problem


@dataclass(frozen=True)
class Message:
    """One of the classes below."""


# --- from the service ------------------------------------------------------------------------


@dataclass(frozen=True)
class Open(Message):
    """The first thing said: which page, and what is on it.

    `cloud_url` is `''` where no cloud is set; `url_is_fixed` where it cannot be changed here.
    `parent` is an X window, 0 for none. The last three are of the caller, checked, or `''`.
    """

    page: str
    cloud_url: str = ""
    url_is_fixed: bool = False
    device: str = ""
    parent: int = 0
    help_text: str = ""
    tc_url: str = ""
    policy_url: str = ""


@dataclass(frozen=True)
class Show(Message):
    """Show a page, ready to be filled in; `problem` is an errtype, a Problem, or `''`.

    `text` is the problem in English, `retry_after` in seconds, 0 for none.
    """

    page: str
    problem: str = ""
    text: str = ""
    retry_after: int = 0
    oops_id: str = ""


@dataclass(frozen=True)
class Registration(Message):
    """Where accounts are made, `''` where the cloud has no such page; or a problem with it."""

    url: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Raise(Message):
    """Somebody else asked for the window too."""


@dataclass(frozen=True)
class Close(Message):
    """It is done."""


# --- from the window -------------------------------------------------------------------------


@dataclass(frozen=True)
class Ready(Message):
    """The window is on the screen, or a page asked for by Show is."""

    page: str = ""


@dataclass(frozen=True)
class Attempt(Message):
    """Log in with this; `otp` is `''` until it was asked for."""

    cloud_url: str
    device: str
    email: str = field(repr=False)
    password: str = field(repr=False)
    otp: str = field(default="", repr=False)


@dataclass(frozen=True)
class AskRegistration(Message):
    """Where are accounts made at this cloud?"""

    cloud_url: str


@dataclass(frozen=True)
class Passphrase(Message):
    """For the vault: a new one, or the one that opens it."""

    passphrase: str = field(repr=False)


@dataclass(frozen=True)
class Forgotten(Message):
    """The vault's passphrase is forgotten: log in anew."""


@dataclass(frozen=True)
class Closed(Message):
    """The person closed the window."""


_KINDS: Mapping[str, type[Message]] = {
    kind.__name__: kind
    for kind in (
        *(Open, Show, Registration, Raise, Close),
        *(Ready, Attempt, AskRegistration, Passphrase, Forgotten, Closed),
    )
}


def to_line(message: Message) -> bytes:
    """The message as one line."""
    content = {"kind": type(message).__name__, **asdict(message)}
    return json.dumps(content).encode() + b"\n"


def from_line(line: bytes) -> Message:
    """The message in a line. Raises ContractError, whose text quotes nothing of it."""
    try:
        content: dict[str, Any] = json.loads(line)
        kind = _KINDS[content.pop("kind")]
        message = kind(**content)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _broken() from None
    if not all(type(getattr(message, one.name)).__name__ == one.type for one in fields(message)):
        raise _broken()
    return message


def _broken() -> ContractError:
    return ContractError("The log-in window and its service do not understand each other.")

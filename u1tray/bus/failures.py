"""Errors of the bus: their name, the last line of their text, and the family they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from u1tray.vocabulary import names
from u1tray.vocabulary.errors import (
    ContractError,
    KeyringError,
    NotFoundError,
    OfflineError,
    RefusedError,
    U1Error,
)


@dataclass(frozen=True)
class BusError:
    """An error reply. `text` is its last line, for logs and never for people (C8)."""

    name: str
    text: str = ""

    @property
    def kind(self) -> str:
        """The last part of the name: what errors are told apart by (C8)."""
        return self.name.rpartition(".")[2]


def last_line(text: str) -> str:
    """The last line that says something: texts are often whole tracebacks (C8)."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


_OFFLINE = "the program behind it did not answer in time"
_ABSENT = "nobody answers to that name on the bus"
_FAMILIES: Mapping[str, tuple[type[U1Error], str]] = {
    "NoReply": (OfflineError, _OFFLINE),
    "Timeout": (OfflineError, _OFFLINE),
    "TimedOut": (OfflineError, _OFFLINE),
    "Disconnected": (OfflineError, "the bus went away"),
    "NoServer": (OfflineError, "there is no bus"),
    "NameHasNoOwner": (NotFoundError, _ABSENT),
    "ServiceUnknown": (NotFoundError, _ABSENT),
    "VolumeDoesNotExist": (NotFoundError, "there is no such folder"),
    "KeyError": (NotFoundError, "there is no such thing"),
    "ValueError": (RefusedError, "the service refused a value"),
    "AccessDenied": (RefusedError, "the bus does not allow it"),
    "NotSupported": (RefusedError, "the service cannot do that"),
    "UnknownMethod": (ContractError, "the service does not know that request"),
    "UnknownObject": (ContractError, "the service does not know that request"),
    "UnknownInterface": (ContractError, "the service does not know that request"),
    "InvalidArgs": (ContractError, "the service did not understand the request"),
    "KeyringLocked": (KeyringError, "the keyring is locked"),
    "KeyringNotAvailable": (KeyringError, "there is no keyring"),
}


def family_of(error: BusError) -> U1Error:
    """The error to raise for people; its `code` is the full D-Bus name."""
    if error.name.startswith(names.SPAWN_PREFIX):
        return NotFoundError("the service could not be started", code=error.name)
    kind, text = _FAMILIES.get(error.kind, (U1Error, f"the service failed ({error.kind})"))
    return kind(text, code=error.name)

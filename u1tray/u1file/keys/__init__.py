"""The account's credentials: asked of the Credentials service, or kept in an encrypted file.

A named profile, and a machine without a session bus, have the file only. Where the service or its
keyring is missing on a bus, the file stands in for it.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Protocol

from u1tray.disk.vault_files import vault_file
from u1tray.u1file.choice import Choice, chosen
from u1tray.u1file.early import is_bus_named
from u1tray.vocabulary import places
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import SignedOutError


class Keys(Protocol):
    """One place. All may wait for a person, and raise KeyringError and others."""

    def find(self) -> Credentials | None:
        """The stored credentials, None for none."""

    def store(self, credentials: Credentials) -> None:
        """Keep these and no others."""

    def clear(self) -> None:
        """Keep none; no error when there were none."""


def of(choice: Choice, *, may_ask: bool = True) -> Keys:
    """The place for a profile; without `may_ask` a person is asked nothing, ever."""
    from u1tray.u1file.keys.vault import VaultKeys  # noqa: PLC0415 - each only where it is used

    if choice.profile:
        _ = choice.section  # a name that can be a file's name
        return VaultKeys(_profile_vault(choice.profile), may_ask=may_ask)
    if not (is_bus_named() and importlib.util.find_spec("dbus")):
        return VaultKeys(vault_file(), may_ask=may_ask)
    from u1tray.u1file.keys.automatic import AutomaticKeys  # noqa: PLC0415

    return AutomaticKeys(VaultKeys(vault_file(), may_ask=may_ask), may_ask=may_ask)


def needed(*, may_ask: bool = True) -> Credentials:
    """The stored credentials. Raises SignedOutError when there are none."""
    choice = chosen()
    found = of(choice, may_ask=may_ask).find()
    if found is None:
        text = f"Not logged in: run {choice.login_command}"
        raise SignedOutError(text)
    return found


def _profile_vault(profile: str) -> Path:
    return places.data_directory() / "profiles" / f"{profile}.vault"

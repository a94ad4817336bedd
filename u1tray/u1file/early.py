"""The key of the encrypted vault, derived by a thread while the rest of the program is loaded.

On a machine without a session bus nearly every verb needs it, and it takes as long as all of the
loading. Says nothing: whatever is wrong with vault or passphrase is found again, and told, by who
opens the vault.
"""

from __future__ import annotations

import contextlib
import os
import threading
from contextvars import ContextVar
from pathlib import Path

from u1tray.disk import sealed, vault_files
from u1tray.vocabulary import places
from u1tray.vocabulary.errors import UsageError

# What the command line may ask for that needs no vault, or another one.
_OTHERWISE = ("-h", "--help", "--version", "-p", "--profile")


class _Key:
    """One on its way."""

    def __init__(self, passphrase: bytes, salt: bytes) -> None:
        self._inputs = passphrase, salt
        self._key = b""
        self._thread = threading.Thread(target=self._derive, daemon=True)
        self._thread.start()

    def of(self, passphrase: bytes, salt: bytes) -> bytes:
        """The key, waited for if it is the one; `b""` for other inputs."""
        if (passphrase, salt) != self._inputs:
            return b""
        self._thread.join()
        return self._key

    def _derive(self) -> None:
        with contextlib.suppress(MemoryError, ValueError):  # as it says where memory is scarce
            self._key = sealed.derive(*self._inputs)


_begun: ContextVar[_Key] = ContextVar("begun")


def begin(arguments: list[str]) -> None:
    """Begin, where the vault is sure to be opened with what is there."""
    file = os.environ.get(vault_files.PASSPHRASE_VARIABLE)
    if not file or is_bus_named() or os.environ.get("U1_PROFILE"):
        return
    if not arguments or any(each.startswith(_OTHERWISE) for each in arguments):
        return
    try:
        inputs = vault_files.key_inputs(vault_files.vault_file(), Path(file))
    except UsageError:
        return
    if inputs is not None:
        _begun.set(_Key(*inputs))


def derive(passphrase: bytes, salt: bytes) -> bytes:
    """As `disk.sealed.derive`, with what was begun."""
    begun = _begun.get(None)
    return (begun and begun.of(passphrase, salt)) or sealed.derive(passphrase, salt)


def is_bus_named() -> bool:
    """Whether a session bus is named, or at its usual place."""
    if os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return True
    directory = places.runtime_dir()
    return directory is not None and (directory / "bus").exists()

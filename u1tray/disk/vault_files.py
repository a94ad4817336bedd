"""The files of the encrypted vault: where they are, and what is in them before it is opened.

Loads next to nothing, for a program that begins with it.
"""

from __future__ import annotations

from pathlib import Path

from u1tray.disk.owned import NotOwnedError, check_owned_directory, read_owned
from u1tray.disk.sealed import BrokenSealError, salt_of
from u1tray.vocabulary import places

FILE_NAME = "credentials.vault"
PASSPHRASE_VARIABLE = "U1TRAY_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable


def vault_file() -> Path:
    """`$XDG_DATA_HOME/u1tray/credentials.vault`."""
    return places.data_directory() / FILE_NAME


def sealed_in(path: Path) -> bytes:
    """A vault as it is on the disk. Raises FileNotFoundError, NotOwnedError, another OSError."""
    check_owned_directory(path.parent)
    return read_owned(path)


def passphrase_line(file: Path) -> bytes:
    """What an owner-only file holds. Raises NotOwnedError, or OSError."""
    return read_owned(file).rstrip(b"\r\n")


def key_inputs(path: Path, file: Path) -> tuple[bytes, bytes] | None:
    """The passphrase in a file and the salt of a vault; None where something is wrong."""
    try:
        passphrase, salt = passphrase_line(file), salt_of(sealed_in(path))
    except (BrokenSealError, NotOwnedError, OSError):
        return None
    return (passphrase, salt) if passphrase else None

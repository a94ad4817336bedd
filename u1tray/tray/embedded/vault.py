"""The encrypted file for credentials, where there is no keyring to be used (D-Bus contract, 9.5).

Only its passphrase is made here, for its owner only; the Credentials service makes the file.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from u1tray.disk import files
from u1tray.tray.desktop.busdaemon import BusDaemon
from u1tray.tray.embedded import keyring, plan
from u1tray.tray.embedded.ledger import Ledger
from u1tray.tray.embedded.manifest import Kind, Manifest, passphrase_file
from u1tray.vocabulary import places

PASSPHRASE_VARIABLE = "U1TRAY_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable


def file_path() -> Path:
    """`$XDG_DATA_HOME/u1tray/credentials.vault`."""
    return places.data_directory() / "credentials.vault"


def is_somebody_elses(found: Manifest | None) -> bool:
    """Whether the file is there, not by us, and nobody says how to open it."""
    ours = found is not None and found.uses_vault
    return file_path().exists() and not ours and not os.environ.get(PASSPHRASE_VARIABLE)


def variables(
    ledger: Ledger, daemon: BusDaemon, *, has_display: bool, say: Callable[[str], None]
) -> dict[str, str]:
    """What the Credentials service must be told to use it; empty when there is a keyring."""
    given = os.environ.get(PASSPHRASE_VARIABLE, "")
    if given and not ledger.manifest.uses_vault:
        return {PASSPHRASE_VARIABLE: given}  # the person has set it up
    if not _is_needed(ledger, daemon, has_display=has_display, say=say):
        return {}
    _make_passphrase(ledger)
    return {PASSPHRASE_VARIABLE: str(passphrase_file())}


def _is_needed(
    ledger: Ledger, daemon: BusDaemon, *, has_display: bool, say: Callable[[str], None]
) -> bool:
    if ledger.manifest.uses_vault:
        return True
    if ledger.manifest.token_fingerprint:
        return False  # the keyring has them
    state = keyring.look(daemon)
    if not plan.needs_vault(state, has_display):
        return False
    say(
        f"There is no keyring to be used here ({state.value}): the credentials go into an "
        "encrypted file, whose passphrase only you can read."
    )
    if state is not plan.Keyring.ABSENT and not _configuration().exists():
        # Else the service would wait for a keyring that nobody can open.
        ledger.note(Kind.FILE, _configuration())
        files.write_text(_configuration(), "[credentials]\nstore = file\n")
    return True


def _make_passphrase(ledger: Ledger) -> None:
    if not file_path().exists():
        ledger.note(Kind.FILE, file_path())
    if not passphrase_file().exists():
        ledger.note(Kind.FILE, passphrase_file())
        files.write_text(passphrase_file(), secrets.token_urlsafe(32) + "\n", files.OWNER_ONLY)


def _configuration() -> Path:
    return places.config_directory() / "credentials.conf"

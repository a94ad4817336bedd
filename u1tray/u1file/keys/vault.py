"""Credentials in an encrypted file, opened by a passphrase (D-Bus contract, 9.5).

The passphrase comes from the owner-only file named in `U1TRAY_PASSPHRASE_FILE`, or from the
terminal; it is kept as long as the program runs.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import click

from u1tray.disk import vault
from u1tray.disk.vault import PassphraseError
from u1tray.disk.vault_files import PASSPHRASE_VARIABLE
from u1tray.u1file import early
from u1tray.vocabulary.credentials import Credentials


class VaultKeys:
    """One file; without `may_ask` nobody is asked for its passphrase."""

    def __init__(self, path: Path, *, may_ask: bool) -> None:
        self._path = path
        self._may_ask = may_ask
        self._said = b""

    @property
    def exists(self) -> bool:
        """Whether there are credentials in it."""
        return vault.exists(self._path)

    @property
    def is_set_up(self) -> bool:
        """Whether a person chose this place: the file exists, or one with a passphrase is named."""
        return self.exists or bool(os.environ.get(PASSPHRASE_VARIABLE))

    @property
    def is_usable(self) -> bool:
        """Whether there is a passphrase, or somebody to ask for one."""
        return bool(os.environ.get(PASSPHRASE_VARIABLE)) or self._can_ask()

    def find(self) -> Credentials | None:
        """See `Keys`."""
        secret = vault.load(self._path, self._passphrase, early.derive)
        if secret is None:
            return None
        # The same form as an item's secret in the keyring (9.4): the service reads it as well.
        found = Credentials.from_wire(dict(parse_qsl(secret.decode("utf-8", "replace"))))
        if found is None:
            raise vault.empty(self._path)
        return found

    def store(self, credentials: Credentials) -> None:
        """See `Keys`."""
        secret = urlencode(credentials.to_wire()).encode()
        vault.save(self._path, secret, self._passphrase(is_new=not self.exists))

    def clear(self) -> None:
        """See `Keys`. Needs no passphrase."""
        vault.remove(self._path)

    def _passphrase(self, *, is_new: bool = False) -> bytes:
        named = os.environ.get(PASSPHRASE_VARIABLE)
        if named:
            return vault.passphrase_in(Path(named))
        if not self._said:
            self._said = self._asked(is_new=is_new)
        return self._said

    def _asked(self, *, is_new: bool) -> bytes:
        if not self._can_ask():
            text = (
                "The credentials are in a vault, and there is no terminal to ask for its "
                f"passphrase on. Name a file with it in {PASSPHRASE_VARIABLE}."
            )
            raise PassphraseError(text, is_wrong=False)
        prompt = "New passphrase for this computer's vault" if is_new else "Passphrase"
        said = click.prompt(prompt, hide_input=True, confirmation_prompt=is_new, err=True)
        return str(said).encode("utf-8", "surrogatepass")

    def _can_ask(self) -> bool:
        """Whether there is a terminal, even if standard input is a pipe: getpass goes to it."""
        if not self._may_ask:
            return False
        try:
            os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
        except OSError:
            return False
        return True

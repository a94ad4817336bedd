"""What new secrets are made and kept with."""

from __future__ import annotations

from dataclasses import dataclass

from u1tray.server.accounts.cipher import Cipher
from u1tray.server.accounts.keys import KeySource


@dataclass(frozen=True)
class Mint:
    """Where keys come from, and the cipher that seals them."""

    keys: KeySource
    cipher: Cipher

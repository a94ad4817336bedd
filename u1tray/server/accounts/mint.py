"""What new secrets are made and kept with."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from u1tray.server.accounts.cipher import Cipher, key_id_of
from u1tray.server.accounts.keys import KeySource
from u1tray.server.storage.metadata import facts


@dataclass(frozen=True)
class Mint:
    """Where keys come from, and the cipher that seals them."""

    keys: KeySource
    cipher: Cipher

    def seal(self, connection: Connection, text: str, place: str) -> bytes:
        """The sealed text, under the key that the database is at when the transaction ends."""
        proof = facts.key_proof(connection, shared=True)
        return self.cipher.seal(text, place, None if proof is None else key_id_of(proof))

"""What new secrets are made and kept with."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from u1tray.server.accounts.cipher import Cipher, key_id_of
from u1tray.server.accounts.keys import KeySource
from u1tray.server.storage.metadata import facts


@dataclass(frozen=True)
class Sealer:
    """Seals under the key that the database is at when the transaction ends."""

    cipher: Cipher
    under: bytes | None

    def seal(self, text: str, place: str) -> bytes:
        """The sealed text (see `Cipher.seal`)."""
        return self.cipher.seal(text, place, self.under)


@dataclass(frozen=True)
class Mint:
    """Where keys come from, and the cipher that seals them."""

    keys: KeySource
    cipher: Cipher

    def sealer(self, connection: Connection) -> Sealer:
        """What seals in a transaction; the server key is not changed before that ends.

        To be asked for before a row is locked or changed: a change of the key locks in that
        order, and two who lock in different orders would wait for each other.
        """
        proof = facts.key_proof(connection, shared=True)
        return Sealer(self.cipher, None if proof is None else key_id_of(proof))

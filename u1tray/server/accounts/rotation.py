"""A new server key: everything sealed is sealed again under it, in one transaction.

The file holds the new key before the old one until that is done, so whenever the program ends,
the keys at hand open all that the database holds; which one is in use, the database says.
Servers that run meanwhile go on: sealed things name their key, and the file is read again where
one is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from u1tray.server.accounts import server_key
from u1tray.server.accounts.cipher import (
    PROOF,
    Cipher,
    consumer_place,
    key_id,
    key_id_of,
    token_place,
    two_factor_place,
)
from u1tray.server.accounts.server_key import VARIABLE
from u1tray.server.storage.directory import locked
from u1tray.server.storage.metadata import facts
from u1tray.server.storage.metadata import sealed as rows
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.metadata.sealed import SealedColumn
from u1tray.server.storage.workers import repeated
from u1tray.vocabulary.errors import UsageError

PLACES: tuple[tuple[SealedColumn, Callable[[str], str]], ...] = (
    (rows.CONSUMER_SECRETS, consumer_place),
    (rows.TOKEN_SECRETS, token_place),
    (rows.TWO_FACTOR_SECRETS, two_factor_place),
)

_HOW_TO_GO = f"""the server key comes from the environment variable {VARIABLE}. To change it:
1. make a new one with `u1server key make`
2. set {VARIABLE}=NEW,OLD for every server and restart them
3. run `u1server key rotate` with the same {VARIABLE}
4. set {VARIABLE}=NEW for every server; they need no restart for that"""


def rotate(directory: Path, database: Database, environment: Mapping[str, str]) -> int | None:
    """How many secrets are sealed anew; None when the first key was in use already.

    That also ends a change that was interrupted. The key is the first in the environment, else a
    new one in the file. Raises UsageError where the environment has no new one, OSError.
    """
    with locked(directory):
        keys = server_key.find_keys(directory, environment)
        if environment.get(VARIABLE):
            if len(keys) < 2:
                raise UsageError(_HOW_TO_GO)
            return _reseal_all(database, keys)
        server_key.remove_leftovers(directory)
        if len(keys) < 2:
            keys = (server_key.new_key(), *keys)
            server_key.write_keys(directory, keys)
        resealed = _reseal_all(database, keys)
        server_key.write_keys(directory, keys[:1])
        return resealed


def reseal(connection: Connection, cipher: Cipher, new: bytes) -> int | None:
    """How many secrets are sealed under the key with the id `new`, from now on the one in use.

    None when it is already.
    """
    # Whoever seals something waits for this transaction, and then sees the new key.
    proof = facts.key_proof(connection, locked=True)
    if proof is not None and key_id_of(proof) == new:
        return None
    count = 0
    for column, place_of in PLACES:
        for batch in rows.batches(connection, column):
            fresh = [
                replace(row, secret=_resealed(cipher, row.secret, place_of(row.name), new))
                for row in batch
            ]
            rows.replace(connection, column, fresh)
            count += len(fresh)
    facts.set_key_proof(connection, cipher.seal(PROOF, PROOF, new))
    return count


def _reseal_all(database: Database, keys: Sequence[bytes]) -> int | None:
    return repeated(database.writing, reseal, Cipher(*keys), key_id(keys[0]))


def _resealed(cipher: Cipher, secret: bytes, place: str, new: bytes) -> bytes:
    return cipher.seal(cipher.open(secret, place), place, new)

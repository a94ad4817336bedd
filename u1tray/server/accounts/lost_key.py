"""A new server key where the old one is lost: files and passwords stay, devices log in anew.

What was sealed under the old key cannot be opened any more. So every device gets a secret that it
does not know and its token is revoked, and second factors are turned off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from u1tray.server.accounts import server_key
from u1tray.server.accounts.cipher import (
    PROOF,
    Cipher,
    WrongKeyError,
    consumer_place,
    token_place,
)
from u1tray.server.accounts.keys import KeySource
from u1tray.server.storage.directory import locked
from u1tray.server.storage.metadata import facts, tokens, two_factor
from u1tray.server.storage.metadata import sealed as rows
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.metadata.sealed import SealedColumn
from u1tray.server.storage.workers import repeated
from u1tray.vocabulary.errors import ConflictError


@dataclass(frozen=True)
class Forgotten:
    """How many devices must log in anew, and how many second factors were turned off."""

    tokens: int
    second_factors: int


def start_anew(
    directory: Path,
    database: Database,
    environment: Mapping[str, str],
    keys: KeySource,
    now: float,
) -> Forgotten:
    """Use the key of the environment, else of the file, else a new one, from now on.

    Raises ConflictError where that key is the right one, UsageError for one that cannot be read.
    """
    with locked(directory):
        # Kept before it is used: whenever this is interrupted, the next try goes on with it.
        found = server_key.find_keys(directory, environment) or (server_key.make_key(directory),)
        return repeated(database.writing, _forget, Cipher(*found), keys, now)


def _forget(connection: Connection, cipher: Cipher, keys: KeySource, now: float) -> Forgotten:
    _refuse_right_key(cipher, facts.key_proof(connection, locked=True))
    _replace(connection, rows.CONSUMER_SECRETS, lambda n: _sealed_consumer(cipher, keys, n))
    _replace(connection, rows.TOKEN_SECRETS, lambda n: _sealed_token(cipher, keys, n))
    forgotten = Forgotten(tokens.revoke_all(connection, now), two_factor.remove_all(connection))
    facts.set_key_proof(connection, cipher.seal(PROOF, PROOF))
    return forgotten


def _refuse_right_key(cipher: Cipher, proof: bytes | None) -> None:
    if proof is None:
        return
    try:
        cipher.open(proof, PROOF)
    except WrongKeyError:
        return
    message = "the server key is not lost: it opens this cloud's secrets (key rotate changes it)"
    raise ConflictError(message)


def _replace(connection: Connection, column: SealedColumn, fresh: Callable[[str], bytes]) -> None:
    for batch in rows.batches(connection, column):
        rows.replace(connection, column, [replace(row, secret=fresh(row.name)) for row in batch])


def _sealed_consumer(cipher: Cipher, keys: KeySource, name: str) -> bytes:
    return cipher.seal(keys.consumer_secret(), consumer_place(name))


def _sealed_token(cipher: Cipher, keys: KeySource, name: str) -> bytes:
    return cipher.seal(keys.token_secret(), token_place(name))

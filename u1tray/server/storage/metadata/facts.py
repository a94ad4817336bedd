"""Facts about a database as a whole."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from u1tray.server.storage.metadata.schema import facts

_KEY_PROOF = "server_key_proof"


def key_proof(
    connection: Connection, *, shared: bool = False, locked: bool = False
) -> bytes | None:
    """What was sealed under the server key in use; None in a new database.

    Nobody changes it while a transaction has it `shared`; nobody else has it while `locked`.
    """
    query = select(facts.c.value).where(facts.c.name == _KEY_PROOF)
    if shared or locked:
        query = query.with_for_update(read=shared)
    found: bytes | None = connection.execute(query).scalar()
    return found


def set_key_proof(connection: Connection, proof: bytes) -> None:
    """Say which key is in use."""
    change = update(facts).where(facts.c.name == _KEY_PROOF).values(value=proof)
    if connection.execute(change).rowcount == 0:
        connection.execute(insert(facts).values(name=_KEY_PROOF, value=proof))

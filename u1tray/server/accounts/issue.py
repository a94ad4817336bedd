"""Tokens given out and taken back (REST contract, 13.5, 14, 16.6)."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection

from u1tray.server.accounts.cipher import Cipher, consumer_place, token_place
from u1tray.server.accounts.keys import KeySource
from u1tray.server.accounts.mint import Mint, Sealer
from u1tray.server.accounts.rules import is_storable
from u1tray.server.accounts.values import Account, PasswordChangedError, Token, Verified
from u1tray.server.storage.metadata import accounts as account_rows
from u1tray.server.storage.metadata import tokens as rows
from u1tray.vocabulary.errors import NotFoundError, RefusedError


@dataclass(frozen=True)
class Issued:
    """A token with all that its device needs. The repr shows no secret."""

    account: Account
    token: Token
    consumer_secret: str = field(repr=False)
    token_secret: str = field(repr=False)
    is_new: bool


def issue_for(
    connection: Connection, verified: Verified, name: str, mint: Mint, now: float
) -> Issued:
    """What a log-in gives: as `issue`. Raises PasswordChangedError."""
    account = verified.account
    issued = issue(connection, account, name, mint, now)  # which locks the account
    if account_rows.password_hash(connection, account.id) != verified.password_hash:
        raise PasswordChangedError
    return issued


def issue(connection: Connection, account: Account, name: str, mint: Mint, now: float) -> Issued:
    """The account's unrevoked token of a name, made when there is none."""
    sealer = mint.sealer(connection)
    account_rows.lock(connection, account.id)
    token = rows.by_name(connection, account.id, name)
    is_new = token is None
    if token is None:
        token = _new_token(account, name, mint.keys, sealer, now)
        rows.add(connection, token)
    return Issued(account, token, *open_secrets(mint.cipher, account, token), is_new)


def open_secrets(cipher: Cipher, account: Account, token: Token) -> tuple[str, str]:
    """The consumer secret and the token secret."""
    return (
        cipher.open(account.sealed_consumer_secret, consumer_place(account.consumer_key)),
        cipher.open(token.sealed_secret, token_place(token.id)),
    )


def revoke(connection: Connection, account_id: int, token_id: str, now: float) -> None:
    """Revoke a token of an account.

    Raises NotFoundError for an unknown or revoked one, RefusedError `not_owner` for another's.
    """
    token = rows.by_id(connection, token_id) if is_storable(token_id) else None
    if token is not None and token.account_id != account_id:
        message = "this token belongs to another account"
        raise RefusedError(message, code="not_owner")
    if token is None or token.revoked_at is not None:
        message = "there is no such token"
        raise NotFoundError(message, code="not_found")
    rows.change(connection, token_id, revoked_at=now)


def revoke_all(connection: Connection, account_id: int, now: float) -> int:
    """How many tokens of an account were revoked: every one that was not yet."""
    unrevoked = rows.unrevoked(connection, account_id)
    for token in unrevoked:
        rows.change(connection, token.id, revoked_at=now)
    return len(unrevoked)


def _new_token(account: Account, name: str, keys: KeySource, sealer: Sealer, now: float) -> Token:
    token_id = keys.token_id()
    return Token(
        id=token_id,
        account_id=account.id,
        name=name,
        created_at=now,
        updated_at=now,
        last_used_at=None,
        pinged_at=None,
        revoked_at=None,
        key=keys.token(),
        sealed_secret=sealer.seal(keys.token_secret(), token_place(token_id)),
    )

"""Accounts made and changed by the administrator. Rules here, rows in the storage."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from u1tray.server.accounts import rules
from u1tray.server.accounts.cipher import consumer_place
from u1tray.server.accounts.mint import Mint
from u1tray.server.accounts.values import Account, AccountState
from u1tray.server.files.volumes import create_root
from u1tray.server.storage.metadata import accounts as rows
from u1tray.vocabulary.errors import ConflictError, NotFoundError, UsageError

MAX_QUOTA_BYTES = 2**63 - 1


@dataclass(frozen=True)
class NewAccount:
    """What the administrator says about a new account; `quota_bytes` None is without a limit."""

    email: str
    visible_name: str
    quota_bytes: int | None


def check(new: NewAccount) -> None:
    """Raises UsageError for what cannot be an account."""
    fault = rules.email_fault(new.email) or rules.visible_name_fault(new.visible_name)
    if fault is not None:
        raise UsageError(fault)
    check_quota(new.quota_bytes)


def check_quota(quota_bytes: int | None) -> None:
    """Raises UsageError for a quota that cannot be kept."""
    if quota_bytes is not None and not 0 <= quota_bytes <= MAX_QUOTA_BYTES:
        message = "the quota is too large"
        raise UsageError(message)


def create(
    connection: Connection, new: NewAccount, password_hash: str, mint: Mint, now: float
) -> Account:
    """The new account. Raises ConflictError when the e-mail address has one."""
    sealer = mint.sealer(connection)
    key = rules.email_key(new.email)
    if rows.by_email_key(connection, key) is not None:
        message = f"there is an account for {new.email} already"
        raise ConflictError(message)
    consumer_key = mint.keys.consumer_key()
    account = Account(
        id=0,
        email=new.email,
        visible_name=new.visible_name,
        consumer_key=consumer_key,
        state=AccountState.ACTIVE,
        quota_bytes=new.quota_bytes,
        used_bytes=0,
        created_at=now,
        sealed_consumer_secret=sealer.seal(
            mint.keys.consumer_secret(), consumer_place(consumer_key)
        ),
    )
    number = rows.add(connection, key, password_hash, account)
    create_root(connection, number, now)
    return _must(rows.by_id(connection, number), new.email)


def find(connection: Connection, email: str) -> Account:
    """The account of an e-mail address. Raises NotFoundError."""
    return _must(rows.by_email_key(connection, rules.email_key(email)), email)


def _must(account: Account | None, email: str) -> Account:
    if account is None:
        message = f"there is no account for {email}"
        raise NotFoundError(message)
    return account

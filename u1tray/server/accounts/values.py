"""Accounts and tokens as plain values. Secrets in them are sealed (see `cipher`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

MAX_ACCOUNT_ID = 2**31 - 1


class AccountState(str, Enum):
    """Whether an account may be used, and who said that it may not (REST contract, 14.2)."""

    ACTIVE = "active"
    SUSPENDED = "suspended"  # by the administrator
    DEACTIVATED = "deactivated"  # by the user
    DELETING = "deleting"  # by the administrator, and not finished yet


@dataclass(frozen=True)
class Account:
    """One person's account. `quota_bytes` None is without a limit; times in Unix seconds."""

    id: int
    email: str
    visible_name: str
    consumer_key: str
    state: AccountState
    quota_bytes: int | None
    used_bytes: int
    created_at: float
    sealed_consumer_secret: bytes = field(repr=False)


@dataclass(frozen=True)
class Verified:
    """An account whose password was right when its stored hash was `password_hash`.

    Whoever gives it something compares that hash again (`PasswordChangedError`).
    """

    account: Account
    password_hash: str = field(repr=False)


class PasswordChangedError(Exception):
    """The password was changed after it was found right: it counts as wrong."""


@dataclass(frozen=True)
class Token:
    """One device's token. `key` travels in requests; `id` names it where no key may be shown."""

    id: str
    account_id: int
    name: str
    created_at: float
    updated_at: float
    last_used_at: float | None
    pinged_at: float | None
    revoked_at: float | None
    key: str = field(repr=False)
    sealed_secret: bytes = field(repr=False)

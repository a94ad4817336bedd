"""The second factor of an account: enrolled, confirmed, asked for, recovered from, turned off.

Each function is one transaction's work. A code is six digits of the person's device (RFC 6238)
or one of the recovery codes; callers count wrong ones (see `login`).
"""

from __future__ import annotations

import hashlib
import secrets
import string
from dataclasses import dataclass, field

from sqlalchemy import Connection

from u1tray.server.accounts import totp
from u1tray.server.accounts.cipher import two_factor_place
from u1tray.server.accounts.mint import Mint
from u1tray.server.accounts.values import Account, Verified
from u1tray.server.storage.metadata import accounts as account_rows
from u1tray.server.storage.metadata import two_factor as rows
from u1tray.vocabulary.errors import ConflictError, NotFoundError

RECOVERY_CODES = 10
PENDING_S = 3600.0  # an enrolment that nobody confirmed starts anew after that
# 32 signs without those that are taken for one another, so 80 bits a code: no salt is needed.
_SIGNS = "".join(sorted(set(string.ascii_lowercase + string.digits) - set("0o1l")))
_GROUPS = 4
_GROUP_SIGNS = 4


class TwoFactorRequiredError(Exception):
    """The password was right, and the account wants a code with it."""

    def __init__(self, verified: Verified) -> None:
        super().__init__()
        self.verified = verified


class TwoFactorFailedError(Exception):
    """The code was wrong, too old, or used before."""


@dataclass(frozen=True)
class Enrolment:
    """What the person's device needs to know. `secret` is base32, for typing it in."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True)
class State:
    """Whether log-in asks for a code, and how many recovery codes still work."""

    is_on: bool
    recovery_codes_left: int


def state(connection: Connection, account_id: int) -> State:
    """What to tell the person about their second factor."""
    factor = rows.of_account(connection, account_id)
    is_on = factor is not None and factor.confirmed_at is not None
    return State(is_on, rows.codes_left(connection, account_id) if is_on else 0)


def begin(
    connection: Connection, mint: Mint, account: Account, issuer: str, now: float
) -> Enrolment:
    """Start to turn it on: the same secret until it is confirmed, a new one after an hour.

    The caller has checked the person's password. Log-in asks for no code yet. `issuer` names the
    cloud in the device's list. Raises ConflictError when it is on.
    """
    sealer = mint.sealer(connection)
    account_rows.lock(connection, account.id)  # two at once begin the same
    factor = rows.of_account(connection, account.id)
    if factor is not None and factor.confirmed_at is not None:
        message = "two-factor log-in is on already"
        raise ConflictError(message)
    place = two_factor_place(account.id)
    if factor is not None and 0 <= now - factor.created_at < PENDING_S:
        secret = mint.cipher.open(factor.sealed_secret, place)
    else:
        secret = totp.new_secret()
        rows.remove(connection, account.id)
        rows.add(connection, account.id, sealer.seal(secret, place), now)
    return Enrolment(secret, totp.enrolment_uri(secret, account.email, issuer))


def confirm(
    connection: Connection, mint: Mint, account_id: int, code: str, now: float
) -> tuple[str, ...]:
    """Turn it on with a first code; the recovery codes, shown this once.

    The first code is then used up. Raises NotFoundError when nothing was begun, ConflictError
    when it is on, TwoFactorFailedError.
    """
    factor = rows.of_account(connection, account_id)
    if factor is None:
        message = "two-factor log-in was not begun"
        raise NotFoundError(message)
    if factor.confirmed_at is not None:
        message = "two-factor log-in is on already"
        raise ConflictError(message)
    if not _use_step(connection, mint, factor, _plain(code), now):
        raise TwoFactorFailedError
    rows.confirm(connection, account_id, now)
    return renew_recovery_codes(connection, account_id)


def is_on(connection: Connection, account_id: int) -> bool:
    """Whether log-in asks for a code."""
    factor = rows.of_account(connection, account_id)
    return factor is not None and factor.confirmed_at is not None


def verify(connection: Connection, mint: Mint, account_id: int, code: str, now: float) -> bool:
    """Whether a code is right; it is then used up, for every process. True when it is off."""
    factor = rows.of_account(connection, account_id)
    if factor is None or factor.confirmed_at is None:
        return True
    plain = _plain(code)
    if totp.is_code(plain):
        return _use_step(connection, mint, factor, plain, now)
    return rows.use_code(connection, account_id, _digest(plain), now)


def renew_recovery_codes(connection: Connection, account_id: int) -> tuple[str, ...]:
    """Ten new recovery codes, shown this once; the old ones work no longer."""
    made = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
    rows.replace_codes(connection, account_id, [_digest(_plain(code)) for code in made])
    return made


def disable(connection: Connection, account_id: int) -> bool:
    """Turn it off, with its recovery codes; whether it was on.

    The caller has checked the person's password and code, or is the administrator.
    """
    was_on = is_on(connection, account_id)
    rows.remove(connection, account_id)
    return was_on


def _use_step(
    connection: Connection, mint: Mint, factor: rows.Factor, code: str, now: float
) -> bool:
    place = two_factor_place(factor.account_id)
    step = totp.step_of(mint.cipher.open(factor.sealed_secret, place), code, now)
    return step is not None and rows.use_step(connection, factor.account_id, step)


def _plain(code: str) -> str:
    """A code as it counts: people write blanks, dashes and capitals."""
    return "".join(code.split()).replace("-", "").lower()


def _digest(plain: str) -> bytes:
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest()


def _recovery_code() -> str:
    groups = range(_GROUPS)
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(_GROUP_SIGNS)) for _ in groups)

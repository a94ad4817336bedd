"""Who is logged in. Ids are random and stored hashed; a session ends by time, by log-out, when
the password changes and when the account is disabled."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sqlalchemy import Connection

from u1tray.server.accounts.values import Account, AccountState, PasswordChangedError, Verified
from u1tray.server.storage.metadata import accounts as account_rows
from u1tray.server.storage.metadata import web_sessions as rows
from u1tray.server.storage.metadata.web_sessions import SessionRow, mark_of
from u1tray.server.web.cookies import fresh_secret

IDLE_S = 24 * 3600
ABSOLUTE_S = 14 * 24 * 3600
CODE_S = 600  # from the password to the code
SEEN_LAG_S = 60.0


class Stage(str, Enum):
    """How far a log-in came."""

    CODE = "code"  # the password was right, the code is to come
    OPEN = "open"


@dataclass(frozen=True)
class Session:
    """One log-in of one browser."""

    secret: str = field(repr=False)  # what the cookie holds
    row: SessionRow
    account: Account

    @property
    def id(self) -> int:
        return self.row.id

    @property
    def stage(self) -> Stage:
        return Stage(self.row.stage)


def begin(connection: Connection, verified: Verified, stage: Stage, agent: str, now: float) -> str:
    """A new session: the secret for its cookie. Sessions that are too old are forgotten.

    Raises PasswordChangedError.
    """
    rows.forget(connection, created_before=now - ABSOLUTE_S, seen_before=now - IDLE_S)
    account_id, stored = verified.account.id, verified.password_hash
    account_rows.lock(connection, account_id)
    if account_rows.password_hash(connection, account_id) != stored:
        raise PasswordChangedError
    return _add(connection, account_id, stored, stage=stage, agent=agent, now=now)


def find(connection: Connection, secret: str, now: float) -> Session | None:
    """The session of a cookie while it is good."""
    found = rows.with_account(connection, _hashed(secret))
    if found is None:
        return None
    row, account, stored = found
    is_good = (
        is_alive(row, now)
        and account.state is AccountState.ACTIVE
        and row.password_mark == mark_of(stored)
    )
    return Session(secret, row, account) if is_good else None


def is_alive(row: SessionRow, now: float) -> bool:
    """Whether neither end of time was reached."""
    longest = CODE_S if row.stage == Stage.CODE.value else ABSOLUTE_S
    return now - row.created_at < longest and now - row.seen_at < IDLE_S


def advance(connection: Connection, session: Session, now: float) -> str:
    """The same log-in under a new id, open now. Raises PasswordChangedError."""
    account_rows.lock(connection, session.account.id)
    if find(connection, session.secret, now) is None:
        raise PasswordChangedError
    return renew(connection, session, now)


def renew(connection: Connection, session: Session, now: float) -> str:
    """The session of who set the password that is stored now, under a new id."""
    account_id = session.account.id
    rows.remove(connection, account_id, session.id)
    stored = account_rows.password_hash(connection, account_id) or ""
    agent = session.row.agent
    return _add(connection, account_id, stored, stage=Stage.OPEN, agent=agent, now=now)


def others(connection: Connection, session: Session, now: float) -> list[SessionRow]:
    """The account's other open sessions, last seen first."""
    stored = account_rows.password_hash(connection, session.account.id) or ""
    return [
        row
        for row in rows.of_account(connection, session.account.id)
        if row.id != session.id
        and row.stage == Stage.OPEN.value
        and is_alive(row, now)
        and row.password_mark == mark_of(stored)
    ]


def set_notice(connection: Connection, session: Session, notice: dict[str, Any] | None) -> None:
    """What the next page says once."""
    text = None if notice is None else json.dumps(notice)
    rows.change(connection, session.id, notice=text)


def agent_of(user_agent: str) -> str:
    """`Firefox on Linux`: as much as a person needs to know a browser again."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return " · ".join(part for part in (browser, system) if part)


# The first mark that is found decides: each of these also says the names of those below it.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrom", "Chromium"),
    ("Epiphany/", "GNOME Web"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
    ("BSD", "BSD"),
)


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _add(
    connection: Connection, account_id: int, stored: str, *, stage: Stage, agent: str, now: float
) -> str:
    secret = fresh_secret()
    rows.add(
        connection,
        _hashed(secret),
        account_id,
        stage=stage.value,
        password_mark=mark_of(stored),
        agent=agent,
        now=now,
    )
    return secret

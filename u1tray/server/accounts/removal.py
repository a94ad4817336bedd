"""The end of an account. Its contents are left to the collector: others may share them.

In many short transactions, so that a server goes on meanwhile; an interrupted removal is
finished by the next. Until then the account can neither be used nor enabled.
"""

from __future__ import annotations

from sqlalchemy import Connection

from u1tray.server.accounts import register
from u1tray.server.accounts.values import Account, AccountState
from u1tray.server.storage.metadata import accounts as rows
from u1tray.server.storage.metadata import holdings
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.workers import repeated


def remove(database: Database, email: str) -> Account:
    """The account that is no more. Raises NotFoundError."""
    account = repeated(database.writing, begin, email)
    while repeated(database.writing, holdings.remove_some, account.id):
        pass
    # What a running request added meanwhile goes with the account's row.
    repeated(database.writing, holdings.remove_account, account.id)
    return account


def begin(connection: Connection, email: str) -> Account:
    """The account of an e-mail address, from now on of no use. Raises NotFoundError."""
    account = register.find(connection, email)
    rows.change(connection, account.id, state=AccountState.DELETING.value)
    return account

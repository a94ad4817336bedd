"""What an operation is given: the cloud, the request, and who signed it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from u1tray.server.accounts.values import Account, Token
from u1tray.server.cloud import Cloud
from u1tray.server.messages.request import Request
from u1tray.server.messages.response import Response

T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """An unsigned request; `arguments` are the variable segments of its path."""

    cloud: Cloud
    request: Request
    arguments: Mapping[str, str]


@dataclass(frozen=True)
class SignedCall(Call):
    """A request whose signature was right; its token may be used."""

    account: Account
    token: Token


@dataclass(frozen=True)
class JoinedCall(Call):
    """A request whose signature was right, and whose token is asked about in its own transaction.

    `admitted` is entered there, before all else: it raises Refusal where the token may not be
    used, and takes the nonce back where what is done inside is refused.
    """

    admitted: Callable[[Connection], AbstractContextManager[SignedCall]]
    undone: Callable[[], None]

    async def committed(self, transaction: Awaitable[T]) -> T:
        """What a transaction gives that `admitted` was entered in."""
        try:
            return await transaction
        except Exception:
            self.undone()
            raise


Operation = Callable[[Call], Awaitable[Response]]
SignedOperation = Callable[[SignedCall], Awaitable[Response]]
# One transaction and one way to the database and back for a whole request, where two are usual;
# None where that cannot be.
JoinedOperation = Callable[[JoinedCall], Awaitable[Response | None]]

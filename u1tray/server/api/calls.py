"""What an operation is given: the cloud, the request, and who signed it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from u1tray.server.accounts.values import Account, Token
from u1tray.server.cloud import Cloud
from u1tray.server.messages.request import Request
from u1tray.server.messages.response import Response


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


Operation = Callable[[Call], Awaitable[Response]]
SignedOperation = Callable[[SignedCall], Awaitable[Response]]

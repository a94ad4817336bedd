"""A request as a value, with its body still on the wire."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import IO, Any, NoReturn, Protocol

from multidict import CIMultiDictProxy

from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.target import Target

MAX_JSON_BYTES = 1024 * 1024

Address = IPv4Address | IPv6Address


class Body(Protocol):
    """The body of a request, read at most once."""

    @property
    def length(self) -> int | None:
        """The Content-Length, None without one."""

    @property
    def is_chunked(self) -> bool:
        """Whether it comes in chunks, of a length that only its end tells."""

    @property
    def has_come(self) -> bool:
        """Whether all of it is here, and nobody need wait for it."""

    def chunks(self) -> AsyncGenerator[bytes, None]:
        """What comes, as it comes; to be closed. Raises Refusal `bad_request` if it is cut off."""

    async def read(self, limit: int) -> bytes:
        """All of it. Raises Refusal: `too_large` above `limit` bytes, `bad_request` if cut off."""

    def spooled(self, limit: int) -> AbstractAsyncContextManager[IO[bytes]]:
        """A file with all of it, read from its begin. Raises as `read`; no memory is taken yet."""

    async def hold(self, size: int) -> None:
        """Wait for room for so many bytes in memory, instead of those held before."""


@dataclass(frozen=True)
class Request:
    """One request. `scheme`, `host` and `peer` are those the client means (13.2)."""

    id: str
    method: str
    target: Target
    headers: CIMultiDictProxy[str]
    scheme: str
    host: str  # as in the Host header, with its port
    peer: Address | None  # None for a Unix socket
    body: Body

    @property
    def origin(self) -> str:
        """`https://one.example.com`, as the client sees this server."""
        return f"{self.scheme}://{self.host}"

    async def json_object(self) -> dict[str, Any]:
        """The JSON object of the body, whatever its Content-Type (2.1). Raises Refusal."""
        return parse_object(await self.body.read(MAX_JSON_BYTES))


def parse_object(body: bytes) -> dict[str, Any]:
    """A JSON object without its null members; blank is empty. Raises Refusal `bad_json`."""
    if not body.strip():
        return {}
    try:
        value = json.loads(body.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refusal(Code.BAD_JSON, "The body is not JSON in UTF-8.") from None
    if not isinstance(value, dict):
        raise Refusal(Code.BAD_JSON, "The body is not a JSON object.")
    return {key: member for key, member in value.items() if member is not None}


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)

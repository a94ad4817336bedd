"""The body of an operation, as a request has one."""

from __future__ import annotations

import contextlib
import io
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import IO


@dataclass(frozen=True)
class GivenBody:
    """Bytes that came with the body of the whole, which has the room for them."""

    data: bytes = field(repr=False)

    is_chunked = False
    has_come = True

    @property
    def length(self) -> int:
        return len(self.data)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        yield self.data

    async def read(self, limit: int) -> bytes:
        return self.data

    @contextlib.asynccontextmanager
    async def spooled(self, limit: int) -> AsyncIterator[IO[bytes]]:
        yield io.BytesIO(self.data)

    async def hold(self, size: int) -> None:
        pass

"""The body of an operation, as a request has one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class GivenBody:
    """Bytes that came with the body of the whole."""

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

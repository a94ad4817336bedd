"""What a request carries, on its way through aiohttp."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable

# Made anew for each attempt.
Body = Callable[[], AsyncGenerator[bytes, None]]


async def heeding(body: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The same bytes, with a look for an answer before each part.

    A refusal may come before the end of the body, and soon after it the end of the connection
    (REST contract, 2.1): whoever writes on without listening loses the answer.
    """
    async with contextlib.aclosing(body):
        async for part in body:
            await asyncio.sleep(0)  # the loop looks what has come,
            await asyncio.sleep(0)  # and has read it
            yield part

"""Blocking work in threads, which is over when whoever waits for it goes on, cancelled or not."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import Executor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(
    threads: Executor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """The result of `work(...)`. Cancelled, it waits for the thread first: files stay open."""
    call = functools.partial(work, *args, **kwargs)
    running = asyncio.get_running_loop().run_in_executor(threads, call)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise

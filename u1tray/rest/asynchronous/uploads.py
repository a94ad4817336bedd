"""Resumable uploads of the asyncio client: carries the bytes of `resumption`; decides nothing."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from u1tray.rest.failures import Reply
from u1tray.rest.nodes import Node
from u1tray.rest.resumption import Answer, Append, Ask, Note, Pause, Resumption, Step
from u1tray.vocabulary.errors import OfflineError

if TYPE_CHECKING:
    from u1tray.rest.asynchronous.cloud import Cloud


def _nothing(_value: object) -> None:
    pass


@dataclass(frozen=True)
class Resumable:
    """What lets an upload go on where it was (REST contract, 16.3).

    As for the blocking client, but `parts(offset)` is an asynchronous generator.
    """

    parts: Callable[[int], AsyncGenerator[bytes, None]]
    url: str = ""
    on_url: Callable[[str], object] = _nothing
    on_progress: Callable[[int], object] = _nothing


async def send(cloud: Cloud, resumption: Resumption, resumable: Resumable) -> Node:
    """The file with its new content. Raises the families of `vocabulary.errors`."""
    steps = resumption.steps()
    answer: Answer = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as end:
            node: Node = end.value
            return node
        answer = await _do(cloud, step, resumable)


async def _do(cloud: Cloud, step: Step, resumable: Resumable) -> Answer:
    if isinstance(step, Ask):
        return await _tried(cloud.send(step.request))
    if isinstance(step, Append):
        appended = step
        return await _tried(cloud.upload(step.request, lambda: _body(resumable, appended)))
    if isinstance(step, Pause):
        await cloud.pause(step.seconds)
    if isinstance(step, Note):
        resumable.on_url(step.url)
    return None


async def _tried(sending: Awaitable[Reply]) -> Reply | OfflineError:
    try:
        return await sending
    except OfflineError as error:
        return error


async def _body(resumable: Resumable, append: Append) -> AsyncGenerator[bytes, None]:
    """The bytes of one request, told as they go."""
    sent, left = append.offset, append.count
    resumable.on_progress(sent)
    async with contextlib.aclosing(resumable.parts(append.offset)) as parts:
        async for part in parts:
            part = part[:left]  # noqa: PLW2901 - the last one
            yield part
            sent, left = sent + len(part), left - len(part)
            resumable.on_progress(sent)
            if not left:
                return

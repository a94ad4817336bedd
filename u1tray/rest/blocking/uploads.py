"""Resumable uploads of the blocking client: carries the bytes of `resumption`; decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from u1tray.rest.blocking.wire.line import Part
from u1tray.rest.failures import Reply
from u1tray.rest.nodes import Node
from u1tray.rest.resumption import Answer, Append, Ask, Note, Pause, Resumption, Step
from u1tray.vocabulary.errors import OfflineError

if TYPE_CHECKING:
    from u1tray.rest.blocking.cloud import Cloud


def _nothing(_value: object) -> None:
    pass


class AbandonedError(Exception):
    """Raised by `parts` where the content need not go any further: the upload is discarded."""


@dataclass(frozen=True)
class Resumable:
    """What lets an upload go on where it was (REST contract, 16.3).

    `parts(offset)` gives the content from there to its end. `on_url` is told the URL to remember
    for a restart, together with the content's hash, and `''` when there is none any more; `url`
    is one remembered before for the same content.
    `on_progress` is told how many bytes were sent, with those that came before; after a broken
    connection that may be less than before.
    """

    parts: Callable[[int], Iterator[Part]]
    url: str = ""
    on_url: Callable[[str], object] = _nothing
    on_progress: Callable[[int], object] = _nothing


def send(cloud: Cloud, resumption: Resumption, resumable: Resumable) -> Node:
    """The file with its new content. Raises the families of `vocabulary.errors`."""
    steps = resumption.steps()
    answer: Answer = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as end:
            node: Node = end.value
            return node
        try:
            answer = _do(cloud, step, resumable)
        except AbandonedError:
            for last in resumption.abandon():
                _do(cloud, last, resumable)
            raise


def _do(cloud: Cloud, step: Step, resumable: Resumable) -> Answer:
    if isinstance(step, Ask):
        asked = step.request
        return _tried(lambda: cloud.send(asked))
    if isinstance(step, Append):
        appended = step
        body = lambda: _body(resumable, appended)  # noqa: E731 - a fresh one for each attempt
        return _tried(lambda: cloud.upload(appended.request, body))
    if isinstance(step, Pause):
        cloud.pause(step.seconds, step.why)
    if isinstance(step, Note):
        resumable.on_url(step.url)
    return None


def _tried(send_it: Callable[[], Reply]) -> Reply | OfflineError:
    try:
        return send_it()
    except OfflineError as error:
        return error


def _body(resumable: Resumable, append: Append) -> Iterator[Part]:
    """The bytes of one request, told as they go."""
    sent, left = append.offset, append.count
    resumable.on_progress(sent)
    for part in resumable.parts(append.offset):
        part = part[:left]  # noqa: PLW2901 - the last one
        yield part
        sent, left = sent + len(part), left - len(part)
        resumable.on_progress(sent)
        if not left:
            return

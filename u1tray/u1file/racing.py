"""A large content is sent at once; where the line is slow, the cloud is asked meanwhile whether it
holds it already, and if so no more is sent (REST contract, 8).

On a fast line that question would cost more than sending: both hashes of everything.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.blocking.uploads import AbandonedError
from u1tray.rest.nodes import Node, Place
from u1tray.u1file.source import Source
from u1tray.vocabulary.errors import U1Error

_log = logging.getLogger(__name__)

LOOK_AFTER_SECONDS = 0.1
SLOW_BYTES_PER_SECOND = 100_000_000
ANSWER_LIMIT_SECONDS = 10.0  # for a question that is under way when the transfer ends
LEAVE_LIMIT_SECONDS = 0.5  # for its thread where nothing is asked


def race(
    cloud: Cloud, source: Source, place: Place, transfer: Callable[[], Node], *, force: bool
) -> Node:
    """The file with the source as its content, by `transfer` or without it.

    `transfer` sends the parts of the source.
    """
    question = _Question(cloud, source, place, force=force)
    try:
        stored = transfer()
    except (AbandonedError, U1Error):
        # What was stored by the answer may be what stopped the transfer.
        answer = question.end()
        if answer is None:
            raise
        return answer
    except BaseException:  # a person who interrupts waits for nobody
        question.leave()
        raise
    else:
        question.end()
        return stored


class _Question:
    """Asked by a thread of its own, once the line proves slow and the hashes are there."""

    def __init__(self, cloud: Cloud, source: Source, place: Place, *, force: bool) -> None:
        self._cloud = cloud.another()
        self._source = source
        self._place = place
        self._force = force
        self._is_over = threading.Event()
        self._is_asked = False
        self._answer: Node | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def end(self) -> Node | None:
        """Ask no more; the file if the cloud had its content, also if it says so only now."""
        self.leave()
        self._thread.join(ANSWER_LIMIT_SECONDS if self._is_asked else LEAVE_LIMIT_SECONDS)
        return self._answer

    def leave(self) -> None:
        """Ask no more, and wait for nothing."""
        self._is_over.set()
        self._source.begun.set()

    def _work(self) -> None:
        with self._cloud:
            try:
                self._ask()
            except U1Error as error:  # the transfer says what is to be said
                _log.debug("whether the cloud holds the content is not known: %s", error)
        if self._answer is not None:
            self._source.abandon()

    def _ask(self) -> None:
        source = self._source
        source.begun.wait()
        begun = time.monotonic()
        if self._is_over.wait(LOOK_AFTER_SECONDS):
            return
        # On a busy computer it was longer than was asked for.
        is_slow = source.given < (time.monotonic() - begun) * SLOW_BYTES_PER_SECOND
        source.hash_beside(with_magic=is_slow)
        if not is_slow:
            return
        digest = source.hashed_beside()
        self._is_asked = True
        if not self._is_over.is_set() and digest.has_magic:
            self._answer = self._cloud.files.fill(
                self._place, digest.sha1, digest.magic, force=self._force
            )

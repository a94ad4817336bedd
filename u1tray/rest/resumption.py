"""The course of a resumable upload, sans I/O: create, append, look where to go on (16.3, 17).

A generator: it yields what to do next and is sent what came of it. Both clients drive it; they
only carry bytes and sleep.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass

from u1tray.rest import fields, file_requests, nodes, retries, uploads
from u1tray.rest.failures import Reply, failure_of
from u1tray.rest.nodes import Node
from u1tray.rest.offline import NOT_TRUSTED
from u1tray.rest.requests import Request
from u1tray.rest.retries import Course, Retry
from u1tray.rest.settings import CloudSettings
from u1tray.vocabulary.errors import ConflictError, OfflineError

# A broken connection costs no more than this where something on the way keeps whole requests back.
PART_BYTES = 128 * 1024 * 1024
# The server ends a silent connection after a minute; until then it holds the upload (16.3).
HELD_PATIENCE_SECONDS = 90.0
_LONGEST_HELD_DELAY_SECONDS = 10.0

_GONE = frozenset({404, 410})
_HELD = 409
_PASSING = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Sending:
    """What is sent where: `size` bytes to a `resource_path`.

    `sha1()` is the hash (`sha1:...`), asked for once all has gone, or may have. `condition` are
    headers as for a content PUT (7); `url` is of an upload of the same content that was begun
    before, or `''`.
    """

    settings: CloudSettings
    uploads_url: str
    target: str
    size: int
    sha1: Callable[[], str]
    condition: Mapping[str, str]
    url: str = ""


@dataclass(frozen=True)
class Ask:
    """Send a request; the answer is a Reply, or the OfflineError instead of one."""

    request: Request


@dataclass(frozen=True)
class Append:
    """The same, with `count` bytes from `offset` on as its body."""

    request: Request
    offset: int
    count: int


@dataclass(frozen=True)
class Pause:
    """Wait; `why` is a sentence. The answer is None."""

    seconds: float
    why: str


@dataclass(frozen=True)
class Note:
    """With this URL the upload can go on after a restart; `''`: it is over. The answer is None."""

    url: str


Step = Ask | Append | Pause | Note
Answer = Reply | OfflineError | None
Steps = Generator[Step, Answer, Node]
_Stretch = Generator[Step, Answer, Node | None]


class Resumption:
    """One upload on its way. `limit` is the most attempts without progress; None: for ever.

    `now` tells Unix seconds; `draw` is random in [0, 1).
    """

    def __init__(
        self,
        sending: Sending,
        *,
        now: Callable[[], float],
        draw: Callable[[], float],
        limit: int | None = retries.ATTEMPTS_BY_HAND,
        part_bytes: int = PART_BYTES,
    ) -> None:
        self._sending = sending
        self._now = now
        self._draw = draw
        self._limit = limit
        self._part_bytes = part_bytes
        self._url = sending.url if uploads.is_of(sending.url, sending.uploads_url) else ""
        self._offset: int | None = None  # None: to be asked for
        self._may_be_stored = bool(self._url)  # by an attempt whose answer nobody got
        self._reached = 0
        self._course = Course()
        self._held_seconds = 0.0

    def steps(self) -> Steps:
        """Yields steps; returns the file with its new content.

        Raises the families of `vocabulary.errors`.
        """
        while True:
            if not self._url:
                stored = yield from self._create()
            elif self._offset is None:
                stored = yield from self._look()
            else:
                stored = yield from self._append(self._offset)
            if stored is not None:
                return stored

    def abandon(self) -> Iterator[Step]:
        """Yields the steps that give it up; what comes of them does not matter."""
        if self._url:
            yield Ask(uploads.discard(self._url))
            yield Note("")

    def _create(self) -> _Stretch:
        sending = self._sending
        answer = yield Ask(
            uploads.create(sending.uploads_url, sending.target, sending.size, sending.condition)
        )
        if not isinstance(answer, Reply) or not answer.is_success:
            return (yield from self._failed(answer))
        if sending.size == 0:
            return (yield from self._committed(answer))
        self._url = uploads.location(answer, sending.uploads_url)
        self._offset = self._reached = 0
        yield Note(self._url)
        return None

    def _look(self) -> _Stretch:
        answer = yield Ask(uploads.look(self._url))
        if isinstance(answer, OfflineError):
            raise answer  # it was asked often enough
        assert answer is not None
        if answer.status in _GONE:
            return (yield from self._vanished())
        fields.raise_failure(answer, self._now())
        if not uploads.has_size(answer, self._sending.size):
            yield Ask(uploads.discard(self._url))  # it was begun for something else
            yield from self._end()
            return None
        self._move_to(uploads.offset(answer, self._sending.size))
        return None

    def _append(self, offset: int) -> _Stretch:
        count = min(self._part_bytes, self._sending.size - offset)
        answer = yield Append(uploads.append(self._url, offset, count), offset, count)
        if isinstance(answer, Reply) and answer.is_success:
            reached = uploads.offset(answer, self._sending.size)
            self._move_to(reached)
            if reached == self._sending.size:
                return (yield from self._committed(answer))
            return None
        if isinstance(answer, Reply) and answer.status in _GONE:
            return (yield from self._vanished())
        self._offset = None
        if isinstance(answer, Reply) and answer.status == _HELD:
            return (yield from self._held(answer))
        return (yield from self._failed(answer))

    def _move_to(self, offset: int) -> None:
        """Go on at an offset; attempts count from the last progress on."""
        if offset > self._reached:
            self._course = Course()
            self._held_seconds = 0.0
        self._offset = self._reached = offset

    def _committed(self, answer: Reply) -> _Stretch:
        if answer.header("etag") != f'"{self._sending.sha1()}"':
            yield from self._end()
            raise fields.broken(what="the hash of the stored content is another")
        return (yield from self._stored())

    def _stored(self) -> _Stretch:
        """The file, which was seen with the content."""
        yield from self._end()
        found = yield from self._target()
        if found is None or found.hash != self._sending.sha1():
            text = "It changed in the cloud right after it was stored. Look at it there."
            raise ConflictError(text)
        return found

    def _vanished(self) -> _Stretch:
        """Committed by a request whose answer was lost, expired, or removed: look, begin anew."""
        yield from self._end()
        found = yield from self._target()
        if found is not None and found.hash == self._sending.sha1():
            return found
        self._course = Course(self._course.attempts + 1)
        if self._limit is not None and self._course.attempts >= self._limit:
            text = "The cloud forgets the upload again and again. Try again later."
            raise ConflictError(text, code="upload_expired")
        return None

    def _held(self, answer: Reply) -> _Stretch:
        """Another request appends: most likely one of ours whose connection broke."""
        if self._limit is not None and self._held_seconds >= HELD_PATIENCE_SECONDS:
            fields.raise_failure(answer, self._now())
        self._course = Course(self._course.attempts + 1)
        self._may_be_stored = True
        seconds = retries.backoff_seconds(
            self._course.attempts, self._draw(), _LONGEST_HELD_DELAY_SECONDS
        )
        self._held_seconds += seconds
        yield Pause(seconds, self._sentence(answer))
        return None

    def _failed(self, answer: Answer) -> _Stretch:
        """Wait where that helps; raise what it means where it does not."""
        assert answer is not None
        retry = self._retry(answer)
        if retry is not None:
            self._course = retry.course
            self._may_be_stored = True
            yield Pause(retry.delay, self._sentence(answer))
            return None
        if isinstance(answer, OfflineError):
            raise answer
        yield from self._end()
        if answer.status == 412 and self._has_own_tag(answer):
            return (yield from self._stored())  # an earlier attempt got through (17)
        fields.raise_failure(answer, self._now())
        raise fields.broken(what="an answer to an upload")

    def _has_own_tag(self, answer: Reply) -> bool:
        """Whether an earlier attempt may have stored it, and has. The hash may cost much."""
        may_be = self._may_be_stored or answer.is_repeated
        return may_be and answer.header("etag") == f'"{self._sending.sha1()}"'

    def _retry(self, answer: Reply | OfflineError) -> Retry | None:
        # What came is kept and asked for, so a PATCH is repeated as safely as a PUT.
        if isinstance(answer, Reply):
            if answer.status not in _PASSING:
                return None
            return retries.after_reply(
                "PUT",
                answer,
                self._course,
                now=self._now(),
                draw=self._draw(),
                limit=self._limit,
            )
        if answer.code == NOT_TRUSTED:
            return None
        return retries.after_lost_connection(
            "PUT", self._course, draw=self._draw(), limit=self._limit
        )

    def _target(self) -> Generator[Step, Answer, Node | None]:
        answer = yield Ask(file_requests.node(self._sending.settings, self._sending.target))
        if isinstance(answer, OfflineError):
            raise answer
        assert answer is not None
        if answer.status in _GONE:
            return None
        return nodes.node(answer, self._now())

    def _end(self) -> Generator[Step, Answer, None]:
        if self._url:
            self._url, self._offset, self._reached = "", None, 0
            yield Note("")

    def _sentence(self, answer: Reply | OfflineError) -> str:
        if isinstance(answer, OfflineError):
            return answer.text
        failure = failure_of(answer, self._now())
        return "" if failure is None else failure.text

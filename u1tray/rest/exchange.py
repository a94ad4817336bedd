"""One request through all its attempts, sans I/O: sign, judge, wait, sign anew (REST contract, 17).

Both clients drive this; they only carry bytes and sleep.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

from u1tray.rest import requests, retries
from u1tray.rest.failures import Reply, code_of, failure_of
from u1tray.rest.offline import NOT_TRUSTED
from u1tray.rest.requests import Request
from u1tray.rest.retries import Course, Retry
from u1tray.rest.signing import HMAC_SHA1
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import OfflineError, SignedOutError

_SIGNED_OUT_CODES = frozenset({"oauth_invalid", "token_revoked"})


class Signer:
    """Signs for one account: its credentials, the server's clock, and whether it is signed out."""

    def __init__(self, credentials: Credentials | None, clock: Callable[[], float]) -> None:
        self._credentials = credentials
        self._clock = clock
        self._refused: SignedOutError | None = None
        self.clock_offset = 0.0  # seconds to add to our clock
        self.signature_method = HMAC_SHA1

    def now(self) -> float:
        """Unix seconds of our own clock."""
        return self._clock()

    @property
    def consumer_key(self) -> str:
        """The account's, `''` without credentials; no secret."""
        return "" if self._credentials is None else self._credentials.consumer_key

    def another(self) -> Signer:
        """One for another thread, which knows what this one has learnt."""
        made = Signer(self._credentials, self._clock)
        made._refused = self._refused
        made.clock_offset = self.clock_offset
        made.signature_method = self.signature_method
        return made

    def replace(self, credentials: Credentials | None) -> None:
        """Sign for other credentials from now on."""
        self._credentials = credentials
        self._refused = None

    def sign(self, request: Request) -> Request:
        """The request, signed for one attempt. Raises SignedOutError, also after `sign_out`."""
        if not request.needs_signature:
            requests.refuse_if_overheard(request)
            return request
        if self._refused is not None:
            raise self._refused
        if self._credentials is None:
            text = "This computer is not logged in to the cloud. Log in first."
            raise SignedOutError(text)
        return requests.signed(
            request,
            self._credentials,
            nonce=secrets.token_hex(16),
            timestamp=int(self._clock() + self.clock_offset),
            signature_method=self.signature_method,
        )

    def sign_out(self, refused: SignedOutError) -> None:
        """Sign no more until the credentials are replaced (17)."""
        self._refused = refused


class Exchange:
    """The attempts of one request. `limit` is the most of them; None goes on for ever."""

    def __init__(
        self,
        request: Request,
        signer: Signer,
        *,
        draw: Callable[[], float],
        limit: int | None = retries.ATTEMPTS_BY_HAND,
    ) -> None:
        self._request = request
        self._method = request.repeats_as or request.method
        self._signer = signer
        self._draw = draw
        self._limit = limit
        self._course = Course()
        self._lost_count = 0

    def attempt(self) -> Request:
        """What to send now, signed anew."""
        return self._signer.sign(self._request)

    def received(self, reply: Reply) -> float | None:
        """Seconds to wait before the next attempt; None: the reply is final."""
        if reply.is_success:
            return None
        retry = retries.after_reply(
            self._method,
            reply,
            self._course,
            now=self._signer.now(),
            draw=self._draw(),
            limit=self._limit,
        )
        if retry is None:
            self._note_signed_out(reply)
        return self._follow(retry)

    def final(self, reply: Reply) -> Reply:
        """The final answer, marked if an earlier attempt may have got through (17)."""
        course = self._course
        # A 401 that was repaired did nothing.
        sent = course.attempts - course.clock_corrected - course.nonce_renewed
        return replace(reply, is_repeated=True) if sent > 0 else reply

    def lost(self, error: OfflineError) -> float | None:
        """Seconds to wait before the next attempt; None: give up with this error."""
        if error.code == NOT_TRUSTED:
            return None
        self._lost_count += 1
        if self._lost_count == self._request.lost_limit:
            return None
        retry = retries.after_lost_connection(
            self._method, self._course, draw=self._draw(), limit=self._limit
        )
        return self._follow(retry)

    def _follow(self, retry: Retry | None) -> float | None:
        if retry is None:
            return None
        self._course = retry.course
        if retry.clock_offset is not None:
            self._signer.clock_offset = retry.clock_offset
        return retry.delay

    def _note_signed_out(self, reply: Reply) -> None:
        if self._request.needs_signature and code_of(reply) in _SIGNED_OUT_CODES:
            failure = failure_of(reply, self._signer.now())
            if isinstance(failure, SignedOutError):
                self._signer.sign_out(failure)

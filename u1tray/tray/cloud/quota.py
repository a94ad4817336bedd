"""Asking the cloud for the quota, through Qt, without ever blocking or trusting the answer.

What is asked and what an answer means is `rest`'s; how often to ask is `status`'s. QtNetwork is
loaded by the first request only: an indicator without a cloud does not pay for it.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PyQt5.QtCore import QObject, QTimer

from u1tray.rest import replies, requests, retries, settings
from u1tray.rest.failures import Reply
from u1tray.status.events import StorageFailed, StorageHeard
from u1tray.status.values import StorageProblem
from u1tray.tray.cloud.exchange import Exchange, make_manager, qt_has_tls
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import (
    BusyError,
    ContractError,
    NotFoundError,
    QuotaError,
    RefusedError,
    ServerError,
    SignedOutError,
    U1Error,
    UsageError,
)

if TYPE_CHECKING:
    from PyQt5.QtNetwork import QNetworkAccessManager

_log = logging.getLogger(__name__)

TRANSFER_SECONDS = 15.0
Outcome = StorageHeard | StorageFailed
Done = Callable[[Outcome], None]

# By family; a 401 or 403 is signed out, but for what no log-in can mend.
PROBLEMS: Mapping[type[U1Error], StorageProblem] = {
    SignedOutError: StorageProblem.SIGNED_OUT,
    RefusedError: StorageProblem.SIGNED_OUT,
    BusyError: StorageProblem.SERVER,
    ServerError: StorageProblem.SERVER,
    QuotaError: StorageProblem.SERVER,
    NotFoundError: StorageProblem.NOT_A_CLOUD,
    ContractError: StorageProblem.NOT_A_CLOUD,
}
_SERVER_CODES = frozenset({"oauth_timestamp_refused", "oauth_nonce_used"})

_NO_TLS = (
    "Qt has no TLS here, so a cloud with an https address cannot be asked. Use the PyQt5 of the"
    " distribution (python3-pyqt5 on Debian and Ubuntu, python3-qt5 on Fedora and openSUSE,"
    " python-pyqt5 on Arch) rather than the one of PyPI, which wants OpenSSL 1.1."
)


def missing_tls(api_url: str) -> str:
    """What to tell a person when this cloud needs TLS and Qt has none; else `''`."""
    if urlsplit(api_url).scheme != "https" or qt_has_tls():
        return ""
    return _NO_TLS


class Cloud(QObject):
    """Asks for the quota: one request under way, one outcome for everybody who asked meanwhile."""

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        transfer_seconds: float = TRANSFER_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._offset_seconds = 0.0  # of the cloud's clock against ours
        self._waiting: list[Done] = []
        self._exchange: Exchange | None = None
        self._manager: QNetworkAccessManager | None = None
        self._transfer_seconds = transfer_seconds
        self._credentials: Credentials | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(lambda: self._begin(self._credentials, retries.Course()))

    def ask(self, credentials: Credentials | None, done: Done) -> None:
        """Call `done` exactly once, from the loop, with what came of GET {one}/api/quota/.

        `credentials` None: nobody is logged in. A second call while one is under way shares its
        outcome. After `close` nothing is called any more.
        """
        self._waiting.append(done)
        if len(self._waiting) > 1:
            return
        self._credentials = credentials
        self._soon.start(0)

    def forget(self) -> None:
        """Another cloud was chosen: give up the request under way, and the old one's clock."""
        self._offset_seconds = 0.0
        self._drop()
        if self._waiting:
            self._finish(StorageFailed(StorageProblem.NOT_ASKED))

    def close(self) -> None:
        """End at once and call nobody."""
        self._waiting.clear()
        self._drop()

    def _drop(self) -> None:
        self._soon.stop()
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.abort()

    def _begin(self, credentials: Credentials | None, course: retries.Course) -> None:
        self._credentials = None
        ready = self._prepared(credentials)
        if isinstance(ready, StorageFailed):
            self._finish(ready)
            return
        cloud, holder = ready
        request = requests.quota(cloud)
        timestamp = int(self._clock() + self._offset_seconds)
        signed = requests.signed(
            request, holder, nonce=secrets.token_urlsafe(16), timestamp=timestamp
        )

        def ended(answer: Reply | StorageProblem) -> None:
            self._exchange = None
            if isinstance(answer, StorageProblem):
                self._finish(StorageFailed(answer))
            else:
                self._answered(answer, holder, course)

        _log.debug("asking %s", request)
        self._exchange = Exchange(
            self,
            self._qt(),
            signed,
            ca_file=cloud.ca_file,
            seconds=self._transfer_seconds,
            ended=ended,
        )

    def _prepared(
        self, credentials: Credentials | None
    ) -> tuple[settings.CloudSettings, Credentials] | StorageFailed:
        """The cloud and whose quota to ask for, or why asking makes no sense."""
        try:
            cloud = settings.load()
        except UsageError as error:
            _log.warning("%s", error.text)
            return StorageFailed(StorageProblem.NO_CLOUD)
        if cloud is None:
            return StorageFailed(StorageProblem.NO_CLOUD)
        if credentials is None:
            return StorageFailed(StorageProblem.SIGNED_OUT)
        missing = missing_tls(cloud.api_url)
        if missing:
            _log.warning("%s", missing)
            return StorageFailed(StorageProblem.TLS)
        return cloud, credentials

    def _answered(self, reply: Reply, credentials: Credentials, course: retries.Course) -> None:
        now = self._clock()
        # Limit 1: of all that may be repeated only the two repairs of 17 are, at once; the rest
        # is asked again when `status` says so.
        repair = retries.after_reply("GET", reply, course, now=now, draw=0.0, limit=1)
        if repair is not None:
            if repair.clock_offset is not None:
                self._offset_seconds = repair.clock_offset
                _log.info("the cloud's clock differs by %.0f s", repair.clock_offset)
            self._begin(credentials, repair.course)
            return
        self._finish(outcome_of(reply, now))

    def _finish(self, outcome: Outcome) -> None:
        waiting, self._waiting = self._waiting, []
        for done in waiting:
            done(outcome)

    def _qt(self) -> QNetworkAccessManager:
        if self._manager is None:
            self._manager = make_manager(self)
        return self._manager


def outcome_of(reply: Reply, now: float) -> Outcome:
    """What an answer means. `now` in Unix seconds. Accepts every status, header and body."""
    try:
        return StorageHeard(replies.quota(reply, now))
    except U1Error as error:
        _log.warning("the cloud's quota: %s (status %d)", error.text, reply.status)
        retry_after = error.retry_after if isinstance(error, BusyError) else None
        return StorageFailed(_problem_of(error), error.oops_id, retry_after)


def _problem_of(error: U1Error) -> StorageProblem:
    if error.code in _SERVER_CODES:
        return StorageProblem.SERVER
    if not error.code and isinstance(error, RefusedError):
        return StorageProblem.NOT_A_CLOUD  # a proxy or a portal; no log-in can mend it
    return next((PROBLEMS[k] for k in type(error).__mro__ if k in PROBLEMS), StorageProblem.SERVER)

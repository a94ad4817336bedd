"""One HTTP request through Qt and its answer, bounded in time and in size.

The only module that talks to QtNetwork. Never ignores a TLS error, follows a redirect, keeps a
cookie or an answer; what an answer means is not known here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from PyQt5.QtCore import QByteArray, QCoreApplication, QObject, QTimer, QUrl

from u1tray.rest.failures import Reply
from u1tray.rest.requests import Request
from u1tray.rest.urls import is_loopback
from u1tray.status.values import StorageProblem

if TYPE_CHECKING:
    from PyQt5.QtNetwork import (
        QNetworkAccessManager,
        QNetworkProxy,
        QNetworkProxyQuery,
        QNetworkReply,
        QNetworkRequest,
    )

_log = logging.getLogger(__name__)

LARGEST_BODY_BYTES = 64 * 1024

# QNetworkReply.NetworkError: below 200 the connection or the proxy, from 200 on the answer.
_FIRST_ANSWER_ERROR = 200


class Exchange(QObject):
    """One request and its answer, bounded in time and size."""

    def __init__(
        self,
        parent: QObject,
        manager: QNetworkAccessManager,
        request: Request,
        *,
        ca_file: str,
        seconds: float,
        ended: Callable[[Reply | StorageProblem], None],
    ) -> None:
        super().__init__(parent)
        self._ended: Callable[[Reply | StorageProblem], None] | None = ended
        self._body = b""
        self._reply: QNetworkReply = manager.get(_qt_request(request, ca_file))
        self._reply.setReadBufferSize(LARGEST_BODY_BYTES + 1)
        self._reply.readyRead.connect(self._read)
        self._reply.finished.connect(self._finished)
        # Qt's own transfer time-out starts again with every byte.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(lambda: self._give_up(StorageProblem.OFFLINE, "time-out"))
        self._timer.start(int(seconds * 1000))

    def abort(self) -> None:
        """Stop; nobody is told."""
        self._ended = None
        self._timer.stop()
        self._reply.abort()
        self._reply.deleteLater()
        self.deleteLater()

    def _read(self) -> None:
        # None once the connection broke.
        self._body += self._reply.read(LARGEST_BODY_BYTES + 1 - len(self._body)) or b""
        if len(self._body) > LARGEST_BODY_BYTES:
            self._give_up(StorageProblem.NOT_A_CLOUD, "an answer without end")

    def _finished(self) -> None:
        if self._ended is None:
            return
        self._read()
        if len(self._body) <= LARGEST_BODY_BYTES:
            self._tell(_answer(self._reply, self._body))

    def _give_up(self, problem: StorageProblem, why: str) -> None:
        _log.warning("the cloud's quota: %s", why)
        self._tell(problem)

    def _tell(self, answer: Reply | StorageProblem) -> None:
        ended = self._ended
        self.abort()
        if ended is not None:
            ended(answer)


def _answer(reply: QNetworkReply, body: bytes) -> Reply | StorageProblem:
    """The whole answer, or why there is none."""
    from PyQt5.QtNetwork import QNetworkReply, QNetworkRequest  # noqa: PLC0415 - see cloud

    status = reply.attribute(QNetworkRequest.HttpStatusCodeAttribute)
    error = cast("Callable[[], int]", reply.error)()  # the stubs take it for Qt 4's signal
    if status is None or 0 < error < _FIRST_ANSWER_ERROR:
        # Qt's text names the host and the reason, never a header.
        _log.warning("the cloud's quota: %s", reply.errorString())
        if error >= _FIRST_ANSWER_ERROR:
            return StorageProblem.NOT_A_CLOUD  # it does not speak HTTP
        tls = error == QNetworkReply.NetworkError.SslHandshakeFailedError
        return StorageProblem.TLS if tls else StorageProblem.OFFLINE
    headers = {
        bytes(name).decode("latin-1"): bytes(value).decode("latin-1")
        for name, value in reply.rawHeaderPairs()
    }
    return Reply(int(status), headers, body)


def _qt_request(request: Request, ca_file: str) -> QNetworkRequest:
    from PyQt5.QtNetwork import QNetworkRequest, QSslConfiguration  # noqa: PLC0415

    url = QUrl.fromEncoded(QByteArray(request.url.encode()), QUrl.StrictMode)
    made = QNetworkRequest(url)
    made.setAttribute(QNetworkRequest.RedirectPolicyAttribute, QNetworkRequest.ManualRedirectPolicy)
    made.setAttribute(QNetworkRequest.CacheLoadControlAttribute, QNetworkRequest.AlwaysNetwork)
    made.setAttribute(QNetworkRequest.CacheSaveControlAttribute, False)
    for attribute in (
        QNetworkRequest.CookieLoadControlAttribute,
        QNetworkRequest.CookieSaveControlAttribute,
        QNetworkRequest.AuthenticationReuseAttribute,
    ):
        made.setAttribute(attribute, QNetworkRequest.Manual)
    # Not compressed: an answer is a line, and the bound on its size is then one on the wire.
    for name, value in {"Accept-Encoding": "identity", **request.headers}.items():
        made.setRawHeader(QByteArray(name.encode("latin-1")), QByteArray(value.encode("latin-1")))
    if ca_file and request.url.startswith("https:"):
        trusted = QSslConfiguration.defaultConfiguration()
        # Beside the system's. A file that cannot be read adds nothing: the answer is then TLS.
        if not trusted.addCaCertificates(ca_file):
            _log.warning("the certificates in %s cannot be used: correct ca_file", ca_file)
        made.setSslConfiguration(trusted)
    return made


def make_manager(parent: QObject) -> QNetworkAccessManager:
    """What sends requests: by the system's proxies, but never for this computer itself."""
    from PyQt5.QtNetwork import (  # noqa: PLC0415
        QNetworkAccessManager,
        QNetworkProxy,
        QNetworkProxyFactory,
    )

    class Proxies(QNetworkProxyFactory):
        def queryProxy(self, query: QNetworkProxyQuery) -> list[QNetworkProxy]:  # type: ignore[override]  # noqa: N802
            if is_loopback(query.peerHostName()):
                return [QNetworkProxy(QNetworkProxy.NoProxy)]
            return list(QNetworkProxyFactory.systemProxyForQuery(query))

    with _without_bearers():
        manager = QNetworkAccessManager(parent)
    manager.setProxyFactory(Proxies())
    return manager


def qt_has_tls() -> bool:
    """Whether Qt found the OpenSSL it was built for."""
    from PyQt5.QtNetwork import QSslSocket  # noqa: PLC0415

    return QSslSocket.supportsSsl()


@contextmanager
def _without_bearers() -> Iterator[None]:
    """Keep Qt from loading its bearer plugins while a manager is made.

    They cost 1.6 MB and a thread of QtDBus, and take a host without NetworkManager's blessing for
    offline, even when the cloud is on this very host.
    """
    places = QCoreApplication.libraryPaths()
    QCoreApplication.setLibraryPaths([])
    try:
        yield
    finally:
        QCoreApplication.setLibraryPaths(places)

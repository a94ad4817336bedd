"""The certificate of a server that speaks TLS itself; a renewed one is used without a restart."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import ssl
from collections.abc import AsyncIterator
from datetime import datetime, timezone
from pathlib import Path

from u1tray.server.settings.options import Settings
from u1tray.vocabulary.errors import UsageError

logger = logging.getLogger(__name__)

# The files lie anywhere, written by anyone: looking at them now and then needs no cooperation.
LOOK_EVERY_S = 60.0
_CERTIFICATE, _KEY = "tls_certificate", "tls_key"

# What tells that a file was replaced or written anew.
_Stamp = tuple[tuple[int, int, int], ...]


class Certificate:
    """Two files and what they held when they were last whole."""

    def __init__(self, settings: Settings) -> None:
        """Raises UsageError for files that cannot be used, naming the option at fault."""
        self._settings = settings
        self._certificate = self._path(_CERTIFICATE)
        self._key = self._path(_KEY)
        self._stamp = self._look()
        self._current = self._load()
        self.context = self._load()
        self.context.sni_callback = self._choose

    def reload(self) -> None:
        """Use what the files hold now for new connections; what cannot be used is only told."""
        self._stamp = self._look()
        try:
            self._current = self._load()
        except UsageError as error:
            logger.error("still using the old certificate: %s", error.text)
        else:
            logger.info("the certificate was read again")

    def reload_if_changed(self) -> None:
        """`reload`, if the files are others than before."""
        if self._look() != self._stamp:
            self.reload()

    def _path(self, name: str) -> Path:
        found: Path | None = getattr(self._settings, name)
        if found is None:
            other = _KEY if name == _CERTIFICATE else _CERTIFICATE
            message = f"{name} is needed too"
            raise self._settings.fault(other, message)
        return found

    def _look(self) -> _Stamp:
        found = []
        for path in (self._certificate, self._key):
            with contextlib.suppress(OSError):
                status = path.stat()
                found.append((status.st_ino, status.st_size, status.st_mtime_ns))
        return tuple(found)

    def _choose(
        self, wire: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext
    ) -> int | None:
        """Give a new connection the newest certificate; those that are open keep theirs."""
        wire.context = self._current
        return None

    def _load(self) -> ssl.SSLContext:
        self._check_expiry(self._read(_CERTIFICATE, self._certificate))
        self._read(_KEY, self._key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION
        try:
            # A key with a password would otherwise be asked for on the terminal.
            context.load_cert_chain(self._certificate, self._key, password=lambda: b"")
        except (OSError, ValueError) as error:
            raise self._settings.fault(_KEY, self._words(error)) from error
        return context

    def _words(self, error: Exception) -> str:
        if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
            return f"the key {self._key} does not belong to the certificate {self._certificate}"
        return f"{self._key} holds no key in PEM form, or one with a password"

    def _read(self, name: str, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            message = f"cannot read {path}: {error.strerror or error}"
            raise self._settings.fault(name, message) from error

    def _check_expiry(self, pem: bytes) -> None:
        from cryptography import x509  # noqa: PLC0415 - only who speaks TLS needs it

        try:
            first = x509.load_pem_x509_certificates(pem)[0]
        except ValueError as error:
            message = f"{self._certificate} holds no certificate in PEM form"
            raise self._settings.fault(_CERTIFICATE, message) from error
        if first.not_valid_after_utc < datetime.now(timezone.utc):
            logger.warning("the certificate %s has expired: clients refuse it", self._certificate)


def certificate_of(settings: Settings) -> Certificate | None:
    """The certificate to serve with, None to serve plain HTTP. Raises UsageError."""
    if settings.tls_certificate is None and settings.tls_key is None:
        return None
    return Certificate(settings)


@contextlib.asynccontextmanager
async def kept_fresh(
    certificate: Certificate | None, look_every_s: float = LOOK_EVERY_S
) -> AsyncIterator[None]:
    """Meanwhile the certificate is read again on SIGHUP, and when its files change."""
    loop = asyncio.get_running_loop()
    reload = _nothing_to_reload if certificate is None else certificate.reload
    loop.add_signal_handler(signal.SIGHUP, reload)
    looking = asyncio.create_task(_look_now_and_then(certificate, look_every_s))
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking


async def _look_now_and_then(certificate: Certificate | None, every_s: float) -> None:
    while certificate is not None:
        await asyncio.sleep(every_s)
        certificate.reload_if_changed()


def _nothing_to_reload() -> None:
    logger.info("process %d: there is no certificate to read again", os.getpid())

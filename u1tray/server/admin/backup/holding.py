"""Keeps the contents of a cloud from being collected while a backup is made, however long that
takes: a thread renews the hold."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from types import TracebackType

from sqlalchemy.exc import SQLAlchemyError

from u1tray.server.clock import Clock
from u1tray.server.storage.metadata import holds
from u1tray.server.storage.metadata.database import Database
from u1tray.vocabulary.errors import BusyError, U1Error

logger = logging.getLogger(__name__)

RENEW_EVERY_S = 60.0


class Holding:
    """A context in which nothing is collected. Its name is its own: backups at once share none."""

    def __init__(
        self, database: Database, clock: Clock, renew_every_s: float = RENEW_EVERY_S
    ) -> None:
        self._database = database
        self._clock = clock
        self._renew_every_s = renew_every_s
        self._name = f"backup-{secrets.token_hex(8)}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._renew_again, name="hold", daemon=True)
        self._was_lost = False
        self._held_until = 0.0  # of the monotonic clock

    def __enter__(self) -> Holding:
        self._renew()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        with self._database.writing() as connection:
            holds.release(connection, self._name)

    def check(self) -> None:
        """Raises BusyError when there was a time in which contents could be collected."""
        if self._was_lost or time.monotonic() >= self._held_until:
            message = "the database could not be written for long: make the backup again"
            raise BusyError(message, code="busy", retry_after=self._renew_every_s)

    def _renew(self) -> None:
        now = time.monotonic()
        with self._database.writing() as connection:
            holds.renew(connection, self._name, self._clock.now())
        self._was_lost |= 0.0 < self._held_until <= now
        self._held_until = now + holds.HOLD_S

    def _renew_again(self) -> None:
        while not self._over.wait(self._renew_every_s):
            try:
                self._renew()
            except (U1Error, SQLAlchemyError) as error:
                logger.warning("cannot hold the contents now: %s", error)

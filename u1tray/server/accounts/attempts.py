"""How many wrong passwords are taken: ten in ten minutes, per account and per address (14)."""

from __future__ import annotations

import hashlib
import math

from sqlalchemy import Connection

from u1tray.server.storage.metadata import attempts as rows

MAX_ATTEMPTS = 10
WINDOW_S = 600.0


class TooManyAttemptsError(Exception):
    """No password is looked at for `retry_after_s` seconds."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many wrong passwords, again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


def subjects(email_key: str, address: str) -> tuple[bytes, ...]:
    """Whom an attempt is counted for. Unknown e-mail addresses count like known ones."""
    texts = [f"account {email_key}"] + ([f"address {address}"] if address else [])
    return tuple(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts)


def begin(connection: Connection, who: tuple[bytes, ...], now: float) -> list[int]:
    """Count an attempt as wrong before the password is looked at, so that many at once count too.

    The result is for `succeed`. Raises TooManyAttemptsError.
    """
    rows.forget_before(connection, now - WINDOW_S)
    waits = [_wait_s(rows.since(connection, subject, now - WINDOW_S), now) for subject in who]
    if any(waits):
        raise TooManyAttemptsError(max(waits))
    return [rows.add(connection, subject, now) for subject in who]


def succeed(connection: Connection, numbers: list[int]) -> None:
    """The password was right: the attempt counts no longer."""
    rows.remove(connection, numbers)


def _wait_s(attempts: list[float], now: float) -> int:
    """Seconds until there are fewer attempts than are taken; 0 when there are."""
    if len(attempts) < MAX_ATTEMPTS:
        return 0
    return max(1, math.ceil(attempts[-MAX_ATTEMPTS] + WINDOW_S - now))

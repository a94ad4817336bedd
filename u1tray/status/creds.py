"""What is known of stored credentials (D-Bus contract, 8.1, T17, T18, T20).

Asks only a daemonless question, `find_credentials_sync`, and seldom; listens to everybody's news.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from u1tray.status.commands import AskCredentials, Command
from u1tray.status.deadlines import due
from u1tray.status.values import Creds
from u1tray.vocabulary import names
from u1tray.vocabulary.credentials import CredentialsErrorType

NOT_USER_SECONDS = 5.0
PENDING_SECONDS = 3.0
AGAIN_SECONDS = 600.0
LEAST_SECONDS = 5.0
"""Between two questions, however often the keyring changes."""

_KNOWN = frozenset({Creds.FOUND, Creds.NONE})
_LOCKED = frozenset(
    {
        CredentialsErrorType.KEYRING_LOCKED.value,
        CredentialsErrorType.KEYRING_NOT_AVAILABLE.value,
    }
)


@dataclass(frozen=True)
class Knowledge:
    """`value` as of 8.1. `stale`: something happened that makes asking again worthwhile."""

    value: Creds = Creds.UNAVAILABLE
    stale: bool = False
    asking: bool = False
    asked_at: float | None = None
    pending_at: float | None = None
    not_user_until: float | None = None
    not_user: bool = False
    ask_at: float | None = None

    @property
    def wakes(self) -> tuple[float | None, ...]:
        return (self.pending_at, self.not_user_until, self.ask_at)


def availability(knowledge: Knowledge, available: bool) -> Knowledge:
    """The service came or went: from the bus's lists of names."""
    if not available:
        return replace(_answered(knowledge), value=Creds.UNAVAILABLE, stale=False)
    if knowledge.value is not Creds.UNAVAILABLE:
        return knowledge
    return replace(knowledge, value=Creds.UNKNOWN)


def news(knowledge: Knowledge, value: Creds) -> Knowledge:
    """Anybody's Found, NotFound, Cleared or Stored (T18)."""
    return replace(knowledge, value=value, stale=False, pending_at=None)


def worth_asking(knowledge: Knowledge) -> Knowledge:
    """A person acted, or the keyring appeared or changed."""
    return knowledge if knowledge.stale else replace(knowledge, stale=True)


def found(knowledge: Knowledge, there: bool) -> Knowledge:
    """The answer to our question."""
    return replace(_answered(knowledge), value=Creds.FOUND if there else Creds.NONE)


def failed(knowledge: Knowledge, error: str) -> Knowledge:
    """No answer, or a reason (T20). `error` is a full D-Bus name, judged by its last part (C8)."""
    return replace(_answered(knowledge), value=_value_of(error))


def is_locked(errtype: str) -> bool:
    """The keyring, not the account, is in the way."""
    return errtype in _LOCKED


def _value_of(error: str) -> Creds:
    if error in {names.SERVICE_UNKNOWN, names.NAME_HAS_NO_OWNER}:
        return Creds.UNAVAILABLE
    return Creds.LOCKED if is_locked(error.rsplit(".", 1)[-1]) else Creds.ERROR


def _answered(knowledge: Knowledge) -> Knowledge:
    return replace(knowledge, asking=False, pending_at=None)


def advance(
    knowledge: Knowledge, *, not_user: bool, now: float
) -> tuple[Knowledge, tuple[Command, ...]]:
    """`not_user`: a daemon is present, `Not User`, without error, and not paused."""
    if due(knowledge.pending_at, now):
        knowledge = replace(knowledge, pending_at=None, value=Creds.PENDING)
    knowledge = _watch_user(knowledge, not_user, now)
    if not knowledge.not_user or knowledge.asking or knowledge.value is Creds.UNAVAILABLE:
        return _at(knowledge, None), ()
    ask_at = _next(knowledge, now)
    if ask_at is None or now < ask_at:
        return _at(knowledge, ask_at), ()
    asked = replace(
        knowledge,
        asking=True,
        stale=False,
        asked_at=now,
        pending_at=now + PENDING_SECONDS,
        ask_at=None,
    )
    return asked, (AskCredentials(),)


def _watch_user(knowledge: Knowledge, not_user: bool, now: float) -> Knowledge:
    if not not_user:
        if knowledge.not_user or knowledge.not_user_until is not None:
            return replace(knowledge, not_user=False, not_user_until=None)
        return knowledge
    if knowledge.not_user:
        return knowledge
    if knowledge.not_user_until is None:
        return replace(knowledge, not_user_until=now + NOT_USER_SECONDS)
    if due(knowledge.not_user_until, now):
        return replace(knowledge, not_user=True, not_user_until=None)
    return knowledge


def _next(knowledge: Knowledge, now: float) -> float | None:
    if knowledge.asked_at is None:
        return now if knowledge.stale or knowledge.value not in _KNOWN else None
    if knowledge.stale or knowledge.value is Creds.UNKNOWN:
        return knowledge.asked_at + LEAST_SECONDS
    return None if knowledge.value in _KNOWN else knowledge.asked_at + AGAIN_SECONDS


def _at(knowledge: Knowledge, ask_at: float | None) -> Knowledge:
    return knowledge if knowledge.ask_at == ask_at else replace(knowledge, ask_at=ask_at)

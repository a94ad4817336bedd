"""When the cloud is asked for the account's quota, and what is known of it.

On a trigger only, at most once a minute, with a bounded number of growing waits after failures.
Knows nothing of HTTP: the problem comes as one of `StorageProblem`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from u1tray.status.commands import AskStorage, Command
from u1tray.status.values import Storage, StorageProblem
from u1tray.vocabulary.quota import Quota

LEAST_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 900.0
RETRIES = 5
"""Failures in a row after which only a new trigger asks again."""
LOST_SECONDS = 120.0
"""An answer that is not there by now will not come."""

_PASSING = frozenset({StorageProblem.OFFLINE, StorageProblem.SERVER})


@dataclass(frozen=True)
class Account:
    """`signed_out`: nothing is asked until there is news of credentials.

    `void`: the answer on its way belongs to a cloud that is not ours any more.
    """

    storage: Storage = field(default_factory=Storage)
    wanted: bool = False
    asking: bool = False
    asked_at: float | None = None
    not_before: float | None = None
    failures: int = 0
    signed_out: bool = False
    seen_online: bool = False
    burst: bool = False
    busy: bool = False
    void: bool = False

    @property
    def wakes(self) -> tuple[float | None, ...]:
        waits = self.wanted and not self.asking and not self.signed_out
        return (self.not_before if waits else None,)


def wanted(account: Account) -> Account:
    """A trigger that may wait for its turn."""
    return account if account.wanted else replace(account, wanted=True)


def looked_at(account: Account, now: float) -> Account:
    """Somebody is about to look: ask if that is older than a minute and allowed right now."""
    asked_at = account.storage.asked_at
    old = asked_at is None or now - asked_at >= LEAST_SECONDS
    free = account.not_before is None or now >= account.not_before
    return wanted(account) if old and free and not account.signed_out else account


def heard(account: Account, quota: Quota, now: float) -> Account:
    """A good answer."""
    if account.void:
        return replace(account, void=False, asking=False)
    return replace(
        account,
        storage=Storage(quota=quota, asked_at=now, problem=None),
        asking=False,
        failures=0,
        signed_out=False,
        not_before=_asked(account, now) + LEAST_SECONDS,
    )


def failed(
    account: Account,
    problem: StorageProblem,
    oops_id: str,
    retry_after: float | None,
    now: float,
) -> Account:
    """No answer: what was heard before stays, with its age."""
    if account.void:
        return replace(account, void=False, asking=False)
    failures = account.failures + 1
    wait = min(LONGEST_WAIT_SECONDS, LEAST_SECONDS * 2.0 ** min(failures - 1, 10))
    if retry_after is not None and retry_after > 0:
        wait = max(wait, retry_after)
    return replace(
        account,
        storage=replace(account.storage, problem=problem, oops_id=oops_id),
        asking=False,
        failures=failures,
        signed_out=problem is StorageProblem.SIGNED_OUT,
        not_before=now + wait,
        wanted=account.wanted or (problem in _PASSING and failures <= RETRIES),
    )


def credentials_came(account: Account) -> Account:
    """Found, stored, or a keyring that opened: a cloud that refused may accept now."""
    if not account.signed_out:
        return account
    return replace(account, signed_out=False, failures=0, wanted=True, not_before=_turn(account))


def credentials_went(account: Account) -> Account:
    """Cleared: what was heard belongs to nobody."""
    gone = Storage(problem=StorageProblem.SIGNED_OUT)
    return replace(account, storage=gone, signed_out=True, wanted=False, void=account.asking)


def network_changed(account: Account) -> Account:
    """A wait that grew for want of a network is void."""
    if account.storage.problem is not StorageProblem.OFFLINE:
        return account
    return replace(account, failures=0, not_before=_turn(account), wanted=account.seen_online)


def forgotten(account: Account) -> Account:
    """Another cloud: ask it as soon as the old one's answer is out of the way."""
    return Account(
        wanted=True,
        seen_online=account.seen_online,
        asking=account.asking,
        asked_at=account.asked_at if account.asking else None,
        void=account.asking,
    )


def owner_changed(account: Account) -> Account:
    """The next time online is a first connection again."""
    if not account.seen_online and not account.burst:
        return account
    return replace(account, seen_online=False, burst=False)


def _asked(account: Account, now: float) -> float:
    return now if account.asked_at is None else account.asked_at


def _turn(account: Account) -> float | None:
    return None if account.asked_at is None else account.asked_at + LEAST_SECONDS


def advance(
    account: Account, *, online: bool, busy: bool, transferring: bool, now: float
) -> tuple[Account, tuple[Command, ...]]:
    """See a first connection and the end of a burst; ask when it is our turn."""
    account = _triggers(account, online, busy, transferring)
    if account.asking and account.asked_at is not None and now > account.asked_at + LOST_SECONDS:
        account = replace(account, asking=False, void=False)
    if not account.wanted or account.asking or account.signed_out:
        return account, ()
    if account.not_before is not None and now < account.not_before:
        return account, ()
    asked = replace(
        account, wanted=False, asking=True, asked_at=now, not_before=now + LEAST_SECONDS
    )
    return asked, (AskStorage(),)


def _triggers(account: Account, online: bool, busy: bool, transferring: bool) -> Account:
    if not online:
        return replace(account, burst=False, busy=False) if account.busy else account
    if not account.seen_online:
        account = replace(account, seen_online=True, wanted=True)
    if transferring and not account.burst:
        account = replace(account, burst=True)
    if account.burst and account.busy and not busy and not transferring:
        account = replace(account, burst=False, wanted=True)
    return account if account.busy == busy else replace(account, busy=busy)

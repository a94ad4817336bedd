"""Which volumes are over quota (D-Bus contract, 8.2 "quota test", T11, T25, T34).

QuotaExceeded says so once; whether it still holds only the queue and free_space can tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from u1tray.status.commands import AskFreeSpace, AskWaiting, Command
from u1tray.status.deadlines import due
from u1tray.vocabulary import names
from u1tray.vocabulary.wire import number, truth

REPEAT_SECONDS = 60.0
STUCK_SECONDS = 10.0
"""Online work without a transfer for so long is suspicious."""
LEAST_SECONDS = 10.0
"""T34: `waiting` can be huge and is asked for no more often than this."""

Waiting = Iterable[tuple[str, str, Mapping[str, str]]]


@dataclass(frozen=True)
class QuotaTest:
    """`over`: volume ids. `sizes`: the largest waiting upload of each volume under test.

    `fresh`: volumes whose QuotaExceeded came while a test was running.
    """

    over: frozenset[str] = frozenset()
    volumes: Mapping[str, str] = field(default_factory=lambda: {"": "Root"})
    sizes: Mapping[str, int] = field(default_factory=dict)
    fresh: frozenset[str] = frozenset()
    asking: bool = False
    seen_online: bool = False
    wanted: bool = False
    unavailable: bool = False
    asked_at: float | None = None
    repeat_at: float | None = None
    stuck_at: float | None = None
    stuck: bool = False
    ask_at: float | None = None

    @property
    def wakes(self) -> tuple[float | None, ...]:
        return (self.repeat_at, self.stuck_at, self.ask_at)


def exceeded(test: QuotaTest, volume: Mapping[str, str], now: float) -> QuotaTest:
    """QuotaExceeded: remember the volume. Another person's share does not count."""
    if is_share(volume):
        return test
    volume_id = str(volume.get("volume_id", ""))
    return replace(
        test,
        over=test.over | {volume_id},
        fresh=test.fresh | {volume_id},
        repeat_at=now + REPEAT_SECONDS if test.repeat_at is None else test.repeat_at,
    )


def is_share(volume: Mapping[str, str]) -> bool:
    """A folder that somebody else offers: the space is theirs."""
    return str(volume.get("type", "")) == "Share"


def volumes_changed(test: QuotaTest, volumes: Iterable[Mapping[str, str]]) -> QuotaTest:
    """The ids that free_space may be asked for (T25)."""
    known = {str(v.get("volume_id", "")): str(v.get("type", "")) for v in volumes}
    known.setdefault("", "Root")
    over = frozenset(v for v in test.over if v in known)
    return replace(test, volumes=known, over=over)


def upload_removed(test: QuotaTest, volume_id: str) -> QuotaTest:
    """An Upload left the queue: something may have become free."""
    if test.unavailable:
        return replace(test, over=test.over - {volume_id})
    return replace(test, wanted=True)


def waiting_told(test: QuotaTest, waiting: Waiting, owner: str) -> tuple[QuotaTest, list[Command]]:
    """The queue: ask for the room of every volume with a resting upload, clear the others."""
    sizes: dict[str, int] = {}
    for name, _, data in waiting:
        size = number(data.get("size"))
        if name == "Upload" and size is not None and not truth(data.get("running", "")):
            volume_id = str(data.get("share_id", ""))
            sizes[volume_id] = max(size, sizes.get(volume_id, 0))
    over = frozenset(v for v in test.over if v in sizes or v in test.fresh)
    asked = {v: size for v, size in sizes.items() if test.volumes.get(v, "Share") != "Share"}
    commands: list[Command] = [AskFreeSpace(owner, volume_id) for volume_id in asked]
    return replace(test, over=over, sizes=asked, asking=False), commands


def waiting_failed(test: QuotaTest, error: str) -> QuotaTest:
    """No answer is no news; a member that does not exist is not asked for again (T29)."""
    unavailable = test.unavailable or error == names.UNKNOWN_METHOD
    return replace(test, asking=False, unavailable=unavailable)


def free_told(test: QuotaTest, volume_id: str, free: int, now: float) -> QuotaTest:
    """The room of a volume decides. Raises nothing; an unasked answer changes nothing."""
    size = test.sizes.get(volume_id)
    if size is None:
        return test
    sizes = {v: s for v, s in test.sizes.items() if v != volume_id}
    if size > free:
        repeat_at = now + REPEAT_SECONDS if test.repeat_at is None else test.repeat_at
        return replace(test, sizes=sizes, over=test.over | {volume_id}, repeat_at=repeat_at)
    over = test.over if volume_id in test.fresh else test.over - {volume_id}
    return replace(test, sizes=sizes, over=over)


def free_failed(test: QuotaTest, volume_id: str) -> QuotaTest:
    """T25: an error is "unknown"."""
    return replace(test, sizes={v: s for v, s in test.sizes.items() if v != volume_id})


def advance(
    test: QuotaTest, owner: str, *, online: bool, working: bool, transferring: bool, now: float
) -> tuple[QuotaTest, tuple[Command, ...]]:
    """Collect the reasons for a test that have come, and run it when it may."""
    if not online:
        return _rest(test), ()
    test = _reasons(test, working and not transferring, now)
    if not test.wanted or test.unavailable:
        return _set(test, wanted=False, ask_at=None), ()
    if test.asking:
        return _set(test, ask_at=None), ()
    ask_at = now if test.asked_at is None else test.asked_at + LEAST_SECONDS
    if now < ask_at:
        return _set(test, ask_at=ask_at), ()
    asked = replace(
        test, wanted=False, asking=True, asked_at=now, ask_at=None, fresh=frozenset(), sizes={}
    )
    return asked, (AskWaiting(owner),)


def _rest(test: QuotaTest) -> QuotaTest:
    return _set(test, stuck_at=None, stuck=False, ask_at=None, repeat_at=None)


def _reasons(test: QuotaTest, idle_work: bool, now: float) -> QuotaTest:
    if not test.seen_online:
        test = replace(test, seen_online=True, wanted=True)
    test = _repeat(test, now)
    if not idle_work or test.over:
        return _set(test, stuck_at=None, stuck=False)
    if test.stuck:
        return test
    if test.stuck_at is None:
        return replace(test, stuck_at=now + STUCK_SECONDS)
    if due(test.stuck_at, now):
        return replace(test, stuck_at=None, stuck=True, wanted=True)
    return test


def _repeat(test: QuotaTest, now: float) -> QuotaTest:
    if not test.over or test.unavailable:
        return _set(test, repeat_at=None)
    if test.repeat_at is None:
        return replace(test, repeat_at=now + REPEAT_SECONDS)
    if due(test.repeat_at, now):
        return replace(test, repeat_at=now + REPEAT_SECONDS, wanted=True)
    return test


def _set(test: QuotaTest, **values: object) -> QuotaTest:
    """The same object when nothing changes: this runs on every event."""
    if all(getattr(test, name) == value for name, value in values.items()):
        return test
    return replace(test, **values)  # type: ignore[arg-type]

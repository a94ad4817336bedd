"""This tray's own pause flag, maybe with an end (D-Bus contract, 8.1 "paused", 8.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from u1tray.status.deadlines import due
from u1tray.vocabulary.states import DaemonState


@dataclass(frozen=True)
class Pause:
    """`obeyed`: the daemon has been seen `Not User` since, so a later With User is not ours."""

    on: bool = False
    ends_at: float | None = None
    until: str = ""
    obeyed: bool = False

    @property
    def wakes(self) -> tuple[float | None, ...]:
        return (self.ends_at,)


OFF = Pause()


def begin(seconds: float | None, until: str, now: float) -> Pause:
    """A pause from now on; `seconds` None for one without an end, `until` as HH:MM."""
    return Pause(on=True, ends_at=None if seconds is None else now + seconds, until=until)


def observed(pause: Pause, state: DaemonState | None) -> Pause:
    """The flag falls when somebody else connected."""
    if not pause.on or state is None or not state.connection or state.is_error:
        return pause
    if not state.with_user:
        return pause if pause.obeyed else replace(pause, obeyed=True)
    return OFF if pause.obeyed else pause


def owner_changed(pause: Pause) -> Pause:
    """Another daemon has never heard of our disconnect: With User there is not ours."""
    return replace(pause, obeyed=True) if pause.on else pause


def is_over(pause: Pause, now: float) -> bool:
    """Its end has come."""
    return pause.on and due(pause.ends_at, now)
